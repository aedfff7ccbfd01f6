"""Rows that nobody has asked for yet, packed by the group: written for a tenth of what they cost.

Of a log without corrections, erasures and revocations nobody ever asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from audit.ordinary import Ordinary, body_rows, entry_rows, signed_rows, unpack
from audit.reads import GroupRead
from ledger.merkle import HASH_SIZE

Row = tuple[Any, ...]
RowsOf = Callable[[Sequence[bytes], Ordinary, int, int, int], Iterator[Row]]

ROWS_OF: dict[str, RowsOf] = {"entry": entry_rows, "body": body_rows, "signed": signed_rows}
"""How the rows of a table are made of a stretch of ordinary entries."""


class _Rest(msgspec.Struct, frozen=True, array_like=True):
    first: int
    stretches: list[tuple[int, int]]
    rows: dict[str, list[Row]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Rest).decode


class Packs:
    """A table of packs in a database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._run = database.execute
        self._run("CREATE TABLE pack (hashes BLOB, ordinary BLOB, rest BLOB)")

    def put(
        self,
        first: int,
        read: GroupRead,
        stretches: Sequence[tuple[int, int]],
        rows: Mapping[str, Sequence[Row]],
    ) -> None:
        """Keep rows by table, and stretches of the ordinary entries of the group from `first`."""
        hashes = b"".join(read.hashes) if stretches else b""
        ordinary = read.ordinary if stretches else b""
        rest = _encode((first, stretches, rows))
        self._run("INSERT INTO pack VALUES (?, ?, ?)", (hashes, ordinary, rest))

    def rows(self, table: str) -> Iterator[Row]:
        """All rows of a table, those of stretches among them."""
        for hashes, ordinary, raw in self._run("SELECT * FROM pack ORDER BY rowid"):
            rest = _decode(raw)
            yield from rest.rows.get(table, ())
            if rest.stretches and table in ROWS_OF:
                leaves = [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]
                for start, stop in rest.stretches:
                    yield from ROWS_OF[table](leaves, unpack(ordinary), rest.first, start, stop)
