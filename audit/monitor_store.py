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

from audit.monitor_history import BUSY_SECONDS, Alert, History, Run, open_of
from ledger.errors import Unavailable
from ledger.note import Checkpoint

KEPT_RUNS = 20_000
"""A fortnight, at one a minute; the first run that failed in each way is kept for ever."""

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
class Raised:
    """What a pass found that is to be an alert; `notes` are signed notes that prove it."""

    code: str
    what: str
    severity: str = "failure"
    notes: tuple[bytes, ...] = ()


class MonitorStore(History):
    """A monitor's database in a file; `kept` runs are kept."""

    def __init__(self, path: Path, kept: int = KEPT_RUNS) -> None:
        super().__init__(path)
        self._kept = kept
        with self._transaction() as connection:
            for name, columns in _TABLES.items():
                connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) STRICT")
            connection.execute(
                "CREATE INDEX IF NOT EXISTS checkpoint_size ON checkpoint (size, root)"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS run_failed ON run (id) WHERE holds = 0")

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

    def add_run(self, time: str, since: int, report: dict[str, Any], told: Run) -> int:
        """Keep a pass, and give up those that are old; its number."""
        row = (time, since, told.size, told.holds, told.verdict, told.seconds, json.dumps(report))
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO run (time, since, size, holds, verdict, seconds, report) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            number = int(cursor.lastrowid or 0)
            connection.execute(
                "DELETE FROM run WHERE id <= ? AND id NOT IN "
                "(SELECT min(run) FROM alert WHERE severity = 'failure' GROUP BY code)",
                (number - self._kept,),
            )
            return number

    def settle(
        self, raised: Iterable[Raised], run: int, time: str
    ) -> tuple[list[Alert], list[Alert]]:
        """Open what is raised and not open yet, close what no longer is; what was opened, closed.

        A notice is closed at once: it is told, and done.
        """
        now = {each.code: each for each in raised}
        with self._transaction() as connection:
            standing = {each.code: each for each in open_of(connection)}
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


def _was_told(connection: sqlite3.Connection, code: str) -> bool:
    return connection.execute("SELECT 1 FROM alert WHERE code = ?", (code,)).fetchone() is not None
