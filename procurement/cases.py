"""Cases read: findings that auditors have signed, with how they stand or stood at an earlier entry.

Notes are never taken back and the entries they name never move, so a case as it stood is the same
fold over fewer of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from ledger.errors import NotFound
from procurement.case_states import OPEN_STATES, STATES, Said, State, check_said, stand
from procurement.case_writing import said_of
from procurement.index import EntrySummary
from procurement.index_cases import CaseConcern, CaseRow, CaseSaid
from procurement.projections import Projections
from procurement.writing import chunks, core

_CASE = core(CaseRow)
_SAID = core(CaseSaid)
_CONCERN = core(CaseConcern)
_ENTRY = core(EntrySummary)

SHOWN = 25
# Of what changed a case, and of what did not: anybody with a key can write below one.
MOST = 100


@dataclass(frozen=True)
class Utterance:
    """Something said in a case, in the entry `index` at `at`; `text` by language.

    `remark` says why it changed nothing, "" where it did; `corrected_by` is the entry that
    corrects its words.
    """

    index: int
    at: str
    act: str
    org: str
    text: Mapping[str, str]
    remark: str
    corrected_by: int | None = None


@dataclass(frozen=True)
class Case:
    """A case: the finding in the entry `index`, its state since the entry `since`.

    `entries` is a list of {"index", "leaf"}, `flag` what the finding rests on, or {}; `parties` may
    answer. `said` begins with the finding and has the newest MOST of what changed the case and of
    what did not (`more`: there are others); lists of cases leave it out.
    """

    index: int
    leaf: str
    at: str
    org: str
    state: State
    since: int
    since_at: str
    parties: tuple[str, ...]
    entries: tuple[Mapping[str, Any], ...]
    text: Mapping[str, str]
    flag: Mapping[str, Any]
    said: tuple[Utterance, ...] = ()
    more: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer, or for what the auditor makes of it."""
        return self.state in OPEN_STATES

    def check(self, said: Said) -> None:
        """What is to be said would count. Raises NotAuthorised, Conflict."""
        opened = Said(self.index, "open", self.org, True)
        check_said(opened, frozenset(self.parties), self.state, said)


def cases(
    connection: Connection,
    *,
    states: Iterable[str] = STATES,
    concerns: tuple[str, str] | None = None,
    by: str | None = None,
    at: int | None = None,
    before: int | None = None,
    limit: int = SHOWN,
) -> list[Case]:
    """Cases, newest first, below the cursor `before`.

    `by` is the auditor's organisation, `concerns` (`process`, `line`, `org` or `entry`, id); `at`
    the index of the last entry that is to count. An open case is one of `case_states.OPEN_STATES`.
    """
    wanted = set(states)
    if at is None:
        standing = [] if wanted.issuperset(STATES) else [_CASE.c.state.in_(wanted)]
        return _found(connection, _asked(concerns, by, before, *standing), limit)
    found: list[Case] = []
    while len(found) < limit:
        some = _found(connection, _asked(concerns, by, before, _CASE.c.index <= at), limit)
        found += [each for each in _as_of(connection, some, at) if each.state in wanted]
        if len(some) < limit:
            break
        before = some[-1].index
    return found[:limit]


