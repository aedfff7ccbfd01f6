"""Bundles and bodies as a public tree serves them, read as far as they can be read.

Unlike the ledger's parsers these do not stop at the first fault: an audit names what is wrong and
goes on with the rest. Pure.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from ledger.envelope import MAX_ENTRY
from ledger.tiles import ELSEWHERE, ERASED, INLINE_BODY, MAX_GROUP, WIDTH

MAX_BUNDLE = WIDTH * (MAX_ENTRY + 2)
_STEP = 1024


@dataclass(frozen=True)
class Fault:
    """A body or an entry that could not be read, and why."""

    what: str


class Mark(Enum):
    """A body that is not in its group: erased or missing, or over 64 KiB and served by itself."""

    ABSENT = "absent"
    LARGE = "large"


Body = bytes | Fault | Mark


def read_leaves(raw: bytes, width: int) -> tuple[list[bytes], str | None]:
    """The first `width` entries of a bundle; what is wrong with it if there are fewer."""
    leaves: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(raw[at:start], "big")
        if start > len(raw) or at > len(raw):
            return leaves, f"the bundle ends before entry {len(leaves)} of its {width}"
        leaves.append(raw[start:at])
    return leaves, None


def unpacked(packed: bytes | Fault) -> Iterator[Body]:
    """The bodies of a group, or in place of each why the group could not be had."""
    return iter((packed,) * WIDTH) if isinstance(packed, Fault) else read_bodies(packed)


def read_bodies(raw: bytes) -> Iterator[Body]:
    """The 256 bodies of a group, and after them a Fault if the group is out of form.

    What lies before a fault in the compressed bytes is still given, so that the first body that was
    touched can be named.
    """
    plain, fault = _inflated(raw)
    at = 0
    for _ in range(WIDTH):
        if at + 4 > len(plain):
            yield Fault(fault or "the group of bodies ends too early")
            continue
        length = int.from_bytes(plain[at : at + 4], "big")
        at += 4
        if length == ERASED:
            yield Mark.ABSENT
        elif length == ELSEWHERE:
            yield Mark.LARGE
        elif length > INLINE_BODY or at + length > len(plain):
            yield Fault(fault or "the body's length is not that of an inline body")
            at = len(plain)
        else:
            yield plain[at : at + length]
            at += length
    if fault is not None or at != len(plain):
        yield Fault(fault or "the group of bodies goes on after its last body")


def _inflated(raw: bytes) -> tuple[bytes, str | None]:
    """The plain bytes of one gzip member as far as they come, and what is wrong with it."""
    inflater = zlib.decompressobj(wbits=31)
    with suppress(zlib.error):
        plain = inflater.decompress(raw, MAX_GROUP + 1)
        if inflater.eof and not inflater.unused_data and len(plain) <= MAX_GROUP:
            return plain, None
    return _inflated_by_steps(raw)


def _inflated_by_steps(raw: bytes) -> tuple[bytes, str | None]:
    """The same, slowly, for all that lies before a fault."""
    inflater = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(raw), _STEP):
        try:
            part = inflater.decompress(raw[at : at + _STEP], MAX_GROUP + 1 - size)
        except zlib.error as error:
            return b"".join(parts), f"the group of bodies is not gzip ({error})"
        parts.append(part)
        size += len(part)
        if size > MAX_GROUP:
            return b"", f"the group of bodies holds more than {MAX_GROUP} bytes"
    # With the whole member consumed there is no unconsumed tail left below the limit.
    if not inflater.eof or inflater.unused_data:
        return b"".join(parts), "the group of bodies is cut short, or goes on after its gzip member"
    return b"".join(parts), None
