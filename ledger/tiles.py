"""C2SP tlog-tiles: paths, hash tiles, entry bundles, and our groups of bodies.

A full tile holds 256 hashes of 32 bytes; hash i of tile n at level l covers the leaves
[(256 n + i) 256^l, (256 n + i + 1) 256^l). A bundle holds the entries of a level-0 tile.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

from ledger.body import MAX_BODY
from ledger.errors import Malformed
from ledger.merkle import HASH_SIZE, NodeReader, parents

WIDTH = 256
TILE_BITS = 8
INLINE_BODY = 65_536
MAX_GROUP = WIDTH * (INLINE_BODY + 4)
ERASED = 0xFFFFFFFF
ELSEWHERE = 0xFFFFFFFE

TileReader = Callable[[int, int, int], bytes]

_NUMBER = re.compile(r"(?:x[0-9]{3}/){0,5}[0-9]{3}")  # up to 2^63 entries in tiles of 256
_TILE = re.compile(
    r"tile/(entries|0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/([1-9][0-9]{0,2}))?"
)


def format_number(number: int) -> str:
    """Tile numbers as C2SP encodes them: 1234067 is x001/x234/067."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))


def parse_number(text: str) -> int:
    """The inverse of format_number. Raises Malformed."""
    number = int(text.replace("x", "").replace("/", "")) if _NUMBER.fullmatch(text) else -1
    if number < 0 or format_number(number) != text:
        raise Malformed(f"not a tile number: {text[:60]!r}")
    return number


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Path of a hash tile below the log's prefix."""
    return f"tile/{level}/{format_number(number)}{_partial(width)}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """Path of an entry bundle below the log's prefix."""
    return f"tile/entries/{format_number(number)}{_partial(width)}"


def _partial(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"


def parse_tile_path(path: str) -> tuple[str, int, int]:
    """(level or "entries", number, width) of a tile's path. Raises Malformed."""
    match = _TILE.fullmatch(path)
    if match is None:
        raise Malformed(f"not the path of a tile: {path[:80]!r}")
    width = int(match[3]) if match[3] else WIDTH
    if match[3] and not 1 <= width < WIDTH:
        raise Malformed("a partial tile is 1 to 255 wide")
    return match[1], parse_number(match[2]), width


def tiles_of(size: int, since: int = 0) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every tile of a tree of `size` that one of `since` had not."""
    level = 0
    while size >> (TILE_BITS * level):
        now, before = size >> (TILE_BITS * level), since >> (TILE_BITS * level)
        if now != before:
            for number in range(before // WIDTH, now // WIDTH):
                yield level, number, WIDTH
            if now % WIDTH:
                yield level, now // WIDTH, now % WIDTH
        level += 1


def width_of(size: int, level: int, number: int) -> int:
    """How many hashes tile `number` at `level` has in a tree of `size`; 0 if it is not there."""
    return max(0, min(WIDTH, (size >> (TILE_BITS * level)) - number * WIDTH))


def split_tile(raw: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises Malformed when it is shorter than `width` hashes."""
    if len(raw) < width * HASH_SIZE or len(raw) % HASH_SIZE:
        raise Malformed(f"tile has {len(raw)} bytes; {width} hashes of {HASH_SIZE} are expected")
    return [raw[at : at + HASH_SIZE] for at in range(0, width * HASH_SIZE, HASH_SIZE)]


def node_reader(read_tile: TileReader, size: int) -> NodeReader:
    """Nodes of the tree of `size` from its tiles, each tile read once."""
    kept: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, within = divmod(level, TILE_BITS)
        first = index << within
        number, at = divmod(first, WIDTH)
        if (tile_level, number) not in kept:
            width = width_of(size, tile_level, number)
            kept[tile_level, number] = split_tile(read_tile(tile_level, number, width), width)
        hashes = kept[tile_level, number][at : at + (1 << within)]
        if len(hashes) != 1 << within:
            raise Malformed(f"node {index} at level {level} is past the tree of {size}")
        while len(hashes) > 1:
            hashes = parents(hashes)
        return hashes[0]

    return node


def format_bundle(leaves: Sequence[bytes]) -> bytes:
    """uint16 big-endian length and bytes of each entry."""
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def parse_bundle(raw: bytes, width: int) -> list[bytes]:
    """The first `width` entries of a bundle. Raises Malformed."""
    leaves: list[bytes] = []
    at, end = 0, len(raw)
    for _ in range(width):
        start = at + 2
        at = start + (raw[at] << 8 | raw[at + 1]) if start <= end else end + 1
        if at > end:
            raise Malformed(f"entry bundle ends before entry {len(leaves)} of {width}")
        leaves.append(raw[start:at])
    return leaves


def body_group_path(number: int) -> str:
    """Path of the bodies of a full group of 256 entries."""
    return f"bodies/{format_number(number)}"


def body_path(index: int) -> str:
    """Path of one body: of the group not yet full, or of one over 64 KiB."""
    return f"body/{index}"


class Elsewhere:
    """Marks a body over 64 KiB, found at `body/<index>`."""


def format_body_group(bodies: Sequence[bytes | type[Elsewhere] | None]) -> bytes:
    """Gzip of uint32 length and bytes of each body; None stands for an erased one."""
    parts: list[bytes] = []
    for body in bodies:
        if body is None:
            parts.append(struct.pack(">I", ERASED))
        elif isinstance(body, type) or len(body) > INLINE_BODY:
            parts.append(struct.pack(">I", ELSEWHERE))
        else:
            parts += (struct.pack(">I", len(body)), body)
    return gzip.compress(b"".join(parts), compresslevel=6, mtime=0)


def parse_body_group(raw: bytes) -> list[bytes | type[Elsewhere] | None]:
    """The 256 bodies of a group; None is erased. Raises Malformed."""
    plain = gunzip(raw, MAX_GROUP)
    bodies: list[bytes | type[Elsewhere] | None] = []
    at = 0
    for _ in range(WIDTH):
        if at + 4 > len(plain):
            raise Malformed("group of bodies ends too early")
        length = int.from_bytes(plain[at : at + 4], "big")
        at += 4
        if length >= ELSEWHERE:
            bodies.append(None if length == ERASED else Elsewhere)
            continue
        if length > INLINE_BODY or at + length > len(plain):
            raise Malformed("a body in the group is longer than allowed")
        bodies.append(plain[at : at + length])
        at += length
    if at != len(plain):
        raise Malformed("group of bodies has bytes after its last body")
    return bodies


def gunzip(raw: bytes, limit: int = MAX_BODY) -> bytes:
    """One gzip member of at most `limit` plain bytes, nothing after it. Raises Malformed."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(raw, limit + 1)
    except zlib.error as error:
        raise Malformed(f"not gzip: {error}") from error
    if len(plain) > limit:
        raise Malformed(f"gzip holds more than {limit} bytes")
    if not inflater.eof or inflater.unused_data:
        raise Malformed("gzip is cut short or has bytes after its member")
    return plain
