"""The state of an audit: takes a log in order, 256 entries at a time, and collects findings.

Nothing is read here. Whoever drives it brings each group as audit.reading has read it, then every
tile that is due, and `None` for one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.anchors import AnchorRow
from audit.basis import Basis
from audit.checks import Checks
from audit.entries import EntryRules
from audit.hashes import ZERO, Fold, Links, Tile
from audit.readers import Handed
from audit.reads import EntryRead, GroupRead
from ledger.errors import Malformed
from ledger.merkle import root as tree_root
from ledger.tiles import TILE_BITS, WIDTH, bundle_path, split_tile, tile_path


class Groups:
    """Form, chain, times and tree of a log of `size`, and the roots of its anchors."""

    def __init__(
        self,
        checks: Checks,
        basis: Basis,
        rules: EntryRules,
        rows: Iterator[AnchorRow],
        size: int,
        links: Links | None = None,
        fold: Fold | None = None,
    ) -> None:
        """`links` and `fold` as they were after the last full group taken, for one that goes on."""
        self.links, self.fold = links or Links(), fold or Fold()
        self._checks, self._basis, self._rules = checks, basis, rules
        self._rows, self._row = rows, next(rows, None)
        self.compared = 0
        """Anchor rows compared so far."""
        self._size = size
        self._served: bytes | None = None
        self.anchored: tuple[int, bytes] | None = None
        """The newest anchored size so far, and the root recomputed there."""

    def take(self, handed: Handed) -> Tile | None:
        """Judge a group that was read; the tile above it, if this fills it."""
        group, read, hashes = handed.group, handed.read, handed.read.hashes
        first, width = group.number * WIDTH, group.width
        if read.fault is not None:
            what = (
                "is missing" if group.bundle is None else f"ends before entry {first + len(hashes)}"
            )
            self._checks.form.fail(
                f"{bundle_path(group.number, width)} {what}", first + len(hashes)
            )
        served = self._tile(0, group.number, width, group.tile)
        self._count_formed(first, read)
        self._follow(first, width, handed, served)
        self._compare_leaves(first, hashes, served)
        self._check_entry0(first, hashes)
        known = hashes + list(served or [ZERO] * width)[len(hashes) :]
        self._compare_rows(first + width, known)
        self._judge(first, handed)
        return self._folded(known, served, read.root)

    def take_tile(self, tile: Tile, raw: bytes | None) -> Tile | None:
        """Judge a tile above level 0; the tile above it, if this fills it."""
        path = tile_path(tile.level, tile.number, len(tile.hashes))
        served = self._tile(tile.level, tile.number, len(tile.hashes), raw)
        if served is None:
            served = list(tile.hashes)
        for at, (right, below, found) in enumerate(
            zip(tile.hashes, tile.served, served, strict=True)
        ):
            if found in (right, below):
                self._checks.tree.hold()
            else:
                span = 1 << (TILE_BITS * tile.level)
                what = f"{path} holds another hash than the tiles below"
                self._checks.tree.fail(what, (tile.number * WIDTH + at) * span, span=span)
        if len(tile.hashes) < WIDTH:
            return None
        return self.fold.open_tile(tile.level + 1, tree_root(tile.hashes), tree_root(served))

    def _tile(self, level: int, number: int, width: int, raw: bytes | None) -> list[bytes] | None:
        """The hashes of a served tile; None if there are none to compare with."""
        path, first = tile_path(level, number, width), (number * WIDTH) << (TILE_BITS * level)
        try:
            if raw is not None:
                return split_tile(raw, width)
            self._checks.tree.fail(f"{path} is missing", first)
        except Malformed as error:
            self._checks.tree.fail(f"{path}: {error.message}", first)
        return None

    def _count_formed(self, first: int, read: GroupRead) -> None:
        unformed = [(at, why) for at, why in read.others.items() if isinstance(why, str)]
        self._checks.form.hold(len(read) - len(unformed))
        for at, why in unformed:
            self._checks.form.fail(why, first + at)

    def _follow(
        self, first: int, width: int, handed: Handed, served: Sequence[bytes] | None
    ) -> None:
        """`prev` and `at`: at once when all is in order, else entry by entry."""
        span, hashes = handed.read.span, handed.read.hashes
        if span is not None and self.links.joined(span, hashes[-1]):
            self._checks.chain.hold(width)
            self._checks.at.hold(width)
        else:
            self._search(first, handed, served or ())
            last = hashes[-1] if len(hashes) == width else served[-1] if served else None
            self.links.last = last
        self._served = served[-1] if served else None

    def _search(self, first: int, handed: Handed, served: Sequence[bytes]) -> None:
        """Name each entry whose `prev` or `at` is wrong, in a group that is not in order."""
        before, before_served = self.links.last, self._served
        for at in range(len(handed.read)):
            read = handed.entry(at)
            if isinstance(read, EntryRead):
                self._check_prev(first + at, read.entry.prev, before, before_served)
                self._check_at(first + at, read.entry.at)
            before = handed.read.hashes[at]
            before_served = served[at] if at < len(served) else None

    def _check_prev(
        self, index: int, prev: str, before: bytes | None, before_served: bytes | None
    ) -> None:
        """Whether `prev` is wrong, or the entry before is not the one that stood there."""
        chain = self._checks.chain
        if before is None:
            return
        if prev == before.hex():
            chain.hold()
        elif before_served not in (None, before) and prev == before_served.hex():
            chain.fail("the next entry names another entry in this place", index - 1)
        else:
            chain.fail("prev is not the hash of the entry before", index)

    def _check_at(self, index: int, at: str) -> None:
        if at < self.links.time:
            self._checks.at.fail(f"at goes back from {self.links.time} to {at}", index)
        else:
            self._checks.at.hold()
        self.links.time = at

    def _compare_leaves(
        self, first: int, hashes: Sequence[bytes], served: Sequence[bytes] | None
    ) -> None:
        """Leaf hashes against the tile at level 0."""
        if served is None:
            return
        if hashes == served:
            self._checks.tree.hold(len(hashes))
            return
        different = [at for at, hashed in enumerate(hashes) if hashed != served[at]]
        self._checks.tree.hold(len(hashes) - len(different))
        for at in different:
            self._checks.tree.fail("the tile holds another hash than the entry's", first + at)

    def _check_entry0(self, first: int, hashes: Sequence[bytes]) -> None:
        expected = self._basis.entry0
        if first == 0 and expected is not None and hashes[:1] != [expected]:
            self._checks.authority.fail("entry 0 is not the one of the trust file", 0)

    def _compare_rows(self, upto: int, hashes: Sequence[bytes]) -> None:
        """The anchors of sizes within this group against the recomputed root."""
        while self._row is not None and self._row.size <= upto:
            row, self._row = self._row, next(self._rows, None)
            self.compared += 1
            root = self.fold.root_at(row.size, hashes)
            self.anchored = row.size, root
            if root == row.root:
                self._checks.anchors.hold()
            else:
                what = f"the anchor row's root is not that of the entries, {root.hex()}"
                self._checks.anchors.fail(what, size=row.size)

    def _judge(self, first: int, handed: Handed) -> None:
        """Each entry with its body; a fault after the last body is the group's own."""
        failed, spare = self._checks.bodies.failed, handed.read.spare
        self._rules.judge(first, handed)
        if spare is not None and failed == self._checks.bodies.failed:
            self._checks.bodies.fail(spare, first)

    def _folded(
        self, hashes: Sequence[bytes], served: Sequence[bytes] | None, root: bytes | None
    ) -> Tile | None:
        """The tile that is full with this group; `root` is that of its leaves, if all are known."""
        root = self.fold.add(hashes, root)
        if root is None:
            return None
        other = root if served is None or served == hashes else tree_root(served)
        return self.fold.open_tile(1, root, other)
