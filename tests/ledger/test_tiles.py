"""Tiles, bundles and groups of bodies: paths, bytes, and the tree read back from them."""

from __future__ import annotations

import gzip
import random
import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger import merkle, tiles
from ledger.body import MAX_BODY
from ledger.errors import Malformed
from tests.ledger.offices import parses_or_refuses

SIZES = [1, 2, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 65_537, 70_000]


class Tree:
    """A tree kept as the files that its log published while it grew."""

    def __init__(self, sizes: list[int]) -> None:
        rng = random.Random(7)
        self.leaves = [rng.randbytes(32) for _ in range(sizes[-1])]
        self.files: dict[tuple[int, int, int], bytes] = {}
        before = 0
        for size in sizes:
            for level, number, width in tiles.tiles_of(size, before):
                self.files[level, number, width] = self._tile(level, number, width)
            before = size

    def _tile(self, level: int, number: int, width: int) -> bytes:
        if level == 0:
            return b"".join(self.leaves[number * 256 : number * 256 + width])
        first = number * 256
        below = [self.files[level - 1, each, 256] for each in range(first, first + width)]
        return b"".join(merkle.root(tiles.split_tile(raw, 256)) for raw in below)

    def read(self, level: int, number: int, width: int) -> bytes:
        """A tile of exactly the width that the checkpoint implies."""
        return self.files[level, number, width]


@pytest.fixture(scope="module")
def tree() -> Tree:
    """70,000 entries, published at sizes that straddle the borders of tiles."""
    return Tree(SIZES)


@pytest.mark.parametrize("size", SIZES)
def test_root_and_proofs_are_read_from_published_tiles(tree: Tree, size: int):
    """Whoever has the files of a checkpoint can prove every entry below it."""
    node = tiles.node_reader(tree.read, size)
    root = merkle.root(tree.leaves[:size])
    assert merkle.subtree_root(0, size, node) == root
    for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
        proof = merkle.inclusion_proof(index, size, node)
        merkle.verify_inclusion(index, size, tree.leaves[index], proof, root)
    for old in [each for each in SIZES if each <= size]:
        old_root = merkle.root(tree.leaves[:old])
        proof = merkle.consistency_proof(old, size, node)
        merkle.verify_consistency(old, size, old_root, root, proof)


def test_each_tile_is_read_once(tree: Tree):
    """Proofs over one checkpoint do not fetch a file twice."""
    asked: list[tuple[int, int, int]] = []

    def read(*which: int) -> bytes:
        asked.append(which)
        return tree.read(*which)

    node = tiles.node_reader(read, 70_000)
    merkle.inclusion_proof(12_345, 70_000, node)
    merkle.inclusion_proof(12_346, 70_000, node)
    assert sorted(asked) == sorted(set(asked))
    assert len(asked) <= 5


def test_full_tile_stands_for_a_partial_one(tree: Tree):
    """Readers ignore what lies past the size."""
    node = tiles.node_reader(lambda level, number, _: tree.files[level, number, 256], 200)
    assert merkle.subtree_root(0, 200, node) == merkle.root(tree.leaves[:200])


@pytest.mark.parametrize("raw", [b"", b"\x00" * 31, b"\x00" * 32 * 3, b"\x00" * (32 * 4 + 1)])
def test_tile_that_is_too_short_or_ragged_is_malformed(raw: bytes):
    """A tile holds whole hashes, at least as many as the size implies."""
    with pytest.raises(Malformed):
        tiles.node_reader(lambda *_: raw, 4)(0, 0)


def test_node_past_the_tree_is_malformed(tree: Tree):
    """A subtree that is not yet perfect has no node."""
    node = tiles.node_reader(tree.read, 300)
    assert node(8, 0) == merkle.root(tree.leaves[:256])
    with pytest.raises(Malformed):
        node(6, 4)


def test_tiles_of_seventy_thousand_entries():
    """The example of the specification: 273 full and one of 112, one full and 17, and 1."""
    listed = list(tiles.tiles_of(70_000))
    assert listed[272:275] == [(0, 272, 256), (0, 273, 112), (1, 0, 256)]
    assert listed[275:] == [(1, 1, 17), (2, 0, 1)]
    assert list(tiles.tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


@given(st.integers(0, 70_000), st.integers(0, 700))
@example(0, 0)
@example(255, 1)
@example(256, 0)
def test_tiles_since_are_those_that_changed(since: int, more: int):
    """Growing from one size to the next publishes each new tile and no old one."""
    size = since + more
    new = set(tiles.tiles_of(size)) - set(tiles.tiles_of(since))
    listed = list(tiles.tiles_of(size, since))
    assert len(listed) == len(set(listed))
    assert set(listed) == new
    assert all(tiles.width_of(size, level, number) == width for level, number, width in listed)


# Paths


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "000"),
        (67, "067"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (123_456_789, "x123/x456/789"),
        (2**55 - 1, "x036/x028/x797/x018/x963/967"),
    ],
)
def test_tile_numbers_are_written_in_groups_of_three(number: int, text: str):
    """As C2SP tlog-tiles encodes them."""
    assert tiles.format_number(number) == text
    assert tiles.parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "00",
        "0000",
        "1234",
        "x000/001",
        "x1/000",
        "x001/x002",
        "001/002",
        "x001/002/003",
        "x001//002",
        "/000",
        "000/",
        "x٠٠١/000",
        "X001/000",
        "-01",
        "x999/" * 2000 + "999",
    ],
)
def test_number_in_another_form_is_malformed(text: str):
    """One number, one path; a path of any length is refused at once."""
    for parse in (tiles.parse_number, lambda each: tiles.parse_tile_path(f"tile/0/{each}")):
        with pytest.raises(Malformed):
            parse(text)


