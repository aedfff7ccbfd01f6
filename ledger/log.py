"""The log: appends durable entries in order, and reads them back.

Any number of threads and processes may append: whoever holds the commit lock of its process takes
all waiting submissions into one transaction, and the head row is compared and set inside it.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from ledger import store
from ledger.admission import Place, admit_meaning, read_meaning, signing_keys, verify_signatures
from ledger.batch import BatchFacts
from ledger.body import parse_body
from ledger.envelope import (
    MAX_ENTRY,
    Entry,
    Signature,
    Statement,
    check_signature_form,
    format_entry,
    format_time,
    parse_entry,
    parse_statement,
)
from ledger.errors import Conflict, JejakError, Malformed, NotFound, Unacceptable, Unavailable
from ledger.keys import PublicKey
from ledger.kinds import Kind, Kinds, Meaning
from ledger.merkle import leaf_hash
from ledger.registry import Registry

MAX_WAITING = 4096
READ_ROWS = 1000
SLICE = 32
SMALL_BODY = 1024
ZERO = bytes(32)

_HEAD = store.table(store.HeadRow)
_ENTRY = store.table(store.EntryRow)
_BODY = store.table(store.BodyRow)
_ACT = store.table(store.ActRow)
_CLAIM = store.table(store.ClaimRow)
_CORRECTION = store.table(store.CorrectionRow)


@dataclass(frozen=True)
class Submission:
    """What a publisher hands in: canonical statement, signatures, and the body's exact bytes."""

    statement: bytes
    signatures: tuple[Signature, ...]
    body: bytes


@dataclass(frozen=True)
class Recorded:
    """The entry is durable at `index`; `repeated` if it had been published before."""

    index: int
    leaf_hash: bytes
    repeated: bool = False


@dataclass(frozen=True)
class Refused:
    """Why a submission is not in the log."""

    error: JejakError


Outcome = Recorded | Refused


@dataclass(frozen=True)
class Head:
    """How far the log goes: `size` entries, the last one's leaf hash and `at`."""

    size: int
    leaf_hash: bytes
    at: str
    halted: str | None = None


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


@dataclass(frozen=True)
class Prepared:
    """A submission whose form, body and signatures hold; what is left depends on its place."""

    statement: Statement
    signatures: tuple[Signature, ...]
    value: Any
    packed: bytes
    kind: Kind
    meaning: Meaning
    keys: tuple[PublicKey, ...]


