"""The log: appends durable entries in order, and reads them back.

Any number of threads and processes may append: whoever holds the commit lock of its process takes
all waiting submissions into one transaction, and the head row is compared and set inside it. Many
at once are placed before it begins, while their signatures are being verified; it ends only when
all are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, insert, select, update

from ledger import store
from ledger.batch import BatchFacts
from ledger.body import digest, parse_body, unpack
from ledger.envelope import Entry, format_time, parse_entry
from ledger.errors import Conflict, NotFound, Unavailable
from ledger.group import Batch, Group
from ledger.kinds import Kinds
from ledger.merkle import leaf_hash
from ledger.placing import Head, Placing, check_open, read_head
from ledger.registry import Registry
from ledger.submission import Outcome, Prepared, Recorded, Refused, Submission, prepare
from ledger.verifying import Verifying, stretches

__all__ = [
    "Head",
    "Log",
    "Outcome",
    "Record",
    "Recorded",
    "Refused",
    "Submission",
    "create_log",
]

MAX_WAITING = 4096
READ_ROWS = 1000
FEW = 32
ZERO = bytes(32)

_HEAD = store.table(store.HeadRow)
_ENTRY = store.table(store.EntryRow)
_BODY = store.table(store.BodyRow)
_ACT = store.table(store.ActRow)


@dataclass(frozen=True)
class Record:
    """An entry read back; `body` is None when it is erased."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    body: bytes | None

    @property
    def entry(self) -> Entry:
        """The parsed entry."""
        return parse_entry(self.leaf)


class _Stale(Exception):
    """What was placed ahead may not be written as it is."""


