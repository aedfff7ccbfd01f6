"""Files written row by row in flat memory, that appear all at once and depend on rows alone."""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from web.tables import format_rows

# Above this a file is closed and another part begun: OCDS asks for at most 10 MB, zipped.
FULL = 9 * 1024 * 1024
CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Written(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A finished file: its name and form, rows, bytes, hash, and time of its newest entry."""

    name: str
    form: str
    rows: int
    size: int
    sha256: str
    modified: str


class Rows(Protocol):
    """A file that takes rows."""

    def write(self, row: Sequence[Any]) -> None:
        """Add a row."""

    @property
    def size(self) -> int:
        """Bytes written so far, nearly."""

    def close(self) -> None:
        """No more rows."""


class JsonLines:
    """Gzipped lines of JSON, each given as bytes without a line's end."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._packed = gzip.GzipFile("", "wb", 6, self._file, mtime=0)

    def write(self, row: Sequence[Any]) -> None:
        """Add a line: the only value of the row."""
        self._packed.write(row[0] + b"\n")

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def close(self) -> None:
        """End the file."""
        self._packed.close()
        self._file.close()


class CsvZip:
    """A zip with one CSV in it, and other members that are given whole."""

    def __init__(
        self, path: Path, name: str, columns: Sequence[str], others: dict[str, bytes] | None = None
    ) -> None:
        self._file = path.open("wb")
        self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        for other, content in (others or {}).items():
            self._archive.writestr(_member(other), content)
        self._stream = self._archive.open(_member(name), "w", force_zip64=True)
        self._stream.write(format_rows([columns]))

    def write(self, row: Sequence[Any]) -> None:
        """Add a row of the table."""
        self._stream.write(format_rows([row]))

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def close(self) -> None:
        """End the file."""
        self._stream.close()
        self._archive.close()
        self._file.close()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3
    member.external_attr = 0o644 << 16
    return member


@dataclass
class Draft:
    """A file being written under a name that nobody is served."""

    folder: Path
    name: str
    form: str
    rows: int = 0

    @property
    def path(self) -> Path:
        """Where it is being written."""
        return self.folder / f".{self.name}.new"

    def finish(self, modified: str) -> Written:
        """Put the file in its place, durable. It must have been closed."""
        digest, size = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
            os.fsync(file.fileno())
        os.replace(self.path, self.folder / self.name)
        return Written(
            name=self.name,
            form=self.form,
            rows=self.rows,
            size=size,
            sha256=digest.hexdigest(),
            modified=modified,
        )
