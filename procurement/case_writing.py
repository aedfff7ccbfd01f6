"""Cases written: each note about one is judged by how the case stands, which it may change.

What is said costs the same however much was said before. Only where a body is erased is a case
made again from the notes that are left and from what the entries concerned say by themselves, so
that it is the same whichever way the log was followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from sqlalchemy import Connection, select, update

from ledger.errors import Malformed
from procurement.budget import line_org
from procurement.case_notes import CaseNote, Finding, Reply, format_case, parse_case_note
from procurement.case_states import (
    MALFORMED,
    NO_CASE,
    NOT_AUDITOR,
    WRONG_ENTRY,
    CaseStanding,
    Said,
    go_on,
    stand,
)
from procurement.charging import Row
from procurement.index import EntrySummary
from procurement.index_cases import CaseConcern, CaseRow, CaseSaid
from procurement.ocds import RELEASE
from procurement.taking import Taken
from procurement.writing import add, core, fetch, remove

_CASE = core(CaseRow)
_SAID = core(CaseSaid)
_CONCERN = core(CaseConcern)
_ENTRY = core(EntrySummary)

_FOLDED = (
    _SAID.c.index,
    _SAID.c.act,
    _SAID.c.org,
    _SAID.c.auditor,
    _SAID.c.corrects,
    _SAID.c.remark,
)
_OF_LINE = ("budget/appropriation", "budget/revision", "budget/transfer")


@dataclass
class _Case:
    """A case in a group: its row, how it stands by now; of one just opened, what it concerns."""

    row: Row
    standing: CaseStanding
    concerns: list[Row] = field(default_factory=list)
    opened: bool = False

    def __post_init__(self) -> None:
        self.parties = frozenset(self.row["parties"])
        self.opening = Said(self.row["index"], "open", self.row["org"], auditor=True)


@dataclass
class CaseWriter:
    """Collects the notes of a group that are about cases, and what is erased."""

    connection: Connection
    _notes: list[tuple[Taken, Row]] = field(default_factory=list)
    _erased: list[int] = field(default_factory=list)

    def take(self, note: Taken, row: Row) -> None:
        """A note of this group that says it is about a case, with its row of `entry`."""
        self._notes.append((note, row))

    def erase(self, index: int) -> None:
        """The body of an earlier entry is erased: what it said of a case is gone with it."""
        self._erased.append(index)

    def write(self) -> None:
        """Write; the rows of `entry` have been written before."""
        erased = self._forget()
        cases: dict[int, _Case] = {}
        said = [self._read(note, row, cases) for note, row in self._notes]
        add(self.connection, _SAID, said)
        add(self.connection, _CONCERN, [row for each in cases.values() for row in each.concerns])
        add(self.connection, _CASE, [each.row for each in cases.values() if each.opened])
        for each in cases.values():
            self._put(each)
        self._stand(fetch(self.connection, _CASE, _CASE.c.index, erased))

    def _forget(self) -> set[int]:
        """Take out what is erased; the cases that it leaves or concerned, to be made again."""
        if not self._erased:
            return set()
        gone = [str(index) for index in self._erased]
        own = _CONCERN.c.kind == "entry"
        touched = {
            row["finding"] for row in fetch(self.connection, _CONCERN, _CONCERN.c.ref, gone, own)
        }
        said = fetch(self.connection, _SAID, _SAID.c.index, self._erased)
        # What had changed nothing leaves nothing to be made again.
        counted = (row for row in said if not row["remark"])
        touched |= {row["finding"] for row in counted if row["finding"] is not None}
        remove(self.connection, _SAID, _SAID.c.index, self._erased)
        remove(self.connection, _CASE, _CASE.c.index, self._erased)
        remove(self.connection, _CONCERN, _CONCERN.c.finding, self._erased)
        self._orphan(touched & set(self._erased))
        return touched - set(self._erased)

    def _orphan(self, cases: Iterable[int]) -> None:
        """What was said in a case whose finding is gone belongs to none."""
        rows = fetch(self.connection, _SAID, _SAID.c.finding, cases)
        remove(self.connection, _SAID, _SAID.c.index, [row["index"] for row in rows])
        add(self.connection, _SAID, [{**row, "finding": None, "remark": NO_CASE} for row in rows])

    def _read(self, note: Taken, row: Row, cases: dict[int, _Case]) -> Row:
        """The row of a note; the case that it opens or belongs to goes on by it."""
        said: Row = {
            "index": note.index,
            "finding": None,
            "act": "",
            "org": row["org"],
            "auditor": note.auditor,
            "corrects": row["replaces"] is not None,
            "text": {},
            "remark": MALFORMED,
        }
        try:
            found = parse_case_note(note.case)
        except Malformed:
            return said
        assert found is not None
        said["text"], said["remark"] = dict(found.text), ""
        said["act"] = found.act if isinstance(found, Reply) else "open"
        if isinstance(found, Finding) and not said["corrects"]:
            said["remark"] = self._open(found, said, row, cases)
            said["finding"] = None if said["remark"] else note.index
        else:
            self._go_on(found, said, row, cases)
        return said

    def _go_on(self, found: CaseNote, said: Row, row: Row, cases: dict[int, _Case]) -> None:
        """Something said in a case: its remark, and how the case stands by it."""
        place = found.finding.index if isinstance(found, Reply) else row["place"]
        case = cases.get(place) or self._kept(place)
        if case is None or (isinstance(found, Reply) and case.row["leaf"] != found.finding.leaf):
            said["remark"] = NO_CASE
            return
        cases[place] = case
        said["finding"] = place
        case.standing = go_on(case.opening, case.parties, case.standing, said_of(said))
        (said["remark"],) = case.standing.remarks

    def _kept(self, index: int) -> _Case | None:
        """A case as it was left."""
        found = fetch(self.connection, _CASE, _CASE.c.index, [index])
        return _Case(found[0], _standing(found[0])) if found else None

    def _open(self, found: Finding, said: Row, row: Row, cases: dict[int, _Case]) -> str:
        """Open a case by a finding, or say why it opens none."""
        if not said["auditor"]:
            return NOT_AUDITOR
        wanted = {each.index: each.leaf for each in found.entries}
        rows = fetch(self.connection, _ENTRY, _ENTRY.c.index, wanted)
        there = {each["index"]: each["leaf_hash"] for each in rows if each["index"] < row["index"]}
        if there != wanted:
            return WRONG_ENTRY
        case = format_case(found)
        concerned = {each for named in rows for each in concerned_by(named)}
        opened: Row = {
            "index": row["index"],
            "leaf": row["leaf_hash"],
            "org": row["org"],
            "state": "opened",
            "since": row["index"],
            "parties": _parties(concerned),
            "entries": case["entries"],
            "text": case["text"],
            "flag": case["flag"] or {},
        }
        concerns = _concerns(row["index"], concerned)
        cases[row["index"]] = _Case(opened, _standing(opened), concerns, opened=True)
        return ""

    def _put(self, case: _Case) -> None:
        """The state of a case, where it is another now."""
        state, since = case.standing.state, case.standing.since
        if (state, since) != (case.row["state"], case.row["since"]):
            changed = update(_CASE).where(_CASE.c.index == case.row["index"])
            self.connection.execute(changed.values(state=state, since=since))

    def _stand(self, cases: Sequence[Row]) -> None:
        """Put these cases, whom and what they concern, and all remarks in place of what stood."""
        numbers = [case["index"] for case in cases]
        remove(self.connection, _CASE, _CASE.c.index, numbers)
        remove(self.connection, _CONCERN, _CONCERN.c.finding, numbers)
        for case in cases:
            concerned = self._concerned(case)
            case["parties"] = _parties(concerned)
            add(self.connection, _CONCERN, _concerns(case["index"], concerned))
            self._fold(case)
        add(self.connection, _CASE, cases)

    def _concerned(self, case: Row) -> set[tuple[str, str]]:
        places = [each["index"] for each in case["entries"]]
        rows = fetch(self.connection, _ENTRY, _ENTRY.c.index, places)
        return {found for row in rows for found in concerned_by(row)}

    def _fold(self, case: Row) -> None:
        query = select(*_FOLDED).where(_SAID.c.finding == case["index"]).order_by(_SAID.c.index)
        first, *rest = map(dict, self.connection.execute(query).mappings())
        standing = stand(said_of(first), frozenset(case["parties"]), map(said_of, rest))
        case["state"], case["since"] = standing.state, standing.since
        for row, remark in zip(rest, standing.remarks, strict=True):
            if row["remark"] != remark:
                changed = update(_SAID).where(_SAID.c.index == row["index"])
                self.connection.execute(changed.values(remark=remark))


def concerned_by(row: Row) -> set[tuple[str, str]]:
    """What a finding about an entry concerns, each by kind and id; `org`: who may answer.

    That is the organisation in whose name it was signed, and the one whose the process or the
    budget line is. Only what the statement and the registry say counts: it stays when the body is
    erased. Registrars answer by acts.
    """
    found = {("entry", str(row["index"]))}
    if row["ocid"]:
        found.add(("process", row["ocid"]))
    if row["line"]:
        found.add(("line", row["line"]))
    if row["kind"].startswith("registry/"):
        return found
    found.add(("org", row["org"]))
    if row["kind"] == RELEASE and row["owner"]:
        found.add(("org", row["owner"]))
    if row["kind"] in _OF_LINE:
        found.add(("org", line_org(unquote(row["subject"]))))
    return found


def _standing(case: Row) -> CaseStanding:
    return CaseStanding(case["state"], case["since"], ())


def _parties(concerned: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(ref for kind, ref in concerned if kind == "org")


def said_of(row: Row) -> Said:
    """A row of `case_said` as the fold takes it."""
    return Said(row["index"], row["act"], row["org"], row["auditor"], row["corrects"])


def _concerns(finding: int, concerned: Iterable[tuple[str, str]]) -> list[Row]:
    return [{"kind": kind, "ref": ref, "finding": finding} for kind, ref in sorted(concerned)]
