"""A public tree of a given size, read group by group, a few groups ahead of the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from audit.files import MAX_BUNDLE, Body, Fault, Mark, read_bodies
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
    """A group of entries as it was read; None for what is missing."""

    number: int
    bundle: bytes | None
    tile: bytes | None
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
        bodies = iter(()) if bundle is None else self._bodies(number, width)
        return Group(number, bundle, tile, bodies)

    def _wide(self, path: Callable[[int], str], width: int, limit: int) -> bytes | None:
        """A partial tile or bundle, or the full one in its stead."""
        found = optional(self._source, path(width), limit)
        if found is None and width < WIDTH:
            return optional(self._source, path(WIDTH), limit)
        return found

    def _bodies(self, number: int, width: int) -> Iterator[Body]:
        """The bodies of a group, those served by themselves read when their turn comes."""
        if width == WIDTH:
            return self._each(number, self._packed(number))
        return self._each(number, iter((Mark.LARGE,) * width))

    def _packed(self, number: int) -> Iterator[Body]:
        try:
            return read_bodies(self._source.read(body_group_path(number), _MAX_PACKED))
        except (NotFound, Malformed) as error:
            return iter((Fault(error.message),) * WIDTH)

    def _each(self, number: int, packed: Iterator[Body]) -> Iterator[Body]:
        filled: list[Body] = []
        for at, body in enumerate(packed):
            found = self._body(number * WIDTH + at) if body is Mark.LARGE else body
            if found is Mark.ABSENT and (number + 1) * WIDTH > self.size:
                # The group may have been filled since, and its bodies moved into it.
                filled = filled or list(self._packed(number))
                found = filled[at] if isinstance(filled[at], bytes) else Mark.ABSENT
            yield found

    def _body(self, index: int) -> Body:
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
