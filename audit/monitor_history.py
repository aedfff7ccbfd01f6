"""What a monitor has seen, read: its runs, alerts and checkpoints. Nothing is written here.

Whoever may read the file may look on while the monitor works.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import NotFound, Unavailable

BUSY_SECONDS = 5.0
LOG = "log"
"""As what source the log's own checkpoints are kept; witnesses have their addresses."""

_LARGEST = 2**63 - 1


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


class History:
    """A monitor's database, for readers. Every question raises Unavailable if it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        """Whether a monitor has ever kept something here."""
        return self._path.is_file()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            where = f"{self._path.absolute().as_uri()}?mode=ro"
            connection = sqlite3.connect(where, timeout=BUSY_SECONDS, uri=True)
        except sqlite3.Error as error:
            raise Unavailable(f"the monitor's database does not open: {error}") from error
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the monitor's database is busy: {error}", "try again") from error
        finally:
            connection.close()

    def _rows(self, query: str, *asked: object) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return connection.execute(query, asked).fetchall()

    def runs(self, limit: int = 50, before: int | None = None, failed: bool = False) -> list[Run]:
        """Passes, newest first, with numbers below `before`; those that failed alone."""
        which = "holds = 0 AND" if failed else ""
        query = f"SELECT * FROM run WHERE {which} id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [run_of(row) for row in self._rows(query, min(before or _LARGEST, _LARGEST), limit)]

    def run(self, number: int) -> Run:
        """A pass by its number. Raises NotFound."""
        rows = self._rows("SELECT * FROM run WHERE id = ?", min(number, _LARGEST))
        if not rows:
            raise NotFound("there is no such run", "see /audit for those that are kept")
        return run_of(rows[0])

    def newest_judged(self) -> Run | None:
        """The newest pass that could read the log, and so made checks."""
        query = (
            "SELECT * FROM run WHERE json_extract(report, '$.checks') IS NOT NULL "
            "ORDER BY id DESC LIMIT 1"
        )
        rows = self._rows(query)
        return run_of(rows[0]) if rows else None

    def newest_held(self) -> bytes | None:
        """The note of the newest checkpoint that held."""
        query = (
            "SELECT note FROM checkpoint WHERE source = ? AND size = "
            "(SELECT size FROM run WHERE holds = 1 AND size > 0 ORDER BY id DESC LIMIT 1) "
            "ORDER BY seen LIMIT 1"
        )
        rows = self._rows(query, LOG)
        return bytes(rows[0][0]) if rows else None

    def checkpoints(self) -> int:
        """How many checkpoints were ever seen."""
        return int(self._rows("SELECT count(*) FROM checkpoint")[0][0])

    def shown(self) -> dict[str, tuple[int, str]]:
        """The largest tree that each witness has shown, and when it first did."""
        query = "SELECT source, max(size), seen FROM checkpoint WHERE source <> ? GROUP BY source"
        return {source: (size, seen) for source, size, seen in self._rows(query, LOG)}

    def alerts(self, limit: int = 50) -> list[Alert]:
        """Alerts, newest first."""
        rows = self._rows("SELECT * FROM alert ORDER BY id DESC LIMIT ?", limit)
        return [Alert(*row) for row in rows]

    def open_alerts(self) -> list[Alert]:
        """Alerts that are not closed."""
        with self._reading() as connection:
            return open_of(connection)

    def alerts_of(self, run: int) -> list[Alert]:
        """The alerts that a pass opened."""
        rows = self._rows("SELECT * FROM alert WHERE run = ? ORDER BY id", run)
        return [Alert(*row) for row in rows]


def open_of(connection: sqlite3.Connection) -> list[Alert]:
    """Alerts that are not closed, by a connection in hand."""
    rows = connection.execute("SELECT * FROM alert WHERE closed IS NULL ORDER BY id")
    return [Alert(*row) for row in rows.fetchall()]


def run_of(row: tuple[Any, ...]) -> Run:
    """A run from its row."""
    number, time, since, size, holds, verdict, seconds, report = row
    return Run(number, time, since, size, bool(holds), verdict, seconds, json.loads(report))
