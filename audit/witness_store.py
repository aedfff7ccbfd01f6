"""What a witness remembers: of each log the largest tree cosigned, and what it refused.

A database of its own, SQLite, made durable before a cosignature leaves (synchronous=FULL). Reading
what is held, judging and writing are one transaction that no other can come between: else a log
that asks twice at once could get two histories cosigned.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.witnessing import Refusal, WitnessedLog, judge
from ledger.add_checkpoint import AddCheckpoint, parse_add_checkpoint
from ledger.cosignature import cosign
from ledger.envelope import format_time
from ledger.errors import NotFound, Unavailable
from ledger.note import Checkpoint, Note, SignatureLine, Signer, format_note

BUSY_SECONDS = 5.0
MAX_EVIDENCE = 10_000

_HELD = (
    "CREATE TABLE IF NOT EXISTS held (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, "
    "root BLOB NOT NULL, note BLOB NOT NULL, name TEXT NOT NULL UNIQUE) STRICT"
)
_EVIDENCE = (
    "CREATE TABLE IF NOT EXISTS evidence (id INTEGER PRIMARY KEY, time TEXT NOT NULL, "
    "origin TEXT NOT NULL, what TEXT NOT NULL, request BLOB NOT NULL, held BLOB, "
    "digest BLOB NOT NULL UNIQUE) STRICT"
)


@dataclass(frozen=True)
class Evidence:
    """A request that the log signed and the witness refused, and the note held at that time."""

    time: str
    origin: str
    what: str
    request: bytes
    held: bytes | None


class WitnessStore:
    """A witness's database in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._transaction() as connection:
            for table in (_HELD, _EVIDENCE):
                connection.execute(table)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise Unavailable(f"the witness's database does not open: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the witness's database is busy: {error}", "try again") from error
        finally:
            connection.close()

    def take(self, request: AddCheckpoint, log: WitnessedLog | None, line: SignatureLine) -> None:
        """Hold a checkpoint with the line that will be given for it. Raises Refusal."""
        with self._transaction() as connection:
            held = _held(connection, request.checkpoint.origin)
            asked = judge(request, log, held)
            signed = Note(request.note.text, (*_own_lines(request, log), line))
            connection.execute(
                "INSERT INTO held VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE "
                "SET size = excluded.size, root = excluded.root, note = excluded.note",
                (asked.origin, asked.size, asked.root, format_note(signed), name_of(asked.origin)),
            )

    def keep(self, request: AddCheckpoint, raw: bytes, what: str, time: str) -> None:
        """Keep a refused request as evidence, once, and not without end."""
        origin, digest = request.checkpoint.origin, hashlib.sha256(raw).digest()
        with self._transaction() as connection:
            if connection.execute("SELECT count(*) FROM evidence").fetchone()[0] >= MAX_EVIDENCE:
                return
            row = connection.execute("SELECT note FROM held WHERE origin = ?", (origin,)).fetchone()
            connection.execute(
                "INSERT OR IGNORE INTO evidence (time, origin, what, request, held, digest) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (time, origin, what, raw, row[0] if row else None, digest),
            )

    def newest(self, name: str) -> bytes:
        """The cosigned note of the log whose origin has this SHA-256 (hex). Raises NotFound."""
        with self._transaction() as connection:
            row = connection.execute("SELECT note FROM held WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise NotFound("no checkpoint of such a log was cosigned")
        return bytes(row[0])

    def evidence(self) -> list[Evidence]:
        """All that was refused although the log had signed it, oldest first."""
        query = "SELECT time, origin, what, request, held FROM evidence ORDER BY id"
        with self._transaction() as connection:
            return [Evidence(*row) for row in connection.execute(query)]


class WitnessServer:
    """A witness: its key, the logs it knows, its memory and its clock."""

    def __init__(
        self,
        signer: Signer,
        logs: Mapping[str, WitnessedLog],
        memory: WitnessStore,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.signer, self.logs, self.memory = signer, dict(logs), memory
        self._clock = clock

    def add_checkpoint(self, raw: bytes) -> SignatureLine:
        """The cosignature for a request, held before it is given. Raises Malformed, Refusal."""
        request = parse_add_checkpoint(raw)
        log, now = self.logs.get(request.checkpoint.origin), self._clock()
        line = cosign(request.note.text, self.signer, int(now.timestamp()))
        try:
            self.memory.take(request, log, line)
        except Refusal as error:
            if error.evidence:
                self.memory.keep(request, raw, error.message, format_time(now))
            raise
        return line


def name_of(origin: str) -> str:
    """Where the checkpoint of a log is found: the SHA-256 of its origin, lower-case hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _held(connection: sqlite3.Connection, origin: str) -> Checkpoint | None:
    query = "SELECT origin, size, root FROM held WHERE origin = ?"
    row = connection.execute(query, (origin,)).fetchone()
    return Checkpoint(*row) if row else None


def _own_lines(request: AddCheckpoint, log: WitnessedLog | None) -> list[SignatureLine]:
    known = {(key.name, key.key_id) for key in log.keys} if log else set()
    return [line for line in request.note.signatures if (line.name, line.key_id) in known]
