"""Where an earlier entry lies: by its hash, by what it publishes, and by who signed it.

Hashes come in no order, and a table sorted by them is written all over: a new entry would cost a
page in each, the more the longer the log is. What came lately is therefore kept in order of index,
and sorted in once there are CHUNK of them; until then memory knows where it lies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from audit.earlier import Since

CHUNK = 32_768

TABLES = {
    "entry": '"index" INTEGER PRIMARY KEY, hash BLOB, kind TEXT, org TEXT, subject TEXT, '
    "replaced INTEGER, digest BLOB, served INTEGER, name BLOB",
    "hashed": 'hash INTEGER, "index" INTEGER, PRIMARY KEY (hash, "index")',
    "said": 'digest INTEGER, name INTEGER, "index" INTEGER, PRIMARY KEY (digest, name, "index")',
    "signing": '"index" INTEGER, key BLOB, at TEXT, PRIMARY KEY ("index", key)',
    "signed": 'key BLOB, "index" INTEGER, at TEXT, PRIMARY KEY (key, "index")',
    "sorted": "one INTEGER PRIMARY KEY, upto INTEGER",
}
"""Entries and signatures in order of index; those below `upto` in `hashed`, `said` and `signed`
as well, by the first eight bytes of their hashes."""

_ASKED = 300
_ROW = 'SELECT entry."index", entry.kind, entry.served FROM entry'
_KNOWN = (
    'SELECT entry."index", entry.hash FROM hashed JOIN entry USING ("index") WHERE hashed.hash = ?'
)
_LATELY = (
    'SELECT "index", hash, digest, name FROM entry WHERE "index" >= ? AND "index" < ? '
    'ORDER BY "index"'
)
_LAST = 2**63 - 1

_Row = tuple[int, bytes, bytes, bytes]


class Lookup:
    """The tables above in a database, whose transactions are the caller's."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database, self._run = database, database.execute
        self.load()

    def load(self) -> None:
        """Take what is known from the tables, after a transaction was undone."""
        row = self._run("SELECT upto FROM sorted").fetchone()
        self._sorted = 0 if row is None else int(row[0])
        self._lately: list[_Row] = []
        self._hashes: dict[bytes, int] = {}
        self._names: dict[bytes, int] = {}
        self._bodies: dict[bytes, list[int]] = {}
        for each in self._run(_LATELY, (self._sorted, _LAST)):
            self.add(*each)

    @property
    def size(self) -> int:
        """One more than the index of the last entry."""
        (last,) = self._run('SELECT max("index") FROM entry').fetchone()
        return 0 if last is None else int(last) + 1

    def add(self, index: int, hashed: bytes, digest: bytes, name: bytes) -> None:
        """An entry that stands in the tables, after all others."""
        self._lately.append((index, hashed, digest, name))
        self._hashes.setdefault(hashed, index)
        self._names.setdefault(name, index)
        self._bodies.setdefault(digest, []).append(index)

    def cut(self, stop: int) -> None:
        """The entries from an index on stand in the tables no more; they were not sorted in."""
        while self._lately and self._lately[-1][0] >= stop:
            index, hashed, digest, name = self._lately.pop()
            for known, key in ((self._hashes, hashed), (self._names, name)):
                if known[key] == index:
                    del known[key]
            self._bodies[digest].pop()

    def find(self, hashed: bytes) -> int | None:
        """The first entry with a leaf hash."""
        found = (row[0] for row in self._run(_KNOWN, (_short(hashed),)) if row[1] == hashed)
        return min(found, default=self._hashes.get(hashed))

    def published(self, names: Sequence[tuple[bytes, bytes]]) -> dict[bytes, int]:
        """By name the first entry that published the same; asked with the body's digest."""
        found = {name: self._names[name] for _, name in names if name in self._names}
        for at in range(0, len(names) if self._sorted else 0, _ASKED):
            some = names[at : at + _ASKED]
            wanted = {name for _, name in some}
            for index, name in self._run(_said(len(some)), list(_shorts(some))):
                if name in wanted:
                    found[name] = min(index, found.get(name, index))
        return found

    def with_body(self, digest: str) -> list[tuple[int, str, bool]]:
        """Index and kind of the entries with a body, and whether it was there."""
        asked = bytes.fromhex(digest)
        sorted_in = f'{_ROW} JOIN said USING ("index") WHERE said.digest = ? AND entry.digest = ?'
        rows = self._run(sorted_in, (_short(asked), asked)).fetchall()
        for index in self._bodies.get(asked, ()):
            rows += self._run(f'{_ROW} WHERE entry."index" = ?', (index,))
        return [(row[0], row[1], bool(row[2])) for row in rows]

    def signed_since(self, key: str, at: str) -> Since:
        """The entries a key has signed at or after a time."""
        asked = (bytes.fromhex(key), at)
        rows = [
            self._run(
                f'SELECT count(*), min("index") FROM {table} WHERE key = ? AND at >= ?',  # noqa: S608
                asked,
            ).fetchone()
            for table in ("signed", "signing")
        ]
        first = min((row[1] for row in rows if row[0]), default=0)
        return Since(sum(row[0] for row in rows), first)

    def sort(self, size: int) -> None:
        """Sort in the full chunks of a log of `size` entries."""
        upto = size // CHUNK * CHUNK
        if upto <= self._sorted:
            return
        rows = self._run(_LATELY, (self._sorted, upto)).fetchall()
        hashed = sorted((_short(row[1]), row[0]) for row in rows)
        said = sorted((_short(row[2]), _short(row[3]), row[0]) for row in rows)
        self._database.executemany("INSERT INTO hashed VALUES (?, ?)", hashed)
        self._database.executemany("INSERT INTO said VALUES (?, ?, ?)", said)
        below = 'FROM signing WHERE "index" < ?'
        self._run(f'INSERT INTO signed SELECT key, "index", at {below} ORDER BY 1, 2', (upto,))
        self._run(f"DELETE {below}", (upto,))
        self._run("INSERT OR REPLACE INTO sorted VALUES (1, ?)", (upto,))
        self.load()


def _said(count: int) -> str:
    # The order of the joins is given: each that is asked for is sought, nothing is walked through.
    marks = ", ".join(["(?, ?)"] * count)
    return (
        f"WITH asked(digest, name) AS (VALUES {marks}) "  # noqa: S608
        'SELECT entry."index", entry.name FROM asked CROSS JOIN said '
        "ON said.digest = asked.digest AND said.name = asked.name "
        'CROSS JOIN entry ON entry."index" = said."index"'
    )


def _shorts(names: Iterable[tuple[bytes, bytes]]) -> Iterator[int]:
    for digest, name in names:
        yield _short(digest)
        yield _short(name)


def _short(hashed: bytes) -> int:
    """The first eight bytes, as the database takes them."""
    return int.from_bytes(hashed[:8], "big", signed=True)
