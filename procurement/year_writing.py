"""What whole fiscal years and the values of their classifications add up to, kept line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from procurement.charging import Row
from procurement.classes import CLASSIFICATIONS, value_of
from procurement.index import BudgetTotal, ContractTotal
from procurement.index_totals import ClassTotal, LineClass, SignedTotal, YearTotal
from procurement.writing import Counters, add, chunks, core

SUMS = ("approved", "change", "committed", "direct", "paid")
SIGNED = ("contracts", "value", "paid")

_LINE_CLASS = core(LineClass)
_YEAR = core(YearTotal)
_SIGNED = core(SignedTotal)
_BUDGETS = core(BudgetTotal)
_CONTRACTS = core(ContractTotal)

_Key = tuple[str, str, str, str]


def line_sums(row: Row) -> dict[str, int]:
    """What one line adds to the sums of its organisation and of its classifications."""
    sums: dict[str, int] = {name: row[name] or 0 for name in SUMS}
    return {"lines": 1, **sums, "available": sums["approved"] + sums["change"]}


class YearWriter:
    """Collects what lines and contracts were and what they are, then writes what that moves."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.years = Counters(_YEAR)
        self.signed = Counters(_SIGNED)
        self.classes = Counters(core(ClassTotal))
        self._gone: dict[_Key, None] = {}
        self._new: dict[_Key, None] = {}

    def replace(self, before: Row | None, after: Row | None) -> None:
        """A line as it stood and as it stands; None = not at all."""
        self._count(before, -1)
        self._count(after, 1)
        was, now = _keys(before), _keys(after)
        self._gone.update((key, None) for key in was if key not in now)
        self._new.update((key, None) for key in now if key not in was)

    def sign(self, contract: Row, sums: dict[str, int], sign: int) -> None:
        """A contract comes (sign 1) or goes (sign -1)."""
        self.signed.move((contract["fiscal_year"] or "", contract["currency"]), sums, sign)

    def _count(self, row: Row | None, sign: int) -> None:
        if row is None or not row["currency"]:
            return
        year, currency, sums = row["fiscal_year"], row["currency"], line_sums(row)
        for name in CLASSIFICATIONS:
            key = (year, name, value_of(row["classifications"], name), currency)
            self.classes.move(key, sums, sign)
        del sums["available"]
        self.years.move((year, currency), sums, sign)

    def write(self) -> None:
        """Write the sums and the values."""
        self.years.write(self.connection)
        self.signed.write(self.connection)
        self.classes.write(self.connection)
        columns = tuple_(*_LINE_CLASS.primary_key.columns)
        for chunk in chunks(self._gone):
            self.connection.execute(delete(_LINE_CLASS).where(columns.in_(chunk)))
        names = [column.name for column in _LINE_CLASS.primary_key.columns]
        add(self.connection, _LINE_CLASS, [dict(zip(names, key, strict=True)) for key in self._new])


def _keys(row: Row | None) -> list[_Key]:
    if row is None:
        return []
    said, year = row["classifications"], row["fiscal_year"]
    return [(year, name, value_of(said, name), row["id"]) for name in CLASSIFICATIONS]


def sum_years(connection: Connection) -> None:
    """Make the sums of years anew from those of organisations that stand beside them."""
    bought = _CONTRACTS.c.role == "buyer"
    for table, source, names, also in (
        (_YEAR, _BUDGETS, ("lines", *SUMS), ()),
        (_SIGNED, _CONTRACTS, SIGNED, (bought,)),
    ):
        rows = connection.execute(select(source).where(*also)).mappings()
        connection.execute(delete(table))
        add(connection, table, _summed(rows.all(), names))


def _summed(rows: Iterable[Any], names: Sequence[str]) -> list[Row]:
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["fiscal_year"], row["currency"])
        sums = found.setdefault(key, {"fiscal_year": key[0], "currency": key[1]})
        for name in names:
            sums[name] = sums.get(name, 0) + row[name]
    return list(found.values())
