"""From a file to its members: plain files, gzip and tar, streamed in flat memory.

A gzip stream may not grow without end: after the first FREE bytes it is refused when it has become
more than MAX_RATIO times what was read of the file, so that a bomb is refused within milliseconds.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ledger.errors import Malformed

MAX_TOTAL = 64 * 1024**3
MAX_RATIO = 200
FREE = 2 * 1024**2
MAX_NAME = 64 * 1024

_BUFFER = 1024**2
_BLOCK = 512
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Member:
    """One file found: `name` is `file` or `file:member`; `refused` says why it is not read."""

    name: str
    stream: io.BufferedReader[Any]
    refused: str = ""


def open_members(path: Path) -> Iterator[Member]:
    """The members of a file, each to be read before the next is asked for. Raises Malformed."""
    with io.BufferedReader(io.FileIO(path), _BUFFER) as file:
        stream = _inflated(file)
        if _is_tar(stream):
            yield from _untar(path.name, stream)
        else:
            yield Member(path.name, stream)


def _inflated(stream: io.BufferedReader[Any]) -> io.BufferedReader[Any]:
    if not stream.peek(2).startswith(_GZIP):
        return stream
    return io.BufferedReader(_Inflating(stream), _BUFFER)


class _Inflating(io.RawIOBase):
    """The content of a gzip stream, as long as it stays in proportion."""

    def __init__(self, packed: BinaryIO) -> None:
        self._start = packed.tell() if packed.seekable() else 0
        self._packed = _Counting(packed)
        self._unpacked = gzip.GzipFile(fileobj=self._packed, mode="rb")
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            chunk = self._unpacked.read1(len(view))
        except (OSError, EOFError, zlib.error) as error:
            raise Malformed(f"not a whole gzip stream: {error}") from error
        self._size += len(chunk)
        self._check_size()
        view[: len(chunk)] = chunk
        return len(chunk)

    def _check_size(self) -> None:
        if self._size > MAX_TOTAL:
            raise Malformed(f"unpacks to more than {MAX_TOTAL} bytes")
        if self._size > FREE and self._size > MAX_RATIO * self._packed.size:
            raise Malformed(f"unpacks to more than {MAX_RATIO} times its size", "unpack it first")


class _Counting(io.RawIOBase):
    """A stream that knows how much of it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        self.size += len(chunk)
        return chunk


def _is_tar(stream: io.BufferedReader[Any]) -> bool:
    return stream.peek(_BLOCK)[257:262] == b"ustar"


def _untar(name: str, stream: io.BufferedReader[Any]) -> Iterator[Member]:
    """The regular files of a tar stream in order (POSIX.1-1988 ustar, pax, GNU long names)."""
    long_name = ""
    while header := _header(stream):
        section = _Section(stream, header.size)
        if header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE):
            long_name = _long_name(header, section) or long_name
        elif header.type not in (tarfile.DIRTYPE, tarfile.XGLTYPE):
            full = f"{name}:{long_name or header.name}"
            refused = "" if header.isreg() else "it is no regular file"
            yield Member(full, _inflated(io.BufferedReader(section, _BUFFER)), refused)
            long_name = ""
        section.skip()


def _header(stream: io.BufferedReader[Any]) -> tarfile.TarInfo | None:
    block = stream.read(_BLOCK)
    if not block.strip(b"\0"):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise Malformed(f"not a tar archive: {error}") from error


def _long_name(header: tarfile.TarInfo, section: _Section) -> str:
    if header.size > MAX_NAME:
        raise Malformed(f"a tar member has a name record of {header.size} bytes")
    record = section.read(header.size) or b""
    if header.type == tarfile.GNUTYPE_LONGNAME:
        return record.rstrip(b"\0").decode("utf-8", "replace")
    _, found, rest = record.partition(b" path=")
    return rest.partition(b"\n")[0].decode("utf-8", "replace") if found else ""


class _Section(io.RawIOBase):
    """The content of one tar member."""

    def __init__(self, stream: io.BufferedReader[Any], size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _BLOCK

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")[: self._left]
        read = self._stream.readinto(view)
        if self._left and not read:
            raise Malformed("the tar archive ends inside a member")
        self._left -= read
        return read

    def skip(self) -> None:
        """Pass over what was not read, and the padding."""
        left = self._left + self._padding
        while left > 0:
            chunk = self._stream.read(min(left, _BUFFER))
            if not chunk:
                return
            left -= len(chunk)
        self._left = 0