@given(
    st.integers(0, 63) | st.just("entries"),
    st.integers(0, 2**55 - 1),
    st.integers(1, 256),
)
def test_tile_path_survives(level: int | str, number: int, width: int):
    """The path of every tile and bundle is read as it was written."""
    if isinstance(level, int):
        path = tiles.tile_path(level, number, width)
    else:
        path = tiles.bundle_path(number, width)
    assert tiles.parse_tile_path(path) == (str(level), number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/01/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/1000",
        "tile/0/../../log.key",
        "tile/0/000\n",
        "tile/data/000",
        "tile/entries/0",
        "tile/0/0000",
    ],
)
def test_path_that_is_no_tile_is_malformed(path: str):
    """A server asked for anything else looks for no file."""
    with pytest.raises(Malformed):
        tiles.parse_tile_path(path)


@given(st.text(max_size=60) | st.text("tile/entrsx0123456789.p", max_size=40))
def test_random_path_raises_only_malformed(path: str):
    """And what is read is written again as it was."""
    parsed = parses_or_refuses(tiles.parse_tile_path, path, Malformed)
    if parsed:
        level, number, width = parsed
        assert path == f"tile/{level}/{tiles.tile_path(0, number, width)[7:]}"


def test_paths_of_bodies():
    """Groups as tiles are numbered, single bodies in plain decimal."""
    assert tiles.body_group_path(1_234_067) == "bodies/x001/x234/067"
    assert tiles.body_path(1_234_067) == "body/1234067"


# Bundles


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_bundle_survives(leaves: list[bytes]):
    """uint16 length and bytes of each entry; a narrower reader takes the first ones."""
    raw = tiles.format_bundle(leaves)
    assert tiles.parse_bundle(raw, len(leaves)) == leaves
    assert tiles.parse_bundle(raw, len(leaves) // 2) == leaves[: len(leaves) // 2]
    with pytest.raises(Malformed):
        tiles.parse_bundle(raw, len(leaves) + 1)


@given(st.binary(max_size=300), st.integers(0, 256))
def test_random_bundle_raises_only_malformed(raw: bytes, width: int):
    """Lengths that point past the end are refused."""
    leaves = parses_or_refuses(lambda each: tiles.parse_bundle(each, width), raw, Malformed)
    if leaves is not None:
        assert raw.startswith(tiles.format_bundle(leaves))


# Groups of bodies


def group(*bodies: bytes | None) -> list[bytes | None]:
    """A group of 256 that begins with these."""
    return [*bodies, *([b"{}"] * (256 - len(bodies)))]


def test_group_of_bodies_survives():
    """An erased body is None, one of 65,536 bytes is inline, a larger one is elsewhere."""
    bodies = group(b"", None, b"x" * 65_536, b"x" * 65_537, b"[1]")
    parsed = tiles.parse_body_group(tiles.format_body_group(bodies))
    assert parsed[:5] == [b"", None, b"x" * 65_536, tiles.Elsewhere, b"[1]"]
    assert parsed[5:] == [b"{}"] * 251


def test_group_of_the_largest_bodies_survives():
    """256 bodies of 64 KiB are within the bound on what is inflated."""
    bodies = [b"x" * 65_536] * 256
    assert tiles.parse_body_group(tiles.format_body_group(bodies)) == bodies


def test_group_has_the_same_bytes_whenever_it_is_made():
    """No time of making, so the ETag of a group changes only when a body is erased."""
    raw = tiles.format_body_group(group())
    assert raw[:4] == b"\x1f\x8b\x08\x00"
    assert raw[4:8] == b"\x00" * 4


def packed(*lengths: int, tail: bytes = b"") -> bytes:
    """Gzip of these length words and then empty bodies up to 256."""
    words = [*lengths, *([0] * (256 - len(lengths)))]
    return gzip.compress(b"".join(struct.pack(">I", each) for each in words) + tail)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not gzip",
        packed()[:-1],
        packed() + b"\x00",
        packed() + packed(),
        packed(tail=b"x"),
        gzip.compress(b"\x00" * 255 * 4 + struct.pack(">I", 65_537) + b"x" * 65_537),
        packed(0xFFFFFFFD),
        packed(1),
        gzip.compress(struct.pack(">I", 0) * 255),
        packed()[:-8] + b"\x00" * 8,
        zlib.compress(b"\x00" * 1024),
    ],
)
def test_group_out_of_form_is_malformed(raw: bytes):
    """One gzip member, whole, of exactly 256 bodies."""
    with pytest.raises(Malformed):
        tiles.parse_body_group(raw)


def test_gzip_bomb_is_refused():
    """A file that inflates without end is given up at the bound."""
    bomb = gzip.compress(b"\x00" * (MAX_BODY + 1))
    assert len(bomb) < 20_000
    with pytest.raises(Malformed):
        tiles.gunzip(bomb)
    assert len(tiles.gunzip(gzip.compress(b"\x00" * MAX_BODY))) == MAX_BODY
    with pytest.raises(Malformed):
        tiles.parse_body_group(gzip.compress(b"\x00" * (tiles.MAX_GROUP + 1)))


@given(st.binary(max_size=200), st.integers(0, 100), st.integers(0, 2000))
def test_random_group_raises_only_malformed(raw: bytes, cut: int, at: int):
    """Random bytes, random plain bytes, and a good group with a byte changed."""
    good = bytearray(tiles.format_body_group(group(b"a", None)))
    good[at % len(good)] ^= 1 + cut
    for each in (raw, gzip.compress(raw), bytes(good)):
        parses_or_refuses(tiles.parse_body_group, each, Malformed)
