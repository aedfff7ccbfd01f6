"""The file under the development chain: py-evm's keys and values, and an index of the events.

A block is one SQLite transaction (WAL, synchronous FULL), so a process killed at any moment leaves
the chain at the block before or the block after. The file is opened in exclusive locking mode: the
lock is SQLite's own, on the file itself, and the system drops it when the process dies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth.db.backends.base import BaseDB

from ledger.devchain.identity import ChainInUse
from ledger.errors import Conflict

FORMAT = 1

_SCHEMA = """
    CREATE TABLE node (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE event (
        block INTEGER NOT NULL, place INTEGER NOT NULL, tx BLOB NOT NULL, address BLOB NOT NULL,
        topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL,
        PRIMARY KEY (block, place)
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;
"""


@dataclass(frozen=True)
class Event:
    """One log of one transaction; `place` counts the logs of a block."""

    block: int
    place: int
    transaction: bytes
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


class SqliteStore(BaseDB):
    """A key-value database for py-evm's AtomicDB; not safe for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)

    def __getitem__(self, key: bytes) -> bytes:
        row = self._connection.execute("SELECT value FROM node WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO node VALUES (?, ?)", (key, value))

    def __delitem__(self, key: bytes) -> None:
        if not self._connection.execute("DELETE FROM node WHERE key = ?", (key,)).rowcount:
            raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        query = "SELECT 1 FROM node WHERE key = ?"
        return self._connection.execute(query, (key,)).fetchone() is not None

    @property
    def empty(self) -> bool:
        """Whether no chain has been written yet."""
        return self._connection.execute("SELECT 1 FROM node LIMIT 1").fetchone() is None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside becomes durable at the end, or none of it ever is."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        # Point of no return: after this line the block exists.
        self._connection.execute("COMMIT")

    def add_events(self, events: Sequence[Event]) -> None:
        """Index the logs of one block."""
        rows = [
            (each.block, each.place, each.transaction, each.address, *_four(each.topics), each.data)
            for each in events
        ]
        self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def events(
        self,
        first: int,
        last: int,
        addresses: Sequence[bytes],
        topics: Sequence[Sequence[bytes]],
        limit: int,
    ) -> list[Event]:
        """At most `limit` logs of blocks `first` to `last`; an empty choice matches anything."""
        query, values = "SELECT * FROM event WHERE block BETWEEN ? AND ?", [first, last]
        columns = ("address", "topic0", "topic1", "topic2", "topic3")
        for column, choice in zip(columns, [addresses, *topics], strict=False):
            if choice:
                query += f" AND {column} IN ({', '.join('?' * len(choice))})"
                values += choice  # type: ignore[arg-type]
        query += " ORDER BY block, place LIMIT ?"
        return [_event(row) for row in self._connection.execute(query, [*values, limit])]

    def close(self) -> None:
        """Release the file and its lock."""
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        _check_format(connection, path)
        connection.execute("COMMIT")
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise ChainInUse(
                "the development chain could not be opened: another process has it open",
                "reach it through that process, or stop it first",
            ) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise Conflict(
                f"{path.name} could not be opened as a development chain ({error})",
                "put back a copy of the file, or begin a new chain under another name",
            ) from error
        raise
    return connection


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == FORMAT:
        return
    if version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise Conflict(
            f"{path.name} is not a development chain of this version",
            "open it with the version that wrote it",
        )
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)


def _four(topics: Sequence[bytes]) -> tuple[bytes | None, ...]:
    return (*topics, *([None] * (4 - len(topics))))


def _event(row: Sequence[object]) -> Event:
    block, place, transaction, address, *topics, data = row
    kept = tuple(topic for topic in topics if isinstance(topic, bytes))
    return Event(block, place, transaction, address, kept, data)  # type: ignore[arg-type]