def counts(connection: Connection) -> dict[str, int]:
    """How many cases there are in each state."""
    query = select(_CASE.c.state, func.count()).group_by(_CASE.c.state)
    found = {str(state): int(number) for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def case(index: Projections, number: int, at: int | None = None) -> Case:
    """A case with all that was said in it, up to the entry `at`. Raises NotFound."""
    with index.session() as session:
        connection = session.connection()
        found = _found(connection, [_CASE.c.index == number], 1)
        if not found or (at is not None and number > at):
            told = f"there is no case of entry {number}"
            raise NotFound(told, "choose one of the list of cases")
        stood = next(iter(_as_of(connection, found, at))) if at is not None else found[0]
        said, more = _utterances(connection, number, at)
        return replace(stood, said=said, more=more)


def notes_about(index: Projections, kind: str, ref: str, limit: int = 100) -> list[int]:
    """The entries of the newest cases that concern something, and of what counted in them.

    What changed nothing is left out: anybody with a key can write it, until nothing else has room.
    """
    concerned = select(_CONCERN.c.finding).where(_CONCERN.c.kind == kind, _CONCERN.c.ref == ref)
    counted = _SAID.c.remark == ""
    query = select(_SAID.c.index).where(_SAID.c.finding.in_(concerned), counted)
    ordered = query.order_by(_SAID.c.finding.desc(), _SAID.c.index).limit(limit)
    with index.session() as session:
        return list(session.connection().execute(ordered).scalars())


def note(index: Projections, number: int) -> CaseSaid | None:
    """What the note of an entry says of a case, or why it belongs to none."""
    with index.session() as session:
        return session.get(CaseSaid, number)


def _asked(
    concerns: tuple[str, str] | None,
    by: str | None,
    before: int | None,
    *also: ColumnElement[bool],
) -> list[ColumnElement[bool]]:
    asked = list(also) if by is None else [*also, _CASE.c.org == by]
    if concerns is not None:
        kind, ref = concerns
        named = select(_CONCERN.c.finding).where(_CONCERN.c.kind == kind, _CONCERN.c.ref == ref)
        asked.append(_CASE.c.index.in_(named))
    return asked if before is None else [*asked, _CASE.c.index < before]


def _found(connection: Connection, asked: list[ColumnElement[bool]], limit: int) -> list[Case]:
    query = select(_CASE).where(*asked).order_by(_CASE.c.index.desc()).limit(limit)
    rows = connection.execute(query).mappings().all()
    times = _times(connection, {row[name] for row in rows for name in ("index", "since")})
    return [
        Case(
            row["index"],
            row["leaf"],
            times[row["index"]],
            row["org"],
            row["state"],
            row["since"],
            times[row["since"]],
            tuple(row["parties"]),
            tuple(row["entries"]),
            row["text"],
            row["flag"],
        )
        for row in rows
    ]


def _as_of(connection: Connection, some: list[Case], at: int) -> list[Case]:
    """The same cases as they stood when `at` was the last entry."""
    said = defaultdict(list)
    for chunk in chunks(each.index for each in some):
        own = (_SAID.c.finding.in_(chunk), _SAID.c.index <= at)
        query = select(_SAID).where(*own).order_by(_SAID.c.index)
        for row in connection.execute(query).mappings():
            said[row["finding"]].append(said_of(dict(row)))
    stood = {
        each.index: stand(said[each.index][0], frozenset(each.parties), said[each.index][1:])
        for each in some
    }
    times = _times(connection, {each.since for each in stood.values()})
    return [
        replace(
            each,
            state=stood[each.index].state,
            since=stood[each.index].since,
            since_at=times[stood[each.index].since],
        )
        for each in some
    ]


def _utterances(
    connection: Connection, number: int, at: int | None
) -> tuple[tuple[Utterance, ...], bool]:
    """The finding, and what was said after it; whether there is more."""
    own = [_SAID.c.finding == number] + ([] if at is None else [_SAID.c.index <= at])
    later = _SAID.c.index > number
    parts = [
        _said(connection, [*own, _SAID.c.index == number]),
        _said(connection, [*own, later, _SAID.c.remark == ""]),
        _said(connection, [*own, later, _SAID.c.remark != ""]),
    ]
    found = [
        Utterance(
            row["index"],
            row["at"],
            row["act"],
            row["org"],
            row["text"],
            row["remark"],
            row["replaced_by"] if at is None or (row["replaced_by"] or 0) <= at else None,
        )
        for rows in parts
        for row in rows[:MOST]
    ]
    more = any(len(rows) > MOST for rows in parts)
    return tuple(sorted(found, key=lambda each: each.index)), more


def _said(connection: Connection, wanted: Sequence[ColumnElement[bool]]) -> Sequence[RowMapping]:
    query = select(_SAID, _ENTRY.c.at, _ENTRY.c.replaced_by)
    joined = query.join(_ENTRY, _ENTRY.c.index == _SAID.c.index).where(*wanted)
    newest = joined.order_by(_SAID.c.index.desc()).limit(MOST + 1)
    return connection.execute(newest).mappings().all()


def _times(connection: Connection, indices: Iterable[int]) -> dict[int, str]:
    """The log's times of these entries."""
    found: dict[int, str] = {}
    for chunk in chunks(indices):
        query = select(_ENTRY.c.index, _ENTRY.c.at).where(_ENTRY.c.index.in_(chunk))
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found
