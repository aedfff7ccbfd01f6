"""Sums over many lines or contracts as they were when an entry was the last one.

The follower keeps what they were after each group that it has projected; the rest of a group is
projected again in memory, and what that changes is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from ledger import store
from procurement.bearing import Bearing
from procurement.charging import Row
from procurement.history_writing import key_text
from procurement.index import BudgetTotal, ContractTotal, EntrySummary, LineEvent, Payment
from procurement.index_history import Followed, Naming, OrgFindingTotal, PastSum
from procurement.mentioning import LINE
from procurement.projections import Projections
from procurement.writing import add, chunks, core
from procurement.year_writing import sum_years

_ENTRY = core(EntrySummary)
_EVENT = core(LineEvent)
_PAYMENT = core(Payment)
_NAMING = core(Naming)
_PAST = core(PastSum)
_FOLLOWED = core(Followed)
BUDGETS, CONTRACTS, FINDINGS = core(BudgetTotal), core(ContractTotal), core(OrgFindingTotal)

Rows = dict[str, Row]


@dataclass
class PastSums:
    """The sums of a page: of a fiscal year, or of an organisation, when `at` was the last entry.

    `before` is the position up to which they were kept.
    """

    at: int
    before: int
    kept: dict[str, Rows]
    conditions: Mapping[str, Any]
    _paused: dict[str, Rows] = field(default_factory=dict)

    def pause(self, index: Projections) -> None:
        """The projections in memory hold the entries below `before`."""
        self._paused = _rows_of(index, self.conditions)

    def put(self, index: Projections) -> None:
        """The projections in memory hold all entries: give them the sums of the whole log."""
        now = _rows_of(index, self.conditions)
        with store.transaction(index.engine) as connection:
            for table in _TABLES:
                name = table.name
                rows = _added(
                    table, self.kept.get(name, {}), self._paused.get(name, {}), now.get(name, {})
                )
                connection.execute(delete(table))
                add(connection, table, rows)
            sum_years(connection)


def of_year(connection: Connection, at: int, year: str) -> PastSums:
    """The sums of a fiscal year."""
    same = {BUDGETS.name: BUDGETS.c.fiscal_year == year, CONTRACTS.name: _in_year(year)}
    return _past(connection, at, same)


def of_organisation(connection: Connection, at: int, org: str) -> PastSums:
    """The sums of an organisation."""
    return _past(connection, at, {table.name: table.c.org == org for table in _TABLES})


def close_rest(bearing: Bearing, before: int, relevant: Any) -> None:
    """Take in all that the entries from `before` on have moved; `relevant` says which lines."""
    connection, at = bearing.connection, bearing.at
    rest = (_ENTRY.c.index >= before, _ENTRY.c.index <= at)
    rows = connection.execute(
        select(_ENTRY.c.index, _ENTRY.c.ocid, _ENTRY.c.replaces).where(*rest)
    ).all()
    moved = {row[0] for row in rows} | {row[2] for row in rows if row[2] is not None}
    ocids = {row[1] for row in rows if row[1] is not None}
    lines: set[str] = set()
    for chunk in chunks(moved):
        replaced = select(_ENTRY.c.ocid).where(_ENTRY.c.index.in_(chunk), _ENTRY.c.ocid != "")
        linked = select(_PAYMENT.c.ocid).where(_PAYMENT.c.index.in_(chunk), _PAYMENT.c.ocid != "")
        ocids |= {*connection.execute(replaced).scalars(), *connection.execute(linked).scalars()}
        events = select(_EVENT.c.line).where(_EVENT.c.index.in_(chunk))
        lines |= set(connection.execute(events).scalars())
    for names in chunks(ocids):
        named = select(_NAMING.c.ref).where(_NAMING.c.ocid.in_(names), _NAMING.c.role == LINE)
        lines |= set(connection.execute(named).scalars())
    bearing.close(ocids, filter(relevant, lines), moved)


_TABLES: tuple[Table, ...] = (BUDGETS, CONTRACTS, FINDINGS)


def _in_year(year: str) -> Any:
    return (CONTRACTS.c.fiscal_year == year) & (CONTRACTS.c.role == "buyer")


def _past(connection: Connection, at: int, conditions: Mapping[str, Any]) -> PastSums:
    query = select(func.max(_FOLLOWED.c.position)).where(_FOLLOWED.c.position <= at + 1)
    before = int(connection.execute(query).scalar() or 0)
    kept = {}
    for table in _TABLES:
        if table.name in conditions:
            keys = _keys(connection, table, conditions[table.name])
            kept[table.name] = _kept(connection, table.name, keys, before)
    return PastSums(at, before, kept, conditions)


def _keys(connection: Connection, table: Table, condition: Any) -> list[str]:
    columns = list(table.primary_key.columns)
    return [key_text(row) for row in connection.execute(select(*columns).where(condition))]


def _kept(connection: Connection, total: str, keys: Sequence[str], before: int) -> Rows:
    """The newest sums kept at or before a position, by key."""
    found: Rows = {}
    for chunk in chunks(keys):
        same = (_PAST.c.total == total, _PAST.c.key.in_(chunk), _PAST.c.position <= before)
        newest = (
            select(_PAST.c.key, func.max(_PAST.c.position).label("position"))
            .where(*same)
            .group_by(_PAST.c.key)
            .subquery()
        )
        query = select(_PAST.c.key, _PAST.c.sums).where(
            _PAST.c.total == total,
            _PAST.c.key == newest.c.key,
            _PAST.c.position == newest.c.position,
        )
        found.update({row[0]: dict(row[1]) for row in connection.execute(query)})
    return found


def _rows_of(index: Projections, conditions: Mapping[str, Any]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    with store.reading(index.engine) as connection:
        for table in _TABLES:
            if table.name not in conditions:
                continue
            query = select(table).where(conditions[table.name])
            rows = found[table.name] = {}
            for row in connection.execute(query).mappings():
                key = key_text(row[column.name] for column in table.primary_key.columns)
                rows[key] = {c.name: row[c.name] for c in table.columns if not c.primary_key}
    return found


def _added(table: Table, kept: Rows, before: Rows, after: Rows) -> list[Row]:
    """What was kept and what has changed since."""
    names = [column.name for column in table.primary_key.columns]
    sums = [column.name for column in table.columns if not column.primary_key]
    rows = []
    for key in dict.fromkeys((*kept, *after)):
        parts = (kept.get(key, {}), after.get(key, {}), before.get(key, {}))
        moved = {
            name: parts[0].get(name, 0) + parts[1].get(name, 0) - parts[2].get(name, 0)
            for name in sums
        }
        rows.append({**dict(zip(names, _key(key), strict=True)), **moved})
    return rows


def _key(text: str) -> list[str]:
    import msgspec

    return msgspec.json.decode(text, type=list[str])
