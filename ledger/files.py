"""The public tree of files: what a log shows to everybody, written below a folder.

Every file is written under another name, synced and renamed, so that a reader or a crash never
sees half of one; `checkpoint` comes last. All content comes from the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from ledger import store, tiles
from ledger.durable import write_file
from ledger.envelope import format_time
from ledger.errors import Conflict
from ledger.log import Log
from ledger.merkle import NodeReader
from ledger.merkle import root as tree_root

GROUP = tiles.WIDTH
KEEP_PARTIAL = timedelta(hours=1)

_NODE = store.table(store.NodeRow)
_PARTIAL = store.table(store.PartialRow)


def read_tile(log: Log, level: int, number: int, width: int) -> bytes:
    """A hash tile from the database: leaf hashes at level 0, roots of full tiles above."""
    first = number * GROUP
    if level == 0:
        return b"".join(log.leaf_hashes(first, first + width))
    query = (
        select(_NODE.c.hash)
        .where(_NODE.c.level == level, _NODE.c.index >= first, _NODE.c.index < first + width)
        .order_by(_NODE.c.index)
    )
    with store.reading(log.engine) as connection:
        hashes = [row[0] for row in connection.execute(query)]
    if len(hashes) != width:
        raise Conflict(f"the database lacks nodes of tile {number} at level {level}")
    return b"".join(hashes)


def node_reader(log: Log, size: int) -> NodeReader:
    """Nodes of the tree of `size`, from the database."""
    return tiles.node_reader(
        lambda level, number, width: read_tile(log, level, number, width), size
    )


def add_nodes(log: Log, size: int) -> None:
    """Store the roots of the tiles that are full in a tree of `size` and not stored yet."""
    level = 1
    while size >> (tiles.TILE_BITS * level):
        _add_level(log, level, size >> (tiles.TILE_BITS * level))
        level += 1


def _add_level(log: Log, level: int, wanted: int) -> None:
    stored = select(_NODE.c.index).where(_NODE.c.level == level).order_by(_NODE.c.index.desc())
    with store.reading(log.engine) as connection:
        last = connection.execute(stored.limit(1)).scalar()
    for start in range(0 if last is None else last + 1, wanted, GROUP):
        rows = [
            {"level": level, "index": index, "hash": _tile_root(log, level - 1, index)}
            for index in range(start, min(start + GROUP, wanted))
        ]
        with store.transaction(log.engine) as connection:
            connection.execute(insert(_NODE), rows)


def _tile_root(log: Log, level: int, number: int) -> bytes:
    return tree_root(tiles.split_tile(read_tile(log, level, number, GROUP), GROUP))


class PublicTree:
    """The public tree below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoint(self) -> bytes | None:
        """The checkpoint note as it stands, or None."""
        path = self.folder / "checkpoint"
        return path.read_bytes() if path.exists() else None

    def write_entries(self, log: Log, size: int, since: int) -> list[str]:
        """Tiles, bundles and bodies of a tree of `size` that one of `since` had not.

        Returns the paths of what a later size makes superfluous.
        """
        partial: list[str] = []
        for level, number, width in tiles.tiles_of(size, since):
            path = tiles.tile_path(level, number, width)
            write_file(self.folder / path, read_tile(log, level, number, width))
            if width < GROUP:
                partial.append(path)
            if level == 0:
                partial += self._write_group(log, number, width, max(0, since - number * GROUP))
        return partial

    def _write_group(self, log: Log, number: int, width: int, known: int) -> list[str]:
        records = log.read(number * GROUP, width)
        if len(records) != width:
            raise Conflict(f"the database lacks entries of group {number}")
        path = tiles.bundle_path(number, width)
        write_file(self.folder / path, tiles.format_bundle([each.leaf for each in records]))
        bodies = [each.body for each in records]
        if width == GROUP:
            group = tiles.format_body_group(bodies)
            write_file(self.folder / tiles.body_group_path(number), group)
            known = 0 if known == GROUP else known
        alone = self._write_bodies(number, bodies, known, whole=width == GROUP)
        return alone if width == GROUP else [path, *alone]

    def _write_bodies(
        self, number: int, bodies: Sequence[bytes | None], known: int, *, whole: bool
    ) -> list[str]:
        inline: list[str] = []
        for at, body in enumerate(bodies):
            path = tiles.body_path(number * GROUP + at)
            if body is None:
                continue
            large = len(body) > tiles.INLINE_BODY
            if at >= known and (large or not whole):
                write_file(self.folder / path, body)
            if not large and not whole:
                inline.append(path)
        return inline

    def write_erasure(self, log: Log, index: int, size: int) -> None:
        """Take the dropped body of entry `index` out of the tree of `size`."""
        (self.folder / tiles.body_path(index)).unlink(missing_ok=True)
        number = index // GROUP
        if (number + 1) * GROUP <= size:
            bodies = [each.body for each in log.read(number * GROUP, GROUP)]
            path = self.folder / tiles.body_group_path(number)
            write_file(path, tiles.format_body_group(bodies))

    def write_anchors(self, rows: Sequence[dict[str, Any]], first_group: int = 0) -> None:
        """Groups of 256 anchors from `first_group` on, and the newest as `anchors/latest`.

        `rows` begins with the first anchor of that group.
        """
        groups = [rows[at : at + GROUP] for at in range(0, len(rows), GROUP)] or [[]]
        for offset, group in enumerate(groups):
            if len(group) == GROUP:
                path = self.folder / "anchors" / tiles.format_number(first_group + offset)
                write_file(path, _json(group))
        write_file(self.folder / "anchors" / "latest", _json(groups[-1]))

    def write_log(self, description: dict[str, Any]) -> None:
        """`log.json`, where it is not so already."""
        path, content = self.folder / "log.json", _json(description)
        if not path.exists() or path.read_bytes() != content:
            write_file(path, content)

    def write_checkpoint(self, note: bytes) -> None:
        """The checkpoint: from here on readers see the new size."""
        write_file(self.folder / "checkpoint", note)

    def remember_partial(self, log: Log, paths: Iterable[str], now: datetime) -> None:
        """Note partial files just written; those noted before have become superfluous now."""
        fresh = set(paths)
        with store.transaction(log.engine) as connection:
            known = {row[0] for row in connection.execute(select(_PARTIAL.c.path))}
            gone = [path for path in known - fresh if self._superseded(path)]
            for path in gone:
                connection.execute(
                    update(_PARTIAL)
                    .where(_PARTIAL.c.path == path, _PARTIAL.c.full_at.is_(None))
                    .values(full_at=format_time(now))
                )
            if fresh - known:
                rows = [{"path": path, "full_at": None} for path in sorted(fresh - known)]
                connection.execute(insert(_PARTIAL), rows)

    def delete_partial(self, log: Log, now: datetime) -> None:
        """Delete partial files an hour after the full one stands."""
        due = _PARTIAL.c.full_at <= format_time(now - KEEP_PARTIAL)
        with store.transaction(log.engine) as connection:
            paths = [row[0] for row in connection.execute(select(_PARTIAL.c.path).where(due))]
            for path in paths:
                (self.folder / path).unlink(missing_ok=True)
            connection.execute(delete(_PARTIAL).where(due))

    def _superseded(self, path: str) -> bool:
        if path.startswith("body/"):
            group = int(path.removeprefix("body/")) // GROUP
            return (self.folder / tiles.body_group_path(group)).exists()
        return (self.folder / path.partition(".p/")[0]).exists()


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
