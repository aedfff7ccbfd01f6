"""Filling a log's tables again with entries that somebody has verified: nothing is made new.

The checkpoint comes first: a database that is killed half filled says by itself that it lacks
entries of a signed tree, so that nothing is signed or taken in until it is whole again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ledger import files, store
from ledger.body import pack
from ledger.envelope import Statement, parse_entry
from ledger.errors import Conflict
from ledger.log import Log
from ledger.merkle import Edge, NodeReader, format_edge, leaf_hash
from ledger.placing import read_head

REASON = "jejak recover has not come to its end"

_HEAD = store.table(store.HeadRow)
_ENTRY = store.table(store.EntryRow)
_BODY = store.table(store.BodyRow)
_ACT = store.table(store.ActRow)
_CLAIM = store.table(store.ClaimRow)
_CORRECTION = store.table(store.CorrectionRow)
_CHECKPOINT = store.table(store.CheckpointRow)
_ANCHOR = store.table(store.AnchorTable)


@dataclass(frozen=True)
class Verified:
    """An entry that was verified; `body` None: erased. `claims`: the ids that it uses up."""

    index: int
    leaf: bytes
    statement: Statement
    body: bytes | None
    claims: tuple[str, ...]

    @property
    def leaf_hash(self) -> bytes:
        """The leaf hash."""
        return leaf_hash(self.leaf)


class Refill:
    """Fills the tables of one log."""

    def __init__(self, log: Log) -> None:
        self.log = log

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The log takes no entries meanwhile; nor after an error, until it has been refilled.

        A Conflict leaves it as it was: then nothing has been written.
        """
        before = self.log.head().halted
        self.log.halt(REASON)
        try:
            yield
        except Conflict:
            self.log.halt(before)
            raise

    def end(self, published: int) -> None:
        """The log takes entries again, unless more of them are published than it holds."""
        size = self.log.size
        more = f"{published} entries are published, the database holds {size}"
        self.log.halt(more if published > size else None)

    def first_difference(self, start: int, hashes: Sequence[bytes]) -> int | None:
        """The first entry held from `start` on whose bytes are not those of these leaf hashes."""
        held = {index: leaf_hash(leaf) for index, leaf in self._leaves(start, start + len(hashes))}
        stop = min(start + len(hashes), self.log.size)
        for index in range(start, stop):
            if held.get(index) != hashes[index - start]:
                return index
        return None

    def is_chained(self, start: int, before: bytes) -> bool:
        """Whether the entries held from `start` on follow from the leaf hash `before`."""
        for at in range(start, self.log.size, files.GROUP):
            for _, leaf in self._leaves(at, at + files.GROUP):
                if parse_entry(leaf).prev != before.hex():
                    return False
                before = leaf_hash(leaf)
        return True

    def without_body(self, start: int, stop: int) -> list[tuple[int, str]]:
        """Index and digest (hex) of the bodies that lack from `start` to before `stop`."""
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf)
            .outerjoin(_BODY, _BODY.c.index == _ENTRY.c.index)
            .where(_ENTRY.c.index >= start, _ENTRY.c.index < stop, _BODY.c.packed.is_(None))
        )
        with store.reading(self.log.engine) as connection:
            rows = connection.execute(query).all()
        return [(index, parse_entry(leaf).statement.body) for index, leaf in rows]

    def put_bodies(self, entries: Iterable[Verified]) -> int:
        """Put bodies where they lack; how many."""
        count = 0
        with store.transaction(self.log.engine) as connection:
            for each in entries:
                if each.body is not None:
                    connection.execute(delete(_BODY).where(_BODY.c.index == each.index))
                    store.insert_rows(connection, _BODY, [(each.index, pack(each.body))])
                    count += 1
        return count

    def append(self, entries: Sequence[Verified]) -> None:
        """Add the entries that follow, in one transaction.

        Raises Conflict when they do not follow from what is held.
        """
        with store.transaction(self.log.engine) as connection:
            head = read_head(connection, lock=True)
            first = parse_entry(entries[0].leaf)
            if (head.size, head.leaf_hash.hex()) != (entries[0].index, first.prev):
                raise Conflict("the database has changed meanwhile", "stop its servers, try again")
            insert_entries(connection, entries)
            _insert_uses(connection, entries)
            last = entries[-1]
            at = parse_entry(last.leaf).at
            connection.execute(
                update(_HEAD).values(size=last.index + 1, leaf_hash=last.leaf_hash, at=at)
            )

    def keep_checkpoint(self, size: int, node: NodeReader, note: bytes, time: str) -> bool:
        """Keep a signed checkpoint, unless there is one of its size; whether it was kept."""
        edge = edge_of(size, node)
        row = {"size": size, "root": edge.root(), "edge": format_edge(edge)}
        row |= {"note": note, "time": time}
        return self._insert_once(_CHECKPOINT, row)

    def keep_anchor(self, row: dict[str, Any]) -> bool:
        """Keep an anchor, without state proof, unless it is known; whether it was kept."""
        return self._insert_once(_ANCHOR, row | {"proof": None})

    def remember_partial(self, tree: files.PublicTree, paths: Iterable[str], now: datetime) -> None:
        """The partial files that stand in a public tree, so that they will be deleted in time."""
        there = [path for path in paths if (tree.folder / path).is_file()]
        tree.remember_partial(self.log, there, now)

    def at(self, index: int) -> str:
        """When the log recorded an entry."""
        return self.log.record(index).entry.at

    def _leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        query = (
            select(_ENTRY.c.index, _ENTRY.c.leaf)
            .where(_ENTRY.c.index >= start, _ENTRY.c.index < stop)
            .order_by(_ENTRY.c.index)
        )
        with store.reading(self.log.engine) as connection:
            rows = connection.execute(query).all()
        return ((row[0], row[1]) for row in rows)

    def _insert_once(self, table: Any, row: dict[str, Any]) -> bool:
        with store.transaction(self.log.engine) as connection:
            known = connection.execute(select(table.c.size).where(table.c.size == row["size"]))
            if known.first() is not None:
                return False
            connection.execute(insert(table), [row])
            return True


