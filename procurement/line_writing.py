"""Budget lines written: their events, and each line touched made anew from all of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, update

from procurement.budget import Appropriation
from procurement.charging import Row
from procurement.comparing import Verdict
from procurement.finding_writing import FindingWriter, finding
from procurement.index import BudgetTotal, FindingRow, Line, LineEvent
from procurement.projecting_budget import Named, project_line
from procurement.writing import Counters, SearchDocuments, add, core, fetch, remove
from procurement.year_writing import YearWriter, line_sums

_LINE = core(Line)
_EVENT = core(LineEvent)
_FINDING = core(FindingRow)
# What a line is found by.
_FOUND = ("title", "org", "first_index", "classifications")


class Meeting(Protocol):
    """Takes in organisations."""

    def meet(self, number: str, name: str, roles: Sequence[str], index: int) -> None:
        """An organisation with these roles, called so."""


class LineWriter:
    """Collects what moves lines, then writes the lines."""

    def __init__(
        self, connection: Connection, search: SearchDocuments, organisations: Meeting
    ) -> None:
        self.connection, self.search, self.organisations = connection, search, organisations
        self.totals = Counters(core(BudgetTotal))
        self.years = YearWriter(connection)
        self.findings = FindingWriter(connection)
        self.touched: dict[str, None] = {}
        self._named: dict[str, Named] = {}
        self._unnamed: set[str] = set()
        self._events: list[Row] = []

    def add_events(self, rows: Sequence[Row]) -> None:
        """Rows of `line_event` to be inserted."""
        self._events += rows
        self.touched.update(dict.fromkeys(row["line"] for row in rows))

    def name(self, event: Appropriation) -> None:
        """What an appropriation in force says of its line."""
        self._named[event.line] = Named(event.title, event.classifications)

    def withdraw(self, index: int, by: int | None) -> None:
        """The events of an entry count no more; `by` None: they go."""
        own = _EVENT.c.kind != "commitment"
        rows = fetch(self.connection, _EVENT, _EVENT.c.index, [index], own)
        self.touched.update(dict.fromkeys(row["line"] for row in rows))
        numbers = [row["id"] for row in rows]
        if by is None:
            remove(self.connection, _EVENT, _EVENT.c.id, numbers)
            self._unnamed |= {row["line"] for row in rows if _names(row)}
        elif numbers:
            changed = update(_EVENT).where(_EVENT.c.id.in_(numbers))
            self.connection.execute(changed.values(replaced_by=by))

    def link(self, index: int, ocid: str | None, contract: str | None) -> None:
        """The payment at an index is for a contract, or for none."""
        payment = _EVENT.c.kind == "payment"
        rows = fetch(self.connection, _EVENT, _EVENT.c.index, [index], payment)
        self.touched.update(dict.fromkeys(row["line"] for row in rows))
        changed = update(_EVENT).where(_EVENT.c.index == index, payment)
        self.connection.execute(changed.values(ocid=ocid, contract=contract))

    def write_events(self) -> None:
        """Insert the events collected so far."""
        add(self.connection, _EVENT, self._events)
        self._events = []

    def write(self) -> None:
        """The lines touched, their totals and their findings."""
        self.write_events()
        touched = list(self.touched)
        known = {row["id"]: row for row in fetch(self.connection, _LINE, _LINE.c.id, touched)}
        events = _grouped(fetch(self.connection, _EVENT, _EVENT.c.line, touched), "line")
        standing = _grouped(fetch(self.connection, _FINDING, _FINDING.c.line, touched), "line")
        rows = []
        for line in touched:
            before = None if line in self._unnamed else known.get(line)
            named = self._named.get(line) or _named(before)
            row, verdicts = project_line(line, events.get(line, []), named)
            self._count(known.get(line), -1)
            self._count(row, 1)
            self.years.replace(known.get(line), row)
            if row is not None:
                rows.append(row)
                self._find(row, known.get(line))
            else:
                self.search.drop("line", line)
            self.findings.replace(standing.get(line, []), _broken(row, verdicts))
        remove(self.connection, _LINE, _LINE.c.id, known)
        add(self.connection, _LINE, rows)
        self.totals.write(self.connection)
        self.years.write()
        self.findings.write()

    def _count(self, row: Row | None, sign: int) -> None:
        if row is None or not row["currency"]:
            return
        key = (row["fiscal_year"], row["org"], row["currency"])
        self.totals.move(key, line_sums(row), sign)

    def _find(self, row: Row, before: Row | None) -> None:
        self.organisations.meet(row["org"], "", ("budgetHolder",), row["first_index"])
        if before is not None and all(before[name] == row[name] for name in _FOUND):
            return
        said = map(str, row["classifications"].values())
        self.search.put("line", row["id"], row["title"], row["org"], row["first_index"], *said)


def _broken(row: Row | None, verdicts: Sequence[Verdict]) -> list[Row]:
    if row is None:
        return []
    return [
        finding(each, row["last_index"], row["org"], None, row["id"])
        for each in verdicts
        if each.outcome != "holds"
    ]


def _names(event: Row) -> bool:
    """Whether a line has its title from this event: an appropriation that is in force."""
    return event["kind"] == "appropriation" and event["replaced_by"] is None


def _named(row: Row | None) -> Named:
    if row is None or row["approved"] is None:
        return Named()
    return Named(row["title"], row["classifications"])


def _grouped(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found
