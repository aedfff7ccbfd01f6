"""A copy of a public tree, made from files that an audit has judged: nothing else gets into it.

Files are moved or written whole, `checkpoint` last, so that a reader at any moment finds all that
the checkpoint names. What a signed order erases is taken out once the checkpoint covers the order.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audit.files import Mark, read_bodies, read_leaves
from ledger.durable import move_file, write_file
from ledger.errors import VerificationError
from ledger.merkle import HASH_SIZE
from ledger.tiles import (
    INLINE_BODY,
    TILE_BITS,
    WIDTH,
    body_group_path,
    body_path,
    bundle_path,
    format_body_group,
    format_bundle,
    parse_body_group,
    tile_path,
    tiles_of,
)

KEEP_PARTIAL = 3600.0
"""Seconds that a partial file stays beside the full one, for readers of an older checkpoint."""


class PublicCopy:
    """The tree below `folder`; what an audit has read lies in `incoming`."""

    def __init__(self, folder: Path, incoming: Path, partial: Path) -> None:
        """`partial` is a file that names the partial files there are."""
        self.folder, self.incoming = folder, incoming
        self._partial = partial

    def checkpoint(self) -> bytes | None:
        """The checkpoint note that readers see, or None."""
        path = self.folder / "checkpoint"
        return path.read_bytes() if path.is_file() else None

    def publish(self, size: int, since: int, note: bytes, said: Mapping[str, bytes]) -> None:
        """Make a judged tree of `size` visible, of which that of `since` stands already.

        `said` are the files that change, as they were judged.
        """
        self._remember_partial(size)
        for level, number, width in tiles_of(size, since):
            self._place(partial(tile_path, level, number), width, _tile)
            if level == 0:
                self._place(partial(bundle_path, number), width, _bundle)
                self._place_bodies(number, width)
        self._write_anchors(size, said.get("anchors/latest", b"[]\n"))
        self._write("log.json", said["log.json"])
        # From here on readers see the new size.
        self._write("checkpoint", note)
        self.discard()
        self._delete_partial()

    def discard(self) -> None:
        """Throw away what came in and is not in the copy."""
        if self.incoming.exists():
            shutil.rmtree(self.incoming)

    def erase(self, digests: Sequence[str], size: int) -> int:
        """Take the bodies with these digests (hex) out of a tree of `size`; how many entries."""
        found = 0
        for number in range(-(-size // WIDTH)):
            places = list(self._places(number, min(WIDTH, size - number * WIDTH), digests))
            for at in places:
                (self.folder / body_path(number * WIDTH + at)).unlink(missing_ok=True)
            if places and (number + 1) * WIDTH <= size:
                self._empty(number, places)
            found += len(places)
        return found

    def _places(self, number: int, width: int, digests: Sequence[str]) -> Iterator[int]:
        """Where in a group entries stand that name one of the digests as their body."""
        raw = (self.folder / bundle_path(number, width)).read_bytes()
        # First a search in all of it: hardly any group holds one.
        named = [f'"statement":{{"body":"{each}"'.encode() for each in digests]
        if not any(each in raw for each in named):
            return
        for at, leaf in enumerate(read_leaves(raw, width)[0]):
            if any(each in leaf for each in named):
                yield at

    def _empty(self, number: int, places: Sequence[int]) -> None:
        path = self.folder / body_group_path(number)
        bodies = parse_body_group(path.read_bytes())
        for at in places:
            bodies[at] = None
        self._write(body_group_path(number), format_body_group(bodies))

    def _place(
        self, path: Callable[[int], str], width: int, exact: Callable[[bytes, int], bytes]
    ) -> None:
        """A tile or bundle of just this width, cut from the full one where that is what came."""
        wanted = path(width)
        if (self.incoming / wanted).is_file():
            self._place_exactly(wanted, exact((self.incoming / wanted).read_bytes(), width))
        elif not (self.folder / wanted).is_file():
            full = self.incoming / path(WIDTH)
            raw = (full if full.is_file() else self.folder / path(WIDTH)).read_bytes()
            write_file(self.folder / wanted, exact(raw, width))

    def _place_exactly(self, path: str, content: bytes) -> None:
        """Move what came in, unless more came than was judged."""
        if (self.incoming / path).stat().st_size == len(content):
            move_file(self.incoming / path, self.folder / path)
        else:
            write_file(self.folder / path, content)

    def _place_bodies(self, number: int, width: int) -> None:
        first, path = number * WIDTH, body_group_path(number)
        if width < WIDTH:
            # Filled since, the group has the bodies that were served by themselves before.
            packed = self.incoming / path
            filled = list(read_bodies(packed.read_bytes())) if packed.is_file() else []
            for at in range(width):
                body = filled[at] if filled else None
                self._place_body(first + at, body if isinstance(body, bytes) else None)
            return
        self._move(path)
        for at, body in enumerate(read_bodies((self.folder / path).read_bytes())):
            if body is Mark.LARGE:
                self._place_body(first + at, None)

    def _place_body(self, index: int, otherwise: bytes | None) -> None:
        path = body_path(index)
        if not self._move(path) and otherwise is not None:
            self._write(path, otherwise)

    def _move(self, path: str) -> bool:
        """Move what came in; whether the file is there now."""
        if (self.incoming / path).is_file():
            move_file(self.incoming / path, self.folder / path)
            return True
        return (self.folder / path).is_file()

    def check_anchors(self, size: int, latest: bytes) -> None:
        """What the log says of an anchor does not change. Raises VerificationError."""
        held = {row["size"]: row for row in _rows(self._read("anchors/latest"))}
        for group in [*self._groups_of_anchors().values(), latest]:
            rows = [row for row in _rows(group) if row["size"] <= size]
            newest = max(held, default=-1)
            for row in rows:
                if row["size"] <= newest and held.get(row["size"]) != row:
                    what = f"the log tells the anchor of size {row['size']} otherwise now"
                    raise VerificationError(what)
            held |= {row["size"]: row for row in rows}

    def _write_anchors(self, size: int, latest: bytes) -> None:
        """The rows up to a size: those above it have not been judged."""
        for path, raw in self._groups_of_anchors().items():
            if max(row["size"] for row in _rows(raw)) > size:
                latest = raw
                break
            self._move(path)
        rows = [row for row in _rows(latest) if row["size"] <= size]
        self._write("anchors/latest", latest if rows == _rows(latest) else _rows_text(rows))

    def _groups_of_anchors(self) -> dict[str, bytes]:
        """The full groups that came in, by their paths, in order."""
        came = self.incoming / "anchors"
        paths = sorted(each for each in came.rglob("*") if each.is_file())
        return {str(each.relative_to(self.incoming)): each.read_bytes() for each in paths}

    def _read(self, path: str) -> bytes:
        target = self.folder / path
        return target.read_bytes() if target.is_file() else b"[]"

    def _write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        if not target.is_file() or target.read_bytes() != content:
            write_file(target, content)

    def _known_partial(self) -> set[str]:
        if not self._partial.is_file():
            return set()
        return set(json.loads(self._partial.read_bytes()))

    def _remember_partial(self, size: int) -> None:
        """Before they are written: whatever is left behind by a crash is known to be so."""
        paths = self._known_partial() | set(partial_paths(size))
        self._partial.parent.mkdir(parents=True, exist_ok=True)
        write_file(self._partial, json.dumps(sorted(paths), indent=0).encode())

    def _delete_partial(self) -> None:
        paths = self._known_partial()
        due = {path for path in paths if self._is_superseded(path)}
        for path in due:
            target = self.folder / path
            # A body over 64 KiB stays where it is.
            if target.is_file() and (path[:5] != "body/" or target.stat().st_size <= INLINE_BODY):
                target.unlink()
        if due:
            write_file(self._partial, json.dumps(sorted(paths - due), indent=0).encode())

    def _is_superseded(self, path: str) -> bool:
        if path.startswith("body/"):
            full = body_group_path(int(path.removeprefix("body/")) // WIDTH)
        else:
            full = path.partition(".p/")[0]
        try:
            return time.time() - (self.folder / full).stat().st_mtime > KEEP_PARTIAL
        except FileNotFoundError:
            return False


def partial_paths(size: int) -> Iterator[str]:
    """The files of a tree of `size` that a larger one does without."""
    level = 0
    while count := size >> (TILE_BITS * level):
        number, width = divmod(count, WIDTH)
        if width:
            yield tile_path(level, number, width)
        if width and level == 0:
            yield bundle_path(number, width)
            yield from (body_path(number * WIDTH + at) for at in range(width))
        level += 1


def _tile(raw: bytes, width: int) -> bytes:
    return raw[: width * HASH_SIZE]


def _bundle(raw: bytes, width: int) -> bytes:
    return format_bundle(read_leaves(raw, width)[0])


def _rows(raw: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(raw)
    return rows


def _rows_text(rows: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps(rows, indent=1, sort_keys=True).encode() + b"\n"
