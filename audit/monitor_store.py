"""What a monitor keeps: every checkpoint it ever saw, its runs, and its alerts. SQLite, its own."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import NotFound, Unavailable
from ledger.note import Checkpoint

BUSY_SECONDS = 5.0

_TABLES = {
    "checkpoint": "digest BLOB PRIMARY KEY, source TEXT NOT NULL, size INTEGER NOT NULL, "
    "root BLOB NOT NULL, note BLOB NOT NULL, seen TEXT NOT NULL",
    "run": "id INTEGER PRIMARY KEY, time TEXT NOT NULL, since INTEGER NOT NULL, "
    "size INTEGER NOT NULL, holds INTEGER NOT NULL, verdict TEXT NOT NULL, "
    "seconds REAL NOT NULL, report TEXT NOT NULL",
    "alert": "id INTEGER PRIMARY KEY, code TEXT NOT NULL, what TEXT NOT NULL, "
    "severity TEXT NOT NULL, opened TEXT NOT NULL, closed TEXT, run INTEGER NOT NULL",
}


@dataclass(frozen=True)
class Run:
    """One pass: when, over which entries, the verdict, and the whole report as JSON."""

    id: int
    time: str
    since: int
    size: int
    holds: bool
    verdict: str
    seconds: float
    report: dict[str, Any]


@dataclass(frozen=True)
class Alert:
    """Something that somebody should know; open from `opened` until `closed`.

    `severity`: `failure` (evidence fails), `warning` (a part is silent or late), `notice`.
    """

    id: int
    code: str
    what: str
    severity: str
    opened: str
    closed: str | None
    run: int


@dataclass(frozen=True)
class Raised:
    """What a pass found that is to be an alert; `notes` are signed notes that prove it."""

    code: str
    what: str
    severity: str = "failure"
    notes: tuple[bytes, ...] = ()


class MonitorStore:
    """A monitor's database in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._transaction() as connection:
            for name, columns in _TABLES.items():
                connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) STRICT")
            connection.execute(
                "CREATE INDEX IF NOT EXISTS checkpoint_size ON checkpoint (size, root)"
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise Unavailable(f"the monitor's database does not open: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the monitor's database is busy: {error}", "try again") from error
        finally:
            connection.close()

    def see(self, source: str, checkpoint: Checkpoint, note: bytes, time: str) -> None:
        """Keep a checkpoint that somebody showed, once for each who did."""
        digest = hashlib.sha256(source.encode() + b"\0" + note).digest()
        row = (digest, source, checkpoint.size, checkpoint.root, note, time)
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)", row)

    def contradiction(self, source: str, checkpoint: Checkpoint) -> bytes | None:
        """A note that a source showed earlier, with another root of the same size."""
        query = "SELECT note FROM checkpoint WHERE source = ? AND size = ? AND root <> ? LIMIT 1"
        asked = (source, checkpoint.size, checkpoint.root)
        with self._transaction() as connection:
            row = connection.execute(query, asked).fetchone()
        return None if row is None else bytes(row[0])

    def first_seen(self, source: str, size: int) -> str | None:
        """When a source first showed a tree of this size or more."""
        query = "SELECT min(seen) FROM checkpoint WHERE source = ? AND size >= ?"
        with self._transaction() as connection:
            row = connection.execute(query, (source, size)).fetchone()
        return None if row[0] is None else str(row[0])

    def checkpoints(self) -> int:
        """How many checkpoints were ever seen."""
        with self._transaction() as connection:
            return int(connection.execute("SELECT count(*) FROM checkpoint").fetchone()[0])

    def add_run(self, time: str, since: int, report: dict[str, Any], told: Run) -> int:
        """Keep a pass; its number."""
        row = (time, since, told.size, told.holds, told.verdict, told.seconds, json.dumps(report))
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO run (time, since, size, holds, verdict, seconds, report) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return int(cursor.lastrowid or 0)

    def runs(self, limit: int = 50, before: int | None = None) -> list[Run]:
        """Passes, newest first, with numbers below `before`."""
        query = "SELECT * FROM run WHERE id < ? ORDER BY id DESC LIMIT ?"
        with self._transaction() as connection:
            rows = connection.execute(query, (before or 2**62, limit)).fetchall()
        return [_run(row) for row in rows]

    def run(self, number: int) -> Run:
        """A pass by its number. Raises NotFound."""
        with self._transaction() as connection:
            row = connection.execute("SELECT * FROM run WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise NotFound(f"there is no run {number}")
        return _run(row)

    def settle(
        self, raised: Iterable[Raised], run: int, time: str
    ) -> tuple[list[Alert], list[Alert]]:
        """Open what is raised and not open yet, close what no longer is; what was opened, closed.

        A notice is closed at once: it is told, and done.
        """
        now = {each.code: each for each in raised}
        with self._transaction() as connection:
            standing = {each.code: each for each in _open(connection)}
            for code, each in now.items():
                told = each.severity == "notice" and _was_told(connection, code)
                if code not in standing and not told:
                    closed = time if each.severity == "notice" else None
                    connection.execute(
                        "INSERT INTO alert (code, what, severity, opened, closed, run) "
                        "VALUES (?, ?, ?, ?, ?, ?)",
                        (code, each.what[:2000], each.severity, time, closed, run),
                    )
            gone = [each for code, each in standing.items() if code not in now]
            for alert in gone:
                connection.execute("UPDATE alert SET closed = ? WHERE id = ?", (time, alert.id))
            query = "SELECT * FROM alert WHERE run = ? AND opened = ? ORDER BY id"
            opened = [Alert(*row) for row in connection.execute(query, (run, time))]
        return opened, gone

    def alerts(self, limit: int = 50) -> list[Alert]:
        """Alerts, newest first."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT * FROM alert ORDER BY id DESC LIMIT ?", (limit,))
            return [Alert(*row) for row in rows]

    def open_alerts(self) -> list[Alert]:
        """Alerts that are not closed."""
        with self._transaction() as connection:
            return _open(connection)


def _open(connection: sqlite3.Connection) -> list[Alert]:
    rows = connection.execute("SELECT * FROM alert WHERE closed IS NULL ORDER BY id")
    return [Alert(*row) for row in rows.fetchall()]


def _was_told(connection: sqlite3.Connection, code: str) -> bool:
    return connection.execute("SELECT 1 FROM alert WHERE code = ?", (code,)).fetchone() is not None


def _run(row: tuple[Any, ...]) -> Run:
    number, time, since, size, holds, verdict, seconds, report = row
    return Run(number, time, since, size, bool(holds), verdict, seconds, json.loads(report))
