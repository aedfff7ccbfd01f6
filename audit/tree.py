"""A public tree of a given size, read group by group, a few groups ahead of the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from audit.files import MAX_BUNDLE, Body, Fault, Mark, unpacked
from audit.source import Source
from ledger.body import MAX_BODY
from ledger.errors import Malformed, NotFound
from ledger.merkle import HASH_SIZE
from ledger.tiles import (
    MAX_GROUP,
    WIDTH,
    body_group_path,
    body_path,
    bundle_path,
    tile_path,
)

AHEAD = 4
"""Groups read ahead while one is judged."""

# What cannot be compressed is a little longer as gzip.
_MAX_PACKED = MAX_GROUP + MAX_GROUP // 1000


@dataclass(frozen=True)
class Group:
    """A group of `width` entries as it was read; None for what is missing.

    `packed` are the bodies of a full group as they are served; `bodies` takes them apart, and reads
    those that are served by themselves.
    """

    number: int
    width: int
    bundle: bytes | None
    tile: bytes | None
    packed: bytes | Fault | None
    bodies: Iterator[Body]


class Tree:
    """Bundles, tiles and bodies of a tree of `size`."""

    def __init__(self, source: Source, size: int) -> None:
        self.size = size
        self._source = source

    def groups(self, first: int = 0) -> Iterator[Group]:
        """The groups in order, from a number on. Raises Unavailable."""
        numbers = iter(range(first, -(-self.size // WIDTH)))
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="read") as pool:
            waiting = [pool.submit(self._group, number) for number in islice(numbers, AHEAD)]
            try:
                while waiting:
                    group = waiting.pop(0).result()
                    waiting += [pool.submit(self._group, number) for number in islice(numbers, 1)]
                    yield group
            finally:
                for each in waiting:
                    each.cancel()

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """A hash tile, or None."""
        return self._wide(lambda w: tile_path(level, number, w), width, WIDTH * HASH_SIZE)

    def read_tile(self, level: int, number: int, width: int) -> bytes:
        """A hash tile. Raises NotFound."""
        raw = self.tile(level, number, width)
        if raw is None:
            raise NotFound(f"{tile_path(level, number, width)} is missing")
        return raw

    def _group(self, number: int) -> Group:
        width = min(WIDTH, self.size - number * WIDTH)
        bundle = self._wide(lambda w: bundle_path(number, w), width, MAX_BUNDLE)
        tile = self.tile(0, number, width)
        packed = None if bundle is None or width < WIDTH else self._packed(number)
        bodies = iter(()) if bundle is None else self._each(number, width, packed)
        return Group(number, width, bundle, tile, packed, bodies)

    def _wide(self, path: Callable[[int], str], width: int, limit: int) -> bytes | None:
        """A partial tile or bundle, or the full one in its stead."""
        found = optional(self._source, path(width), limit)
        if found is None and width < WIDTH:
            return optional(self._source, path(WIDTH), limit)
        return found

    def _packed(self, number: int) -> bytes | Fault:
        try:
            return self._source.read(body_group_path(number), _MAX_PACKED)
        except (NotFound, Malformed) as error:
            return Fault(error.message)

    def _each(self, number: int, width: int, packed: bytes | Fault | None) -> Iterator[Body]:
        listed = iter((Mark.LARGE,) * width) if packed is None else unpacked(packed)
        filled: list[Body] = []
        for at, body in enumerate(listed):
            found = self.body(number * WIDTH + at) if body is Mark.LARGE else body
            if found is Mark.ABSENT and (number + 1) * WIDTH > self.size:
                # The group may have been filled since, and its bodies moved into it.
                filled = filled or list(unpacked(self._packed(number)))
                found = filled[at] if isinstance(filled[at], bytes) else Mark.ABSENT
            yield found

    def body(self, index: int) -> Body:
        """A body that is served by itself."""
        try:
            return self._source.read(body_path(index), MAX_BODY)
        except NotFound:
            return Mark.ABSENT
        except Malformed as error:
            return Fault(error.message)


def optional(source: Source, path: str, limit: int) -> bytes | None:
    """A resource; None if it is missing or larger than it may be. Raises Unavailable."""
    try:
        return source.read(path, limit)
    except (NotFound, Malformed):
        return None
