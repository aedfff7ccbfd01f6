"""The hashes of a log, a group of 256 entries at a time: the chain, the times, the tree.

`prev` and `at` stand at fixed offsets of an entry's canonical bytes, so a group that is in order is
seen to be so without parsing it. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from ledger.errors import BrokenChain
from ledger.merkle import Edge
from ledger.merkle import root as tree_root
from ledger.tiles import TILE_BITS, WIDTH

ZERO = bytes(32)

# {"at":"2026-01-31T08:00:00Z","prev":"<64 hex>",…
_AT = b'{"at":"'
_LINK = b'","prev":"'
_AT_END = len(_AT) + 20
_PREV = _AT_END + len(_LINK)
_PREV_END = _PREV + 64
_HEX = _PREV_END - _PREV
_sha256 = hashlib.sha256


def leaf_hashes(leaves: Sequence[bytes]) -> list[bytes]:
    """SHA-256(0x00 || leaf) of each."""
    return [_sha256(b"\x00" + leaf).digest() for leaf in leaves]


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Entries chained in order: the `prev` (hex) of the first, and `at` of the first and last."""

    prev: bytes
    first: bytes
    last: bytes


def span_of(leaves: Sequence[bytes], hashes: Sequence[bytes]) -> Span | None:
    """The span of entries of which each names the one before it, and no `at` goes back."""
    times = [leaf[:_AT_END] for leaf in leaves]
    # Whatever sorts between two texts with one prefix has it too.
    formed = times[0].startswith(_AT) and times[-1].startswith(_AT)
    links = b"".join([leaf[_AT_END:_PREV] for leaf in leaves])
    named = b"".join([leaf[_PREV:_PREV_END] for leaf in leaves])
    expected = b"".join(hashes[:-1]).hex().encode()
    if not (formed and times == sorted(times) and links == _LINK * len(leaves)):
        return None
    if named[_HEX:] != expected:
        return None
    return Span(named[:_HEX], times[0][len(_AT) :], times[-1][len(_AT) :])


@dataclass
class Links:
    """How far the entries have been followed: last leaf hash, None if not known, and `at`."""

    last: bytes | None = ZERO
    time: str = ""

    def linked(self, leaves: Sequence[bytes], hashes: Sequence[bytes]) -> bool:
        """Whether each `prev` is the hash before it and no `at` goes back; moves on if so."""
        span = span_of(leaves, hashes)
        return span is not None and self.joined(span, hashes[-1])

    def joined(self, span: Span, last: bytes) -> bool:
        """Whether a span goes on from here; moves to its last leaf hash if so."""
        if self.last is None or span.prev != self.last.hex().encode():
            return False
        if span.first < self.time.encode():
            return False
        self.last, self.time = last, span.last.decode("ascii", "replace")
        return True


@dataclass(frozen=True)
class Tile:
    """A hash tile as it should be; `served` holds what the served tiles below would make of it."""

    level: int
    number: int
    hashes: Sequence[bytes]
    served: Sequence[bytes]


@dataclass
class Fold:
    """A growing tree and the tiles above level 0 that are still open."""

    edge: Edge = field(default_factory=Edge)
    open: list[tuple[list[bytes], list[bytes]]] = field(default_factory=list)

    def add(self, hashes: Sequence[bytes], root: bytes | None = None) -> bytes | None:
        """Add the leaf hashes of a group; the root of a full one, None of the last, partial one.

        `root` is that of the full group where it was computed before.
        """
        if len(hashes) == WIDTH:
            root = root or tree_root(hashes)
            self.edge.append_subtree(TILE_BITS, root)
            return root
        self.edge.extend(hashes)
        return None

    def open_tile(self, level: int, root: bytes, served: bytes) -> Tile | None:
        """Add the root of a full tile below `level` to the tile open there; the tile, if full."""
        while len(self.open) < level:
            self.open.append(([], []))
        hashes, below = self.open[level - 1]
        hashes.append(root)
        below.append(served)
        if len(hashes) < WIDTH:
            return None
        self.open[level - 1] = ([], [])
        number = (self.edge.size >> (TILE_BITS * (level + 1))) - 1
        return Tile(level, number, hashes, below)

    def partial_tiles(self) -> list[Tile]:
        """The tiles above level 0 that the tree ends in, lowest first."""
        return [
            Tile(level, self.edge.size >> (TILE_BITS * (level + 1)), hashes, below)
            for level, (hashes, below) in enumerate(self.open, start=1)
            if hashes
        ]

    def root_at(self, size: int, hashes: Sequence[bytes]) -> bytes:
        """The root at a size within the next group, whose leaf hashes are `hashes`."""
        edge = Edge(self.edge.size, list(self.edge.hashes))
        edge.extend(hashes[: size - edge.size])
        return edge.root()


def hash_only(groups: Iterable[Sequence[bytes]]) -> bytes:
    """Root of a log from its leaves in groups of 256, the chain and the times checked on the way.

    Raises BrokenChain naming the group where `prev` or `at` is not what it should be.
    """
    links, fold = Links(), Fold()
    for leaves in groups:
        hashes = leaf_hashes(leaves)
        if not links.linked(leaves, hashes):
            raise BrokenChain(f"entries from {fold.edge.size} on are not chained in order")
        fold.add(hashes)
    return fold.edge.root()
