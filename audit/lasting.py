"""What an audit remembers in a file that stays, for one that goes on another day.

What was taken in is kept up to a mark (`keep`) or not at all (`forget`): never a half of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from audit.earlier import INSERTS, EarlierEntries, Since
from audit.earlier import TABLES as EARLIER
from audit.lookup import TABLES as LOOKUP
from audit.lookup import Lookup
from audit.ordinary import NOT, entry_at
from audit.reads import EntryRead, GroupRead
from ledger.admission import Known
from ledger.envelope import Statement
from ledger.errors import Unavailable

_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
_FORM = 2
"""Of the tables."""
_TABLES = EARLIER | LOOKUP | {"standing": "one INTEGER PRIMARY KEY, told TEXT"}
_INSERTS = {
    **INSERTS,
    "entry": "INSERT INTO entry VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)",
    "signing": "INSERT OR IGNORE INTO signing VALUES (?, ?, ?)",
}


class LastingEntries(EarlierEntries):
    """Remembers in a file, of which one audit at a time makes use."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable where the file is in use, or not of this version's form."""
        database = sqlite3.connect(path, isolation_level=None, timeout=1)
        super().__init__(database, _INSERTS)
        self._marked: int | None = None
        try:
            database.executescript(_PRAGMAS)
            self._make_tables(path)
            self._run("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            database.close()
            raise Unavailable(f"{path} is in use by another audit", "let it end") from error
        except Unavailable:
            database.close()
            raise
        self._lookup = Lookup(database)
        self._size = self._lookup.size

    def settle(self) -> None:
        """Write what was taken in since the last time."""
        super().settle()
        if self._marked is None:
            self._lookup.sort(self._size)

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """See EarlierEntries."""
        self._write("entry")
        return frozenset(kind for _, kind, _ in self._lookup.with_body(digest))

    def served_at(self, digest: str) -> int | None:
        """See EarlierEntries."""
        self._write("entry")
        found = (index for index, _, served in self._lookup.with_body(digest) if served)
        return min(found, default=None)

    def add(self, index: int, hashed: bytes, statement: Statement, served: bool) -> None:
        """See EarlierEntries."""
        kind, org, subject = statement.kind, statement.org, statement.subject
        name = self._group.read.name(index - self._group.first)
        digest = bytes.fromhex(statement.body)
        self._new["entry"].append((index, hashed, kind, org, subject, digest, served, name))
        self._recent.setdefault(hashed, Known(index, kind, org, subject))
        self._size = index + 1

    def add_signer(self, key: str, at: str, index: int) -> None:
        """See EarlierEntries."""
        self._new["signing"].append((index, bytes.fromhex(key), at))

    def signed_since(self, key: str, at: str) -> Since:
        """See EarlierEntries."""
        self._write("signing")
        return self._lookup.signed_since(key, at)

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
        self._marked = self._size
        self._run("SAVEPOINT mark")

    def keep(self, standing: str) -> None:
        """Keep what was taken in before the mark, and a word on how far that is."""
        assert self._marked is not None
        self._acting = False
        self._run("ROLLBACK TO mark")
        self._size, self._marked = self._marked, None
        self._lookup.cut(self._size)
        self._run("INSERT OR REPLACE INTO standing VALUES (1, ?)", (standing,))
        self._run("COMMIT")
        self._run("BEGIN IMMEDIATE")

    def forget(self) -> None:
        """Keep nothing of what was taken in since the last time."""
        self._acting, self._marked = False, None
        self._drop()
        self._run("ROLLBACK")
        self._run("BEGIN IMMEDIATE")
        self._lookup.load()
        self._size = self._lookup.size

    def _make_tables(self, path: Path) -> None:
        (found,) = self._run("PRAGMA user_version").fetchone()
        if found != _FORM and self._run("SELECT 1 FROM sqlite_schema").fetchone():
            raise Unavailable(
                f"{path} was written by another version of the software",
                "keep it elsewhere; with a new file the log is verified from its first entry",
            )
        for name, columns in _TABLES.items():
            order = "" if name == "entry" else "WITHOUT ROWID"
            self._run(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) {order}")
        self._run(f"PRAGMA user_version = {_FORM}")

    def _publish(self, first: int, read: GroupRead) -> set[int]:
        named = list(self._named(read))
        self._known = self._lookup.published([(digest, name) for _, digest, name in named])
        return {
            at for at, _, name in named if self._known.setdefault(name, first + at) != first + at
        }

    def _named(self, read: GroupRead) -> Iterator[tuple[int, bytes, bytes]]:
        """Place, digest of the body and name of the entries in form."""
        ordinary = self._group.ordinary
        for at, which in enumerate(ordinary.which):
            other = read.others.get(at) if which == NOT else None
            if which != NOT:
                yield at, bytes.fromhex(ordinary.bodies[at]), read.name(at)
            elif isinstance(other, EntryRead):
                yield at, bytes.fromhex(other.entry.statement.body), read.name(at)

    def _take_stretch(self, start: int, stop: int) -> None:
        first, read, ordinary = self._group.first, self._group.read, self._group.ordinary
        for at in range(start, stop):
            index, kind, org, subject = entry_at(ordinary, first, at)
            digest = bytes.fromhex(ordinary.bodies[at])
            row = (index, read.hashes[at], kind, org, subject, digest, True, read.name(at))
            self._new["entry"].append(row)
            key = bytes.fromhex(ordinary.alike[ordinary.which[at]][3])
            self._new["signing"].append((index, key, ordinary.times[at]))
        self._size = first + stop

    def _stored(self, hashed: bytes) -> Known | None:
        self._write("entry")
        index = self._lookup.find(hashed)
        if index is None:
            return None
        query = 'SELECT kind, org, subject, replaced FROM entry WHERE "index" = ?'
        kind, org, subject, replaced = self._run(query, (index,)).fetchone()
        return Known(index, kind, org, subject, bool(replaced))

    def _replace(self, hashed: bytes) -> None:
        self._write("entry")
        index = self._lookup.find(hashed)
        self._run('UPDATE entry SET replaced = 1 WHERE "index" = ?', (index,))

    def _write(self, table: str) -> None:
        if table == "entry":
            for index, hashed, _, _, _, digest, _, name in self._new[table]:
                self._lookup.add(index, hashed, digest, name)
        super()._write(table)
