"""From members to releases: the bytes of each release exactly as they stand in their source.

Read are OCDS 1.0 and 1.1 release packages, record packages and records with their embedded
releases, single releases, JSON arrays of these, and JSON Lines of these. A release is cut out of
what surrounds it and never serialised again; a single release is the whole file. What cannot be
taken is yielded as a RefusedItem, and reading goes on behind it.

A record's `compiledRelease` is somebody's summary of releases, so it is never imported from a
record; a release that was *published* with the tag `compiled` stands for itself and is. Releases
that a record only links to are named as refused: nothing is fetched.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ledger.body import MAX_BODY
from ledger.errors import Malformed
from procurement.unpacking import Member, open_members

MAX_DOCUMENT = 256 * 1024**2
MAX_USELESS = 1000

_BOM = b"\xef\xbb\xbf"
_LINES = re.compile(r".*\.(jsonl|ndjson|jsonlines)(\.gz)?", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Item:
    """The bytes of one release; `position` is its place in the file `name`, as `line 7`."""

    name: str
    position: str
    raw: bytes


@dataclass(frozen=True)
class RefusedItem:
    """What could not be taken, where it stands, and why."""

    name: str
    position: str
    reason: str


Items = Iterator[Item | RefusedItem]


class _Shape(msgspec.Struct):
    """The members that tell a package, a record and a release from each other."""

    ocid: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    releases: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    records: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    compiled: msgspec.Raw | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="compiledRelease"
    )


_shape = msgspec.json.Decoder(_Shape).decode
# Values are only stepped over here, so numbers are not converted.
_step = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len).raw_decode


def read_items(path: Path) -> Items:
    """Every release in a file, in order, and everything that is refused, with its reason."""
    try:
        for member in open_members(path):
            if member.refused:
                yield RefusedItem(member.name, "", member.refused)
            else:
                yield from _readable_items(member)
    except (Malformed, OSError) as error:
        yield RefusedItem(path.name, "", f"could not be read on: {error}")


def _readable_items(member: Member) -> Items:
    """The items of a member up to where it breaks; the next member may be whole."""
    try:
        yield from _member_items(member)
    except Malformed as error:
        yield RefusedItem(member.name, "", f"could not be read on: {error}")


def _member_items(member: Member) -> Items:
    if _LINES.fullmatch(member.name):
        yield from _line_items(member.name, member.stream)
        return
    raw = member.stream.read(MAX_DOCUMENT + 1)
    if len(raw) > MAX_DOCUMENT:
        yield RefusedItem(
            member.name, "", f"over {MAX_DOCUMENT} bytes; name it .jsonl if it is JSON Lines"
        )
    elif not raw.strip():
        yield RefusedItem(member.name, "", "the file is empty")
    elif _is_lines(raw):
        yield from _line_items(member.name, io.BufferedReader(io.BytesIO(raw)))
    else:
        yield from _document_items(member.name, "", raw.removeprefix(_BOM))


def _is_lines(raw: bytes) -> bool:
    """Whether the first line is a JSON object by itself with another line behind it."""
    first, _, rest = raw.lstrip().partition(b"\n")
    if not first.rstrip().endswith(b"}") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        _shape(first.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _line_items(name: str, stream: io.BufferedReader[Any]) -> Items:
    number = 0
    while line := stream.readline(MAX_BODY + 2):
        number += 1
        if len(line) > MAX_BODY and not line.endswith(b"\n"):
            yield RefusedItem(name, f"line {number}", f"a line of over {MAX_BODY} bytes")
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_BODY)
            continue
        text = line.rstrip(b"\r\n")
        if number == 1:
            text = text.removeprefix(_BOM)
        if text.strip():
            yield from _document_items(name, f"line {number}", text)


def _document_items(name: str, position: str, raw: bytes) -> Items:
    """The items of a document; one of many elements and no release among them is given up."""
    refused, taken = 0, False
    for item in _all_items(name, position, raw):
        taken = taken or isinstance(item, Item)
        refused += isinstance(item, RefusedItem)
        if refused > MAX_USELESS and not taken:
            reason = f"no release among more than {MAX_USELESS} elements; the rest is not read"
            yield RefusedItem(name, position, reason)
            return
        yield item


def _all_items(name: str, position: str, raw: bytes) -> Items:
    """A package, a record, a release, or an array of these."""
    if raw.lstrip()[:1] == b"[":
        for number, element in _elements(raw):
            yield from _found(name, _join(position, f"item {number}"), element)
    else:
        yield from _found(name, position, raw)


def _found(name: str, position: str, raw: bytes | str) -> Items:
    if isinstance(raw, str):
        yield RefusedItem(name, position, raw)
        return
    try:
        shape = _shape(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        yield RefusedItem(name, position, f"not a JSON object: {error}")
        return
    if not isinstance(shape.records, msgspec.UnsetType):
        for number, element in _elements(shape.records):
            yield from _record(name, _join(position, f"record {number}"), element)
    elif isinstance(shape.releases, msgspec.UnsetType) and isinstance(
        shape.compiled, msgspec.UnsetType
    ):
        yield _release(name, position, raw)
    else:
        yield from _record(name, position, raw)


def _record(name: str, position: str, raw: bytes | str) -> Items:
    """The releases of a record, or of a release package, which has the same member."""
    try:
        releases = msgspec.UNSET if isinstance(raw, str) else _shape(raw).releases
    except (msgspec.DecodeError, RecursionError) as error:
        raw = f"not a JSON object: {error}"
    if isinstance(raw, str):
        yield RefusedItem(name, position, raw)
    elif isinstance(releases, msgspec.UnsetType):
        yield RefusedItem(name, position, "the record embeds no releases")
    else:
        for number, element in _elements(releases):
            yield _release(name, _join(position, f"release {number}"), element)


def _release(name: str, position: str, raw: bytes | str) -> Item | RefusedItem:
    if isinstance(raw, str):
        return RefusedItem(name, position, raw)
    if len(raw) > MAX_BODY:
        return RefusedItem(name, position, f"a release of {len(raw)} bytes; {MAX_BODY} are allowed")
    link = _link(raw)
    if link:
        return RefusedItem(name, position, f"linked, not embedded: {link}")
    return Item(name, position, raw)


def _link(raw: bytes) -> str:
    """The URL of a linked release (OCDS records: url, date and tag only), else nothing."""
    try:
        shape = _shape(raw)
        unset = isinstance(shape.ocid, msgspec.UnsetType) and isinstance(
            shape.id, msgspec.UnsetType
        )
        if not unset or isinstance(shape.url, msgspec.UnsetType):
            return ""
        return msgspec.json.decode(shape.url, type=str)[:300]
    except (msgspec.DecodeError, RecursionError):
        return ""


def _elements(array: bytes | msgspec.Raw) -> Iterator[tuple[int, bytes | str]]:
    """Number and exact bytes of each element of a JSON array, or why there are no more.

    One at a time, so that an array of millions of elements costs no more memory than its text.
    """
    text = bytes(array).decode("utf-8", "surrogateescape")
    at, number = _skip(text, 0), 0
    if text[at : at + 1] != "[":
        yield 1, "not an array"
        return
    at = _skip(text, at + 1)
    while text[at : at + 1] not in ("]", ""):
        number += 1
        try:
            _, end = _step(text, at)
        except (ValueError, RecursionError) as error:
            yield number, f"not JSON: {error}"
            return
        yield number, text[at:end].encode("utf-8", "surrogateescape")
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _join(position: str, part: str) -> str:
    return f"{position}, {part}" if position else part