def edge_of(size: int, node: NodeReader) -> Edge:
    """The right edge of a tree from its nodes."""
    edge = Edge()
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            edge.hashes.append(node(level, edge.size >> level))
            edge.size += 1 << level
    return edge


def insert_entries(connection: Connection, entries: Sequence[Verified]) -> None:
    """Entries, their bodies, and which are acts of registrars; the head is for the caller."""
    rows = []
    for each in entries:
        hashed, digest = each.leaf_hash, bytes.fromhex(each.statement.body)
        keys = store.key_of(hashed), store.key_of(digest)
        rows.append((each.index, each.leaf, hashed, *keys))
    store.insert_rows(connection, _ENTRY, rows)
    bodies = [(each.index, None if each.body is None else pack(each.body)) for each in entries]
    store.insert_rows(connection, _BODY, bodies)
    acts = [(each.index,) for each in entries if each.statement.kind.startswith("registry/")]
    if acts:
        store.insert_rows(connection, _ACT, acts)


def _insert_uses(connection: Connection, entries: Sequence[Verified]) -> None:
    """Claims, of which the newest holder counts, and corrections."""
    claims = {claim: each.index for each in entries for claim in each.claims}
    if claims:
        connection.execute(delete(_CLAIM).where(_CLAIM.c.claim.in_(sorted(claims))))
        store.insert_rows(connection, _CLAIM, list(claims.items()))
    replaced = [(each.statement.replaced, each.index) for each in entries]
    rows = [(_index_of(connection, name), index) for name, index in replaced if name is not None]
    if rows:
        store.insert_rows(connection, _CORRECTION, rows)


def _index_of(connection: Connection, name: str) -> int:
    """The index of the entry with a leaf hash (hex). Raises Conflict."""
    hashed = bytes.fromhex(name)
    query = select(_ENTRY.c.index, _ENTRY.c.leaf_hash).where(
        _ENTRY.c.leaf_key == store.key_of(hashed)
    )
    for index, found in connection.execute(query):
        if found == hashed:
            return int(index)
    raise Conflict(f"the database lacks the entry {name[:16]} that is corrected")
