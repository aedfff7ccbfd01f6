"""Projections of chosen entries, made anew in memory by the same code that follows the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from queue import Empty, Queue
from threading import Lock
from typing import Any

from sqlalchemy import select, update

from ledger import store
from ledger.body import parse_body
from ledger.errors import Unavailable
from ledger.log import Log, Record
from ledger.registry import Registry
from procurement.bodies import Bodies
from procurement.follower import ACTS
from procurement.grouping import Group
from procurement.index import Cursor, EntrySummary
from procurement.projections import Projections, create_tables
from procurement.rules import Tolerances
from procurement.taking import Taken, take
from procurement.writing import chunks, core

_ENTRY = core(EntrySummary)
_CURSOR = core(Cursor)

AT_ONCE = 2
WAIT_SECONDS = 5


class Acts:
    """The registry's entries with their bodies, each read from the log once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: list[tuple[int, str, Any]] = []

    def upto(self, log: Log, index: Projections, at: int) -> list[tuple[int, str, Any]]:
        """The acts with an index up to `at`: index, kind and body."""
        with self._lock:
            last = self._read[-1][0] if self._read else -1
            for number, kind in _acts_after(index, last):
                body = log.record(number).body
                self._read.append((number, kind, None if body is None else parse_body(body)))
            return [act for act in self._read if act[0] <= at]


class Rewinder:
    """Projects anew in memory, in one of a few databases that are used again and again.

    Their statements are compiled once, and their tables are made once.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.acts = Acts()
        self._free: Queue[Memory | None] = Queue()
        for _ in range(at_once):
            self._free.put(None)

    @contextmanager
    def memory(self) -> Iterator[Memory]:
        """An empty database in memory. Raises Unavailable when all are in use for long."""
        try:
            memory = self._free.get(timeout=WAIT_SECONDS)
        except Empty as error:
            raise Unavailable(
                "too many pages of the past are being made", "try again in a moment"
            ) from error
        try:
            memory = memory or Memory()
            memory.clear()
            yield memory
        finally:
            if memory is not None:
                memory.clear()
            self._free.put(memory)


class Memory:
    """Projections in memory, and what the registry holds after what has been projected."""

    def __init__(self) -> None:
        self.index = Projections(store.memory_engine())
        create_tables(self.index)
        with closing(self.index.engine.raw_connection()) as raw:
            self._empty = raw.driver_connection.serialize()  # type: ignore[union-attr]
        self.registry = Registry()

    def clear(self) -> None:
        """As when it was made."""
        with closing(self.index.engine.raw_connection()) as raw:
            raw.driver_connection.deserialize(self._empty)  # type: ignore[union-attr]
        self.registry = Registry()


def rewind(
    memory: Memory,
    log: Log,
    live: Projections,
    acts: Acts,
    entries: Iterable[int],
    at: int,
    *,
    pause: int = 0,
    paused: Callable[[Projections], None] = lambda _index: None,
    tolerances: Tolerances | None = None,
) -> None:
    """Project these entries, all with an index up to `at`, as the follower would have.

    `paused` is called once those below `pause` are projected.
    """
    taken = list(_take(log, live, acts, sorted(entries), at, memory.registry))
    bodies = Bodies(log)
    for each in taken:
        bodies.put(each.index, each.body)
    kept = tolerances or Tolerances()
    for start, group in (
        (0, [each for each in taken if each.index < pause]),
        (pause, [each for each in taken if each.index >= pause]),
    ):
        if group:
            with store.transaction(memory.index.engine) as connection:
                Group(connection, log, bodies, memory.registry, kept, start).write(group)
        if start < pause:
            paused(memory.index)
    _place(log, memory.index, at)


def _take(
    log: Log, live: Projections, acts: Acts, wanted: Sequence[int], at: int, registry: Registry
) -> Iterator[Taken]:
    """The entries as they were taken, each with what the registry held before it."""
    erased = _erased(live, wanted)
    folded = iter(acts.upto(log, live, at))
    act = next(folded, None)
    for record in _records(log, wanted):
        while act is not None and act[0] < record.index:
            registry.apply(*act)
            act = next(folded, None)
        gone = record.index in erased
        yield take(replace(record, body=None) if gone else record, registry)
    while act is not None:
        registry.apply(*act)
        act = next(folded, None)


def _records(log: Log, wanted: Sequence[int]) -> Iterator[Record]:
    """The entries at these indices, in order; neighbours are read together."""
    start = 0
    for at, index in enumerate(wanted):
        last = at + 1 == len(wanted) or wanted[at + 1] != index + 1
        if last or at - start >= 255:
            yield from log.read(wanted[start], at + 1 - start)
            start = at + 1


def _erased(live: Projections, wanted: Sequence[int]) -> set[int]:
    """Those whose body is erased, also while the log still has it."""
    found: set[int] = set()
    with store.reading(live.engine) as connection:
        for chunk in chunks(wanted):
            query = select(_ENTRY.c.index).where(_ENTRY.c.index.in_(chunk), _ENTRY.c.erased)
            found.update(connection.execute(query).scalars())
    return found


def _acts_after(index: Projections, last: int) -> list[tuple[int, str]]:
    query = (
        select(_ENTRY.c.index, _ENTRY.c.kind)
        .where(_ENTRY.c.kind.in_(ACTS), _ENTRY.c.index > last)
        .order_by(_ENTRY.c.index)
    )
    with store.reading(index.engine) as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def _place(log: Log, index: Projections, at: int) -> None:
    """The cursor stands where it stood when `at` was the last entry."""
    moment = log.record(at).entry.at
    with store.transaction(index.engine) as connection:
        changed = update(_CURSOR).where(_CURSOR.c.id == 1)
        connection.execute(changed.values(position=at + 1, at=moment))
