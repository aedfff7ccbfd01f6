"""What an audit remembers in a private temporary file, which goes with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from audit.earlier import INSERTS, TABLES, EarlierEntries, Since
from audit.ordinary import ROWS_OF
from audit.packs import Packs, find_entry, rows_of
from audit.reads import GroupRead
from ledger.admission import Known
from ledger.envelope import Statement

_PRAGMAS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
_TABLES = {
    **TABLES,
    "body": "digest TEXT, kind TEXT, served INTEGER, PRIMARY KEY (digest, kind)",
    "published": 'name BLOB PRIMARY KEY, "index" INTEGER',
    "signed": 'key TEXT, at TEXT, "index" INTEGER, PRIMARY KEY (key, "index")',
}
_APPENDED = {
    "body": ("digest", "digest TEXT, kind TEXT, served INTEGER"),
    "signed": ("key", 'key TEXT, at TEXT, "index" INTEGER'),
}
_PACKED = {*_APPENDED, "entry", "process"}
"""In a passing file these are packed as they come. Entries stay so (audit.packs); the others are
unpacked once one is asked for (by an erasure, a revocation, a process without an owner: few logs
ever ask), and those appended are sorted by this column."""

_INSERTS = {
    **INSERTS,
    "body": "INSERT INTO body VALUES (?, ?, ?) "
    "ON CONFLICT DO UPDATE SET served = coalesce(served, excluded.served)",
    "published": "INSERT OR IGNORE INTO published VALUES (?, ?)",
    "signed": "INSERT OR IGNORE INTO signed VALUES (?, ?, ?)",
}

_PLACES = """
CREATE TEMP TABLE place (at INTEGER PRIMARY KEY);
WITH RECURSIVE next (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM next WHERE at < 255)
INSERT INTO place SELECT at FROM next;
"""
_PUBLISH = (
    "INSERT OR IGNORE INTO published "
    "SELECT substr(?1, 32 * at + 1, 32), ?2 + at FROM place WHERE at < ?3 ORDER BY at"
)
"""The names of a group, one after the other, for half of what a row for each costs."""


class PassingEntries(EarlierEntries):
    """Remembers until closed. Rows that nobody may ever ask for are packed as they come."""

    def __init__(self) -> None:
        database = sqlite3.connect("", isolation_level=None)
        super().__init__(database, _INSERTS)
        self._new["entry"] = []  # never but packed
        self._packed = set(_PACKED)
        database.executescript(_PRAGMAS + _PLACES)
        for name, columns in _TABLES.items():
            if name in _APPENDED:
                self._run(f"CREATE TABLE {name} ({_APPENDED[name][1]})")
            else:
                self._run(f"CREATE TABLE {name} ({columns}) WITHOUT ROWID")
        self._packs = Packs(database)
        self._run("BEGIN")

    def settle(self) -> None:
        """Write what was taken in since the last time."""
        self._pack()
        super().settle()

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """See EarlierEntries."""
        self._write("body")
        rows = self._run("SELECT kind FROM body WHERE digest = ?", (digest,))
        return frozenset(row[0] for row in rows)

    def served_at(self, digest: str) -> int | None:
        """See EarlierEntries."""
        self._write("body")
        row = self._run("SELECT min(served) FROM body WHERE digest = ?", (digest,)).fetchone()
        return None if row[0] is None else int(row[0])

    def add(self, index: int, hashed: bytes, statement: Statement, served: bool) -> None:
        """See EarlierEntries."""
        kind, org, subject = statement.kind, statement.org, statement.subject
        self._new["entry"].append((hashed, index, kind, org, subject))
        self._new["body"].append((statement.body, kind, index if served else None))
        self._recent.setdefault(hashed, Known(index, kind, org, subject))

    def add_signer(self, key: str, at: str, index: int) -> None:
        """See EarlierEntries."""
        self._new["signed"].append((key, at, index))

    def signed_since(self, key: str, at: str) -> Since:
        """See EarlierEntries."""
        self._write("signed")
        row = self._run(
            'SELECT count(*), min("index") FROM signed WHERE key = ? AND at >= ?', (key, at)
        ).fetchone()
        return Since(row[0], row[1] or 0)

    def _publish(self, first: int, read: GroupRead) -> set[int]:
        """Take in what entries publish; the places of those of which the same was there before."""
        self._packs.expect(first, read)
        unformed = {at for at, each in read.others.items() if isinstance(each, str)}
        formed: Sequence[int] = range(len(read))
        if unformed:
            formed = [at for at in formed if at not in unformed]
        before = self._database.total_changes
        if unformed:
            rows = [(read.name(at), first + at) for at in formed]
            self._database.executemany(_INSERTS["published"], rows)
        else:
            self._run(_PUBLISH, (read.names, first, len(read)))
        self._known = {}
        if self._database.total_changes - before == len(formed):
            return set()
        self._known = dict(self._found("published", "name", [read.name(at) for at in formed]))
        return {at for at in formed if self._known[read.name(at)] != first + at}

    def _take_stretch(self, start: int, stop: int) -> None:
        group = self._group
        group.unpacked.append((start, stop))
        for table in ROWS_OF:
            if table not in self._packed:
                self._new[table] += rows_of(table, group.ordinary, group.first, [(start, stop)])

    def _stored(self, hashed: bytes) -> Known | None:
        group, rows = self._group, self._new["entry"]
        for index, replaced in self._packs.places(hashed):
            found = find_entry(index, group.first, group.ordinary, group.unpacked, rows)
            if found := found or self._packs.entry(index):
                return Known(*found, replaced)
        return None

    def _replace(self, hashed: bytes) -> None:
        self._packs.replace(hashed)

    def _pack(self) -> None:
        """Pack what was taken in of the tables that nobody has asked for."""
        group, rows = self._group, {name: self._new[name] for name in self._packed}
        if group.unpacked or any(rows.values()):
            self._packs.put(group.first, group.read, group.unpacked, rows)
        for each in rows.values():
            each.clear()
        group.unpacked.clear()

    def _unpack(self, table: str) -> None:
        """Before the first question about a table that was only packed so far."""
        if table not in self._packed:
            return
        self._pack()
        self._packed.remove(table)
        self._database.executemany(_INSERTS[table], self._packs.rows(table))
        if table in _APPENDED:
            self._run(f"CREATE INDEX {table}_sorted ON {table} ({_APPENDED[table][0]})")

    def _write(self, table: str) -> None:
        self._unpack(table)
        super()._write(table)
