"""The hash-only pass agrees with the ledger's tree and misses no broken link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.hashes import Fold, Links, hash_only, leaf_hashes
from ledger import merkle, tiles
from ledger.errors import BrokenChain
from tests.audit import simulator


def chained(count: int) -> list[bytes]:
    """Bytes that begin as entries do, chained."""
    prev, leaves = "0" * 64, []
    for index in range(count):
        leaves.append(
            b'{"at":"%s","prev":"%s",%d' % (simulator.clock(index).encode(), prev.encode(), index)
        )
        prev = merkle.leaf_hash(leaves[-1]).hex()
    return leaves


LEAVES = chained(700)


def groups(leaves: list[bytes]) -> list[list[bytes]]:
    """In groups of 256."""
    return [leaves[at : at + 256] for at in range(0, len(leaves), 256)]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 700])
def test_root(size):
    """The root is that of RFC 6962."""
    leaves = LEAVES[:size]
    assert hash_only(groups(leaves)) == merkle.root([merkle.leaf_hash(leaf) for leaf in leaves])


@given(st.integers(0, 699), st.integers(0, 101), st.integers(1, 255))
def test_any_changed_byte_of_the_head(index, at, change):
    """A changed byte in `at` or `prev`, or between them, is caught, or moves the time forward."""
    leaf = bytearray(LEAVES[index])
    leaf[at] ^= change
    changed = [*LEAVES[:index], bytes(leaf), *LEAVES[index + 1 :]]
    if index < 699 or not 7 <= at < 27 or bytes(leaf[:27]) < LEAVES[index - 1][:27]:
        with pytest.raises(BrokenChain):
            hash_only(groups(changed))


@given(st.binary(max_size=110))
def test_strangers_bytes(leaf):
    """Bytes of any form and length are not in order, and do not crash."""
    assert not Links().linked([leaf], leaf_hashes([leaf]))
    assert not Links().linked([LEAVES[0], leaf], leaf_hashes([LEAVES[0], leaf]))


def test_tiles_of_every_level():
    """The tiles that fill, and those the tree ends in, are the ledger's at every level."""
    size = 256 * 256 + 300
    hashes = [index.to_bytes(32, "big") for index in range(size)]
    fold, found = Fold(), {}
    for at in range(0, size, 256):
        root = fold.add(hashes[at : at + 256])
        tile = fold.open_tile(1, root, root) if root else None
        while tile is not None:
            found[tile.level, tile.number, 256] = tile.hashes
            above = merkle.root(tile.hashes)
            tile = fold.open_tile(tile.level + 1, above, above)
    for tile in fold.partial_tiles():
        found[tile.level, tile.number, len(tile.hashes)] = tile.hashes
    assert set(found) == {each for each in tiles.tiles_of(size) if each[0]}
    assert found[1, 0, 256][5] == merkle.root(hashes[1280:1536])
    assert found[2, 0, 1] == [merkle.root(hashes[:65536])]
    assert fold.edge.root() == merkle.root(hashes)


def test_root_within_a_group():
    """Roots of sizes that no group ends at."""
    hashes = leaf_hashes(LEAVES)
    fold = Fold()
    fold.add(hashes[:256])
    for size in (257, 300, 511, 512):
        assert fold.root_at(size, hashes[256:512]) == merkle.root(hashes[:size])