class Log:
    """A log in a database.

    `origin` names it, `kinds` are the kinds of entry it knows, `clock` gives aware datetimes.
    """

    def __init__(
        self,
        engine: Engine,
        origin: str,
        kinds: Kinds,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        threads: int = 2,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.kinds = kinds
        self._clock = clock
        # Replaced as a whole: a fold of the acts below a size, never changed in place.
        self._folded: tuple[int, Registry] = (0, Registry())
        self._waiting: list[Batch] = []
        self._waiting_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    def append(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Record what may stand, durable before this returns; the rest is refused by name.

        Raises Unavailable when too many wait or the database does not answer, Conflict when the
        log is halted.
        """
        batch = self._read(submissions)
        self._wait(batch)
        with self._commit_lock:
            if not batch.answered:
                self._commit_waiting()
        batch.check()
        assert batch.outcomes is not None
        return batch.outcomes

    def append_one(self, submission: Submission) -> Recorded:
        """Append one. Raises the reason when it is refused."""
        (outcome,) = self.append([submission])
        if isinstance(outcome, Refused):
            raise outcome.error
        return outcome

    def close(self) -> None:
        """Let go of threads and database connections."""
        self._pool.shutdown()
        self.engine.dispose()

    def head(self) -> Head:
        """How far the log goes now."""
        with store.reading(self.engine) as connection:
            return read_head(connection)

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.head().size

    def registry(self) -> Registry:
        """Who may sign what at the end of the log; not to be changed by the caller."""
        with store.reading(self.engine) as connection:
            return self._registry_at(connection, read_head(connection).size)

    def read(self, start: int, limit: int = READ_ROWS) -> list[Record]:
        """Up to `limit` entries from index `start` on, with their bodies."""
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf, _ENTRY.c.leaf_hash, _BODY.c.packed)
            .join(_BODY, _BODY.c.index == _ENTRY.c.index)
            # Of both: PostgreSQL would walk through all bodies up to the first that is asked for.
            .where(_ENTRY.c.index >= start, _BODY.c.index >= start)
            .order_by(_ENTRY.c.index)
            .limit(limit)
        )
        with store.reading(self.engine) as connection:
            return [Record(r[0], r[1], r[2], _unpack(r[3])) for r in connection.execute(query)]

    def records(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """All entries of a range, in transactions of READ_ROWS."""
        while stop is None or start < stop:
            rows = self.read(start, READ_ROWS if stop is None else min(READ_ROWS, stop - start))
            if not rows:
                return
            yield from rows
            start = rows[-1].index + 1

    def record(self, index: int) -> Record:
        """The entry at an index. Raises NotFound, Unavailable if its row was altered since."""
        rows = self.read(index, 1) if 0 <= index < 2**63 else []
        if not rows or rows[0].index != index:
            raise NotFound(f"there is no entry {index}", f"the log has {self.size} entries")
        _check_unaltered(rows[0])
        return rows[0]

    def some(self, indices: Sequence[int]) -> list[Record]:
        """The entries at these indices, in order; those there are not are left out."""
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf, _ENTRY.c.leaf_hash, _BODY.c.packed)
            .join(_BODY, _BODY.c.index == _ENTRY.c.index)
            .order_by(_ENTRY.c.index)
        )
        found: list[Record] = []
        for at in range(0, len(indices), READ_ROWS):
            with store.reading(self.engine) as connection:
                rows = connection.execute(
                    query.where(_ENTRY.c.index.in_(indices[at : at + READ_ROWS]))
                )
                found += [Record(r[0], r[1], r[2], _unpack(r[3])) for r in rows]
        return found

    def find_leaf(self, leaf: bytes) -> int | None:
        """Index of the entry with this leaf hash, or None."""
        query = select(_ENTRY.c.index, _ENTRY.c.leaf_hash).where(
            _ENTRY.c.leaf_key == store.key_of(leaf)
        )
        with store.reading(self.engine) as connection:
            return next((r[0] for r in connection.execute(query) if r[1] == leaf), None)

    def find_body(self, digest: bytes) -> list[int]:
        """Indices of the entries with this body."""
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf)
            .where(_ENTRY.c.body_key == store.key_of(digest))
            .order_by(_ENTRY.c.index)
        )
        with store.reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return [r[0] for r in rows if parse_entry(r[1]).statement.body == digest.hex()]

    def leaf_hashes(self, start: int, stop: int) -> Iterator[bytes]:
        """Leaf hashes of a range, in transactions of at most 10,000 rows."""
        while start < stop:
            upto = min(stop, start + 10_000)
            query = (
                select(_ENTRY.c.leaf_hash)
                .where(_ENTRY.c.index >= start, _ENTRY.c.index < upto)
                .order_by(_ENTRY.c.index)
            )
            with store.reading(self.engine) as connection:
                rows = connection.execute(query).all()
            if len(rows) != upto - start:
                raise Conflict(
                    f"the database lacks an entry between {start} and {upto}",
                    "move log.db away and fill a new one with jejak recover",
                )
            yield from (row[0] for row in rows)
            start = upto

    def drop_bodies(self, digests: Sequence[str]) -> None:
        """Drop the erased bodies (hex digests); their entries stay."""
        indices = [i for each in digests for i in self.find_body(bytes.fromhex(each))]
        with store.transaction(self.engine) as connection:
            for index in indices:
                connection.execute(update(_BODY).where(_BODY.c.index == index).values(packed=None))

    def halt(self, reason: str | None) -> None:
        """Refuse appends for this reason, or accept them again."""
        with store.transaction(self.engine) as connection:
            connection.execute(update(_HEAD).values(halted=reason))

    def _read(self, submissions: Sequence[Submission]) -> Batch:
        registry = self.registry()
        if len(submissions) < FEW:
            return Batch(prepare(submissions, registry, self.kinds))
        verifying = Verifying(self._pool, self._threads)
        return Batch(verifying.read(submissions, registry, self.kinds), verifying)

    def _wait(self, batch: Batch) -> None:
        with self._waiting_lock:
            waiting = sum(len(each.read) for each in self._waiting)
            full = waiting > 0 and waiting + len(batch.read) > MAX_WAITING
            if not full:
                self._waiting.append(batch)
        if full:
            batch.fail(Unavailable("too many entries wait to be recorded", "try again in a moment"))
            batch.check()

    def _commit_waiting(self) -> None:
        with self._waiting_lock:
            batches, self._waiting = self._waiting, []
        group = Group(batches)
        try:
            group.answer(self._commit(group))
        except BaseException as error:  # noqa: BLE001 - raised again to each who waits
            group.fail(error)

    def _commit(self, group: Group) -> list[Outcome]:
        if group.verifying:
            with suppress(_Stale):
                return self._commit_ahead(group)
        waiting = group.verified()
        with store.transaction(self.engine) as connection:
            head = read_head(connection, lock=True)
            check_open(head)
            placing = self._placing(connection, head, waiting)
            outcomes = [placing.place(each) for each in waiting]
            placing.write(connection)
        # Durable from here on.
        return outcomes

    def _commit_ahead(self, group: Group) -> list[Outcome]:
        """Place while signatures are verified, as if all were good and nobody else appended.

        Raises _Stale, with nothing written, when it was not so.
        """
        placing, outcomes = self._place_ahead(group)
        group.help_with_most()
        with store.transaction(self.engine) as connection:
            head = read_head(connection, lock=True)
            check_open(head)
            if not placing.is_still(head, self.now(head.at)):
                raise _Stale
            placing.write(connection)
            if not group.all_verify():
                raise _Stale
        # Durable from here on.
        return outcomes

    def _place_ahead(self, group: Group) -> tuple[Placing, list[Outcome]]:
        outcomes: list[Outcome] = []
        with store.reading(self.engine) as connection:
            placing = self._placing(connection, read_head(connection), group.read)
            for stretch in stretches(group.read, group.help):
                outcomes += [placing.place(each) for each in stretch]
        return placing, outcomes

    def _placing(
        self, connection: Connection, head: Head, waiting: Sequence[Prepared | Refused]
    ) -> Placing:
        registry = self._registry_at(connection, head.size)
        facts = BatchFacts(connection, [each for each in waiting if isinstance(each, Prepared)])
        return Placing(self.origin, head, self.now(head.at), registry, facts)

    def _registry_at(self, connection: Connection, size: int) -> Registry:
        known, registry = self._folded
        if known == size:
            return registry
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf, _BODY.c.packed)
            .join(_ACT, _ACT.c.index == _ENTRY.c.index)
            .join(_BODY, _BODY.c.index == _ENTRY.c.index)
            .where(_ACT.c.index >= known, _ACT.c.index < size)
            .order_by(_ENTRY.c.index)
        )
        rows = connection.execute(query).all()
        registry = registry.copy() if rows else registry
        for index, leaf, packed in rows:
            body = _unpack(packed)
            if body is None:
                raise Conflict(f"the database lacks the body of registry entry {index}")
            registry.apply(index, parse_entry(leaf).statement.kind, parse_body(body))
        self._folded = (size, registry)
        return registry

    def now(self, last: str) -> str:
        """The log's clock, which never goes back behind `last`."""
        return max(format_time(self._clock()), last)


def _check_unaltered(record: Record) -> None:
    """A row of the database is what was recorded. Raises Unavailable."""
    same = leaf_hash(record.leaf) == record.leaf_hash
    if same and record.body is not None:
        same = digest(record.body) == record.entry.statement.body
    if not same:
        raise Unavailable(
            f"entry {record.index} in the database is not what was recorded",
            "keep the database as evidence, then refill it from the public tree: jejak recover",
        )


def _unpack(packed: bytes | None) -> bytes | None:
    return None if packed is None else unpack(packed)


def create_log(engine: Engine) -> None:
    """Tables and the head row of an empty log; an existing one is left as it is."""
    store.create_log_tables(engine)
    with store.transaction(engine) as connection:
        if connection.execute(select(_HEAD.c.size)).first() is None:
            connection.execute(
                insert(_HEAD).values(id=1, size=0, leaf_hash=ZERO, at="1970-01-01T00:00:00Z")
            )
