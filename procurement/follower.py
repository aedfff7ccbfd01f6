"""The follower: projects the log's entries after its cursor, in its own transactions.

One code path: a live log is followed entry by entry, `reindex` drops the tables and follows from
zero. What the tables say depends on the entries alone, not on how they were grouped.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from ledger import store
from ledger.body import parse_body
from ledger.collection import uncollected
from ledger.kinds import KINDS
from ledger.log import Log, Record
from ledger.registry import Registry
from procurement.bodies import Bodies
from procurement.grouping import Group
from procurement.index import Cursor, EntrySummary
from procurement.projections import Projections, create_tables, drop_tables
from procurement.purging import ERASURE, purge
from procurement.rules import Tolerances
from procurement.taking import Taken, take
from procurement.writing import core

GROUP = 500
# Named one by one: what begins like them is found by no index.
ACTS = tuple(kind for kind in KINDS if kind.startswith("registry/"))

_CURSOR = core(Cursor)
_ENTRY = core(EntrySummary)


class Follower:
    """Follows a log into projections; any number may run, one at a time moves the cursor."""

    def __init__(self, log: Log, index: Projections, tolerances: Tolerances | None = None) -> None:
        self.log, self.index = log, index
        self.tolerances = tolerances or Tolerances()
        self.bodies = Bodies(log)
        self._registry: Registry | None = None
        self._registry_at = -1

    def run(self) -> int:
        """Follow until nothing is left; returns the position reached. Raises Unavailable."""
        while self.step():
            pass
        purge(self.index)
        return self.position()

    def position(self) -> int:
        """The index of the next entry to be projected."""
        with store.reading(self.index.engine) as connection:
            return read_position(connection)

    @uncollected()
    def step(self, limit: int = GROUP) -> int:
        """Project the next group of entries in one transaction; returns how many it had."""
        start = self.position()
        records = self.log.read(start, limit)
        if not records:
            return 0
        registry = self._registry_before(start)
        # Until the transaction is through, the registry is ahead of the cursor.
        self._registry = None
        taken = [self._take(each, registry) for each in records]
        with store.transaction(self.index.engine) as connection:
            if read_position(connection, lock=True) != start:
                return len(records)
            group = Group(connection, self.log, self.bodies, registry, self.tolerances, start)
            group.write(taken)
            _move(connection, start + len(records), records[-1].entry.at)
        if any(each.kind == ERASURE for each in taken):
            self.bodies = Bodies(self.log)
        self._registry, self._registry_at = registry, start + len(records)
        return len(records)

    def _take(self, record: Record, registry: Registry) -> Taken:
        taken = take(record, registry)
        if taken.kind.startswith("registry/") and record.body is not None:
            registry.apply(record.index, taken.kind, parse_body(record.body))
        elif taken.kind == "ocds/release":
            self.bodies.put(record.index, taken.body, len(record.body or b""))
        return taken

    def _registry_before(self, start: int) -> Registry:
        """What held before an index: kept, or folded again from the registry's entries."""
        if self._registry is not None and self._registry_at == start:
            return self._registry
        registry = Registry()
        query = (
            select(_ENTRY.c.index)
            .where(_ENTRY.c.kind.in_(ACTS), _ENTRY.c.index < start)
            .order_by(_ENTRY.c.index)
        )
        with store.reading(self.index.engine) as connection:
            indices = list(connection.execute(query).scalars())
        for index in indices:
            record = self.log.record(index)
            if record.body is not None:
                kind = record.entry.statement.kind
                registry.apply(index, kind, parse_body(record.body))
        return registry


def reindex(log: Log, index: Projections, tolerances: Tolerances | None = None) -> int:
    """Drop the projections and build them again from the log; returns the position reached."""
    drop_tables(index)
    create_tables(index)
    return Follower(log, index, tolerances).run()


def read_position(connection: Connection, *, lock: bool = False) -> int:
    """The cursor; with `lock` nobody else moves it before this transaction ends."""
    query = select(_CURSOR.c.position).where(_CURSOR.c.id == 1)
    if lock:
        query = query.with_for_update()
    return int(connection.execute(query).scalar() or 0)


def _move(connection: Connection, position: int, at: str) -> None:
    changed = update(_CURSOR).where(_CURSOR.c.id == 1)
    connection.execute(changed.values(position=position, at=at))
