"""Rows that nobody has asked for yet, packed by the group: written for a tenth of what they cost.

Entries are found by leaf hash, and what is known of one is read out of its pack. Of a log without
corrections, erasures and revocations nobody ever asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from audit.ordinary import ROWS_OF, Ordinary, entry_at, unpack
from audit.reads import GroupRead
from ledger.tiles import WIDTH

MAX_OPEN = 256
"""Groups whose packs are held open: some 20 megabytes."""

Row = tuple[Any, ...]
EntryRow = tuple[int, str, str, str]
Stretches = Sequence[tuple[int, int]]

_TABLES = """
CREATE TABLE pack (first INTEGER, ordinary BLOB, rest BLOB);
CREATE INDEX pack_of ON pack (first);
CREATE TABLE leaf (hash BLOB, "index" INTEGER, replaced INTEGER);
"""
_LEAVES = "INSERT INTO leaf SELECT substr(?1, 32 * at + 1, 32), ?2 + at, 0 FROM place WHERE at < ?3"


class _Rest(msgspec.Struct, frozen=True, array_like=True):
    stretches: list[tuple[int, int]]
    rows: dict[str, list[Row]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Rest).decode


class Packs:
    """Tables of packs and of leaf hashes in a database that has the places of a group."""

    def __init__(self, database: sqlite3.Connection) -> None:
        database.executescript(_TABLES)
        self._run = database.execute
        self._sorted = False
        self._opened: dict[int, list[tuple[Ordinary | None, _Rest]]] = {}

    def expect(self, first: int, read: GroupRead) -> None:
        """The group from an index on comes next."""
        self._run(_LEAVES, (b"".join(read.hashes), first, len(read)))

    def put(
        self, first: int, read: GroupRead, stretches: Stretches, rows: Mapping[str, Sequence[Row]]
    ) -> None:
        """Keep rows by table, and stretches of the ordinary entries of the group from `first`."""
        ordinary = read.ordinary if stretches else b""
        self._opened.pop(first, None)
        self._run(
            "INSERT INTO pack VALUES (?, ?, ?)", (first, ordinary, _encode((stretches, rows)))
        )

    def rows(self, table: str) -> Iterator[Row]:
        """All rows of a table, those of stretches among them."""
        for first, ordinary, raw in self._run("SELECT * FROM pack ORDER BY rowid"):
            rest = _decode(raw)
            yield from rest.rows.get(table, ())
            if rest.stretches and table in ROWS_OF:
                yield from rows_of(table, unpack(ordinary), first, rest.stretches)

    def places(self, hashed: bytes) -> list[tuple[int, bool]]:
        """Where a leaf hash is met, the first place first, and whether it is replaced."""
        self._sort()
        query = 'SELECT "index", replaced FROM leaf WHERE hash = ? ORDER BY "index"'
        return [(index, bool(replaced)) for index, replaced in self._run(query, (hashed,))]

    def replace(self, hashed: bytes) -> None:
        """What has this leaf hash is replaced."""
        self._sort()
        self._run("UPDATE leaf SET replaced = 1 WHERE hash = ?", (hashed,))

    def entry(self, index: int) -> EntryRow | None:
        """Index, kind, org and subject of the entry at an index, if it was packed."""
        first = index - index % WIDTH
        for columns, rest in self._open(first):
            found = find_entry(index, first, columns, rest.stretches, rest.rows.get("entry", ()))
            if found is not None:
                return found
        return None

    def _sort(self) -> None:
        """Before the first question about a leaf hash."""
        if not self._sorted:
            self._sorted = True
            self._run("CREATE INDEX leaf_sorted ON leaf (hash)")

    def _open(self, first: int) -> list[tuple[Ordinary | None, _Rest]]:
        """The packs of a group; what is asked for next often lies in one of those asked last."""
        if first not in self._opened:
            if len(self._opened) >= MAX_OPEN:
                self._opened.clear()
            query = "SELECT ordinary, rest FROM pack WHERE first = ? ORDER BY rowid"
            self._opened[first] = [
                (unpack(ordinary) if ordinary else None, _decode(rest))
                for ordinary, rest in self._run(query, (first,))
            ]
        return self._opened[first]


def rows_of(table: str, ordinary: Ordinary, first: int, stretches: Stretches) -> Iterator[Row]:
    """The rows of a table that stretches of ordinary entries make."""
    make = ROWS_OF[table]
    return (make(ordinary, first, at) for start, stop in stretches for at in range(start, stop))


def find_entry(
    index: int,
    first: int,
    ordinary: Ordinary | None,
    stretches: Stretches,
    rows: Sequence[Row],
) -> EntryRow | None:
    """Index, kind, org and subject of an entry in these stretches, or among these rows."""
    at = index - first
    if ordinary is not None and any(start <= at < stop for start, stop in stretches):
        return entry_at(ordinary, first, at)
    return next(((index, *row[2:5]) for row in rows if row[1] == index), None)
