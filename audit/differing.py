"""From which entry on two trees differ, by the hash tiles of both: a few tiles, not all."""

from __future__ import annotations

from audit.tree import Tree
from ledger.errors import Malformed, NotFound
from ledger.tiles import TILE_BITS, WIDTH, split_tile, width_of


def first_difference(one: Tree, other: Tree) -> int | None:
    """The first entry up to the smaller size at which they differ; None if tiles show none."""
    size, level = min(one.size, other.size), 0
    while size >> (TILE_BITS * (level + 1)):
        level += 1
    # From the top down: what a full hash covers alike need not be looked at below.
    number = 0
    for at in range(level, -1, -1):
        width = width_of(size, at, number)
        place = _first(_hashes(one, at, number), _hashes(other, at, number), width)
        number = number * WIDTH + place
    return number if number < size else None


def _hashes(tree: Tree, level: int, number: int) -> list[bytes]:
    """The hashes of a tile as far as it is there."""
    width = width_of(tree.size, level, number)
    if not width:
        return []
    try:
        return split_tile(tree.read_tile(level, number, width), width)
    except (NotFound, Malformed):
        return []


def _first(one: list[bytes], other: list[bytes], width: int) -> int:
    """Where two tiles differ first; `width` where they do not."""
    for at in range(width):
        if one[at : at + 1] != other[at : at + 1]:
            return at
    return width
