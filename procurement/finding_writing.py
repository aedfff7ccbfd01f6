"""Findings written: what a rule says of a subject takes the place of what it said before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from procurement.charging import Row
from procurement.comparing import Figure, Verdict
from procurement.index import FindingRow, FindingTotal
from procurement.index_history import OrgFindingTotal
from procurement.writing import Counters, add, core, remove

_FINDING = core(FindingRow)
_COMPARED = ("code", "status", "subject", "reason", "figures", "entries")


class FindingWriter:
    """Replaces findings, leaving those that are still the same.

    `new` are the rows that were not there before, `gone` those that no longer hold.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.totals = Counters(core(FindingTotal))
        self.by_org = Counters(core(OrgFindingTotal))
        self.gone: list[Row] = []
        self.new: list[Row] = []

    def replace(self, before: Sequence[Row], after: Iterable[Row]) -> None:
        """Findings of one subject: the rows that stand, and those that should."""
        standing = {_identity(row): row for row in before}
        for row in after:
            if standing.pop(_identity(row), None) is None:
                self.new.append(row)
                self._count(row, 1)
        for row in standing.values():
            self.gone.append(row)
            self._count(row, -1)

    def _count(self, row: Row, sign: int) -> None:
        self.totals.move((row["code"], row["status"]), {"count": 1}, sign)
        if row["org"]:
            self.by_org.move((row["org"], row["code"], row["status"]), {"count": 1}, sign)

    def write(self) -> None:
        """Write what has changed."""
        remove(self.connection, _FINDING, _FINDING.c.id, [row["id"] for row in self.gone])
        add(self.connection, _FINDING, self.new)
        self.totals.write(self.connection)
        self.by_org.write(self.connection)


def finding(verdict: Verdict, index: int, org: str, ocid: str | None, line: str | None) -> Row:
    """The row of a verdict; `index` where the rule does not say at which entry it broke."""
    return {
        "code": verdict.code,
        "status": verdict.outcome,
        "subject": verdict.subject,
        "index": verdict.index if verdict.index is not None else index,
        "org": org or None,
        "ocid": ocid,
        "line": line,
        "contract": verdict.contract,
        "reason": verdict.reason,
        "figures": [_figure(each) for each in verdict.figures],
        "entries": list(verdict.entries),
    }


def _figure(figure: Figure) -> Row:
    row: Row = {"name": figure.name}
    if figure.money is not None:
        row |= {"amount": figure.money.amount, "currency": figure.money.currency}
    if figure.tax:
        row["tax"] = figure.tax
    return row | ({"text": figure.text} if figure.text else {})


def _identity(row: Row) -> str:
    return repr([row[name] for name in _COMPARED])
