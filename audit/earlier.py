"""What admission must know of the entries before a place, in flat memory.

SQLite keeps it in a private temporary file which nobody else sees and which goes with the audit;
or in a file that stays, for an audit that goes on another day. What was taken in is then kept up to
a mark (`keep`) or not at all (`forget`): never a half of it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.admission import Known
from ledger.envelope import Statement
from ledger.errors import Unavailable
from ledger.registry import Registry

_PASSING = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
_LASTING = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
_TABLES = {
    "entry": 'hash BLOB PRIMARY KEY, "index" INTEGER, kind TEXT, org TEXT, subject TEXT, '
    "replaced INTEGER",
    "body": "digest TEXT, kind TEXT, served INTEGER, PRIMARY KEY (digest, kind)",
    "published": 'name BLOB PRIMARY KEY, "index" INTEGER',
    "claim": "claim TEXT PRIMARY KEY, hash TEXT",
    "signed": 'key TEXT, at TEXT, "index" INTEGER, PRIMARY KEY (key, "index")',
    "process": "ocid TEXT PRIMARY KEY, org TEXT",
    "absent": 'digest TEXT, "index" INTEGER, PRIMARY KEY (digest, "index")',
    "act": '"index" INTEGER PRIMARY KEY, kind TEXT, subject TEXT, value TEXT',
    "standing": "one INTEGER PRIMARY KEY, told TEXT",
}


@dataclass(frozen=True)
class Since:
    """Entries of a key since a time: how many, and the first."""

    count: int
    index: int


class EarlierEntries:
    """The Facts of ledger.admission, and what else an audit remembers of each entry."""

    def __init__(self, path: Path | None = None) -> None:
        """Remember until closed; or in a file, of which one audit at a time makes use."""
        self._database = sqlite3.connect(path or "", isolation_level=None, timeout=1)
        self._run = self._database.execute
        try:
            self._database.executescript(_LASTING if path else _PASSING)
            for name, columns in _TABLES.items():
                self._run(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) WITHOUT ROWID")
            if path:
                self._run('CREATE INDEX IF NOT EXISTS entry_at ON entry ("index")')
            self._run("BEGIN IMMEDIATE" if path else "BEGIN")
        except sqlite3.OperationalError as error:
            self._database.close()
            raise Unavailable(f"{path} is in use by another audit", "let it end") from error

    def entry(self, leaf_hash: str) -> Known | None:
        """The earlier entry with this leaf hash (hex)."""
        row = self._run(
            'SELECT "index", kind, org, subject, replaced FROM entry WHERE hash = ?',
            (bytes.fromhex(leaf_hash),),
        ).fetchone()
        return None if row is None else Known(row[0], row[1], row[2], row[3], bool(row[4]))

    def holder(self, claim: str) -> str | None:
        """Leaf hash (hex) of the earlier entry that holds a claim."""
        row = self._run("SELECT hash FROM claim WHERE claim = ?", (claim,)).fetchone()
        return None if row is None else str(row[0])

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """Kinds of the earlier entries with this body."""
        rows = self._run("SELECT kind FROM body WHERE digest = ?", (digest,))
        return frozenset(row[0] for row in rows)

    def publication(self, index: int, statement: Statement) -> int | None:
        """Where the same thing was published before, or None: then it is from now on, here."""
        parts = (statement.org, statement.kind, statement.subject, statement.body)
        # None of them holds a space.
        name = " ".join((*parts, statement.replaced or "")).encode()
        named = (hashlib.sha256(name).digest(),)
        if self._run("INSERT OR IGNORE INTO published VALUES (?, ?)", (*named, index)).rowcount:
            return None
        row = self._run('SELECT "index" FROM published WHERE name = ?', named).fetchone()
        return int(row[0])

    def add(self, index: int, hashed: bytes, statement: Statement, served: bool) -> None:
        """Take in an entry, whatever has been found about it; `served` if its body is there."""
        self._run(
            "INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, 0)",
            (hashed, index, statement.kind, statement.org, statement.subject),
        )
        self._run(
            "INSERT INTO body VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET served = coalesce(served, excluded.served)",
            (statement.body, statement.kind, index if served else None),
        )

    def add_signer(self, key: str, at: str, index: int) -> None:
        """Remember who signed an entry, and when the log recorded it."""
        self._run("INSERT OR IGNORE INTO signed VALUES (?, ?, ?)", (key, at, index))

    def admit(self, hashed: bytes, statement: Statement, claims: Sequence[str]) -> None:
        """Take in what an entry that was found in order uses up."""
        for claim in claims:
            self._run("INSERT OR REPLACE INTO claim VALUES (?, ?)", (claim, hashed.hex()))
        if statement.replaced is not None:
            replaced = bytes.fromhex(statement.replaced)
            self._run("UPDATE entry SET replaced = 1 WHERE hash = ?", (replaced,))

    def signed_since(self, key: str, at: str) -> Since:
        """The entries a key has signed at or after a time."""
        row = self._run(
            'SELECT count(*), min("index") FROM signed WHERE key = ? AND at >= ?', (key, at)
        ).fetchone()
        return Since(row[0], row[1] or 0)

    def owner_by_entry(self, ocid: str, org: str) -> str:
        """The org of the first entry of a process, which is `org` if there is none yet."""
        self._run("INSERT OR IGNORE INTO process VALUES (?, ?)", (ocid, org))
        row = self._run("SELECT org FROM process WHERE ocid = ?", (ocid,)).fetchone()
        return str(row[0])

    def miss(self, digest: str, index: int) -> None:
        """Remember an entry whose body is not there."""
        self._run("INSERT OR IGNORE INTO absent VALUES (?, ?)", (digest, index))

    def missed(self) -> Iterator[tuple[str, int]]:
        """Digest and index of the entries whose body is not there."""
        return iter(self._run('SELECT digest, "index" FROM absent'))

    def served_at(self, digest: str) -> int | None:
        """The first entry whose body with this digest is there."""
        row = self._run("SELECT min(served) FROM body WHERE digest = ?", (digest,)).fetchone()
        return None if row[0] is None else int(row[0])

    def add_act(self, index: int, statement: Statement, value: Any) -> None:
        """Remember a registry entry that took effect."""
        row = (index, statement.kind, statement.subject, json.dumps(value, ensure_ascii=False))
        self._run("INSERT OR REPLACE INTO act VALUES (?, ?, ?, ?)", row)

    def acts(self, since: int) -> list[tuple[int, str, str]]:
        """Index, kind and subject of the registry entries from an index on."""
        query = 'SELECT "index", kind, subject FROM act WHERE "index" >= ? ORDER BY "index"'
        return [(row[0], row[1], row[2]) for row in self._run(query, (since,))]

    def registry(self) -> Registry:
        """The registry after all acts remembered."""
        registry = Registry()
        rows = self._run('SELECT "index", kind, value FROM act ORDER BY "index"')
        for index, kind, value in rows.fetchall():
            registry.apply(index, kind, json.loads(value))
        return registry

    def hashes(self, start: int, stop: int) -> list[bytes]:
        """The leaf hashes of the entries from `start` to before `stop`."""
        query = 'SELECT hash FROM entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"'
        return [row[0] for row in self._run(query, (start, stop))]

    def standing(self) -> str | None:
        """What was kept with the last mark."""
        row = self._run("SELECT told FROM standing").fetchone()
        return None if row is None else str(row[0])

    def mark(self) -> None:
        """From here on what is taken in is for this audit alone."""
        self._run("SAVEPOINT mark")

    def keep(self, standing: str) -> None:
        """Keep what was taken in before the mark, and a word on how far that is."""
        self._run("ROLLBACK TO mark")
        self._run("INSERT OR REPLACE INTO standing VALUES (1, ?)", (standing,))
        self._run("COMMIT")
        self._run("BEGIN IMMEDIATE")

    def forget(self) -> None:
        """Keep nothing of what was taken in since the last time."""
        self._run("ROLLBACK")
        self._run("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Give a temporary file back; of a lasting one, leave what was kept."""
        self._database.close()