class _Batch:
    def __init__(self, prepared: Sequence[Prepared | Refused]) -> None:
        self.prepared = prepared
        self.outcomes: list[Outcome] | None = None
        self.error: BaseException | None = None


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
        self._waiting: list[_Batch] = []
        self._waiting_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    def append(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Record what may stand, durable before this returns; the rest is refused by name.

        Raises Unavailable when too many wait or the database does not answer, Conflict when the
        log is halted.
        """
        batch = _Batch(self._prepare_all(submissions, self.registry()))
        self._wait(batch)
        with self._commit_lock:
            if batch.outcomes is None and batch.error is None:
                self._commit_waiting()
        if batch.error is not None:
            raise batch.error
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
            return _head(connection)

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.head().size

    def registry(self) -> Registry:
        """Who may sign what at the end of the log; not to be changed by the caller."""
        with store.reading(self.engine) as connection:
            return self._registry_at(connection, _head(connection).size)

    def read(self, start: int, limit: int = READ_ROWS) -> list[Record]:
        """Up to `limit` entries from index `start` on, with their bodies."""
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf, _ENTRY.c.leaf_hash, _BODY.c.packed)
            .join(_BODY, _BODY.c.index == _ENTRY.c.index)
            .where(_ENTRY.c.index >= start)
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
        """The entry at an index. Raises NotFound."""
        rows = self.read(index, 1) if 0 <= index < 2**63 else []
        if not rows or rows[0].index != index:
            raise NotFound(f"there is no entry {index}", f"the log has {self.size} entries")
        return rows[0]

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
                    "put back a database that holds every entry",
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

    def prepare(self, submission: Submission, registry: Registry) -> Prepared:
        """Form, body, meaning and signatures of a submission. Raises JejakError."""
        statement = parse_statement(submission.statement)
        check_signature_form(submission.signatures)
        value = parse_body(submission.body)
        if hashlib.sha256(submission.body).hexdigest() != statement.body:
            raise Unacceptable("the body is not the one whose SHA-256 the statement names")
        kind, meaning = read_meaning(statement, value, self.kinds)
        keys = signing_keys(registry, statement, submission.signatures, value)
        verify_signatures(statement, submission.signatures, keys)
        # Deflating little gains little, and costs more than the rest of the append.
        packed = zlib.compress(submission.body, 1 if len(submission.body) > SMALL_BODY else 0)
        return Prepared(statement, submission.signatures, value, packed, kind, meaning, keys)

    def _prepare_all(
        self, submissions: Sequence[Submission], registry: Registry
    ) -> list[Prepared | Refused]:
        def prepared(submission: Submission) -> Prepared | Refused:
            try:
                return self.prepare(submission, registry)
            except JejakError as error:
                return Refused(error)

        if len(submissions) < SLICE:
            return [prepared(each) for each in submissions]
        slices = [submissions[at : at + SLICE] for at in range(0, len(submissions), SLICE)]
        done = self._pool.map(lambda part: [prepared(each) for each in part], slices)
        return [each for part in done for each in part]

    def _wait(self, batch: _Batch) -> None:
        with self._waiting_lock:
            waiting = sum(len(each.prepared) for each in self._waiting)
            if self._waiting and waiting + len(batch.prepared) > MAX_WAITING:
                raise Unavailable("too many entries wait to be recorded", "try again in a moment")
            self._waiting.append(batch)

    def _commit_waiting(self) -> None:
        with self._waiting_lock:
            batches, self._waiting = self._waiting, []
        try:
            outcomes = self._commit([each for batch in batches for each in batch.prepared])
        except BaseException as error:  # noqa: BLE001 - raised again to each who waits
            for batch in batches:
                batch.error = error
            return
        at = 0
        for batch in batches:
            batch.outcomes = outcomes[at : at + len(batch.prepared)]
            at += len(batch.prepared)

    def _commit(self, prepared: Sequence[Prepared | Refused]) -> list[Outcome]:
        with store.transaction(self.engine) as connection:
            head = _head(connection, lock=True)
            if head.halted:
                raise Conflict(f"the log is read-only: {head.halted}", "see jejak status")
            registry = self._registry_at(connection, head.size)
            facts = BatchFacts(connection, [e for e in prepared if isinstance(e, Prepared)])
            writing = _Writing(self, head, registry, facts)
            outcomes: list[Outcome] = [writing.place(each) for each in prepared]
            writing.write(connection)
        # Durable from here on.
        return outcomes

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
        registry = registry.copy()
        for index, leaf, packed in connection.execute(query):
            body = _unpack(packed)
            if body is None:
                raise Conflict(f"the database lacks the body of registry entry {index}")
            registry.apply(index, parse_entry(leaf).statement.kind, parse_body(body))
        self._folded = (size, registry)
        return registry

    def now(self, last: str) -> str:
        """The log's clock, which never goes back behind `last`."""
        return max(format_time(self._clock()), last)


class _Writing:
    """Places submissions one after the other, then writes them at once."""

    def __init__(self, log: Log, head: Head, registry: Registry, facts: BatchFacts) -> None:
        self.log, self.start, self.facts = log, head, facts
        self.index, self.prev = head.size, head.leaf_hash
        self.at = log.now(head.at)
        self.registry, self.own = registry, False
        self.rows: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.acts: list[dict[str, Any]] = []

    def place(self, each: Prepared | Refused) -> Outcome:
        if isinstance(each, Refused):
            return each
        known = self.facts.publication(each.statement)
        if known is not None:
            return Recorded(known[0], known[1], repeated=True)
        try:
            self._admit(each)
        except JejakError as error:
            return Refused(error)
        return self._record(each)

    def _admit(self, each: Prepared) -> None:
        statement, signatures = each.statement, each.signatures
        keys = signing_keys(self.registry, statement, signatures, each.value)
        if keys != each.keys:
            verify_signatures(statement, signatures, keys)
        place = Place(self.index, self.log.origin, self.at, self.registry, self.facts)
        admit_meaning(place, statement, signatures, each.value, each.kind, each.meaning)

    def _record(self, each: Prepared) -> Outcome:
        entry = Entry(
            at=self.at,
            prev=self.prev.hex(),
            signatures=each.signatures,
            statement=each.statement,
        )
        leaf = format_entry(entry)
        if len(leaf) > MAX_ENTRY:
            return Refused(Malformed(f"entry of {len(leaf)} bytes; {MAX_ENTRY} are allowed"))
        hashed = leaf_hash(leaf)
        self._add(each, leaf, hashed)
        recorded = Recorded(self.index, hashed)
        self.facts.add(self.index, hashed, each)
        self.index, self.prev = self.index + 1, hashed
        return recorded

    def _add(self, each: Prepared, leaf: bytes, hashed: bytes) -> None:
        self.rows.append(
            {
                "index": self.index,
                "leaf": leaf,
                "leaf_hash": hashed,
                "leaf_key": store.key_of(hashed),
                "body_key": store.key_of(bytes.fromhex(each.statement.body)),
            }
        )
        self.bodies.append({"index": self.index, "packed": each.packed})
        if each.statement.kind.startswith("registry/"):
            self.acts.append({"index": self.index})
            self.registry = self.registry if self.own else self.registry.copy()
            self.own = True
            self.registry.apply(self.index, each.statement.kind, each.value)

    def write(self, connection: Connection) -> None:
        if not self.rows:
            return
        connection.execute(insert(_ENTRY), self.rows)
        connection.execute(insert(_BODY), self.bodies)
        if self.acts:
            connection.execute(insert(_ACT), self.acts)
        self.facts.write(connection)
        moved = connection.execute(
            update(_HEAD)
            .where(_HEAD.c.size == self.start.size, _HEAD.c.leaf_hash == self.start.leaf_hash)
            .values(size=self.index, leaf_hash=self.prev, at=self.at)
        )
        if moved.rowcount != 1:
            raise Unavailable("another process has appended meanwhile", "try again")


def _head(connection: Connection, *, lock: bool = False) -> Head:
    query = select(_HEAD.c.size, _HEAD.c.leaf_hash, _HEAD.c.at, _HEAD.c.halted)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("the database holds no log", "run jejak init")
    return Head(*row)


def _unpack(packed: bytes | None) -> bytes | None:
    return None if packed is None else zlib.decompress(packed)


def create_log(engine: Engine) -> None:
    """Tables and the head row of an empty log; an existing one is left as it is."""
    store.create_log_tables(engine)
    with store.transaction(engine) as connection:
        if connection.execute(select(_HEAD.c.size)).first() is None:
            connection.execute(
                insert(_HEAD).values(id=1, size=0, leaf_hash=ZERO, at="1970-01-01T00:00:00Z")
            )
