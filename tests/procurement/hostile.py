"""Releases and files made to choke whoever reads them, and good ones to stand beside them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

MIB = 1024 * 1024


def good(number: int) -> bytes:
    """A release with which nothing is wrong."""
    named = {"ocid": f"ocds-good-{number}", "id": str(number), "language": "en"}
    dated = {"date": "2025-01-01T00:00:00Z", "tag": ["tender"], "initiationType": "tender"}
    return json.dumps(named | dated).encode()


def bad(number: int, value: bytes) -> bytes:
    """A release that holds this value."""
    named = b'{"ocid":"ocds-bad-%d","id":"1","date":"2025-01-01T00:00:00Z","tag":["tender"],"x":'
    return named % number + value + b"}"


NESTED = "nest|recursion"

HOSTILE = {
    "exponent": (bad(1, b"1e999999"), "finite"),
    "small exponent": (bad(2, b"1e-" + b"9" * 200), "characters"),
    "long number": (bad(3, b"1" * 200_000), "characters"),
    "brackets": (bad(4, b"[" * 100_000), NESTED),
    "closed brackets": (bad(5, b"[" * 50_000 + b"]" * 50_000), NESTED),
    "braces": (bad(6, b'{"a":' * 100_000), NESTED),
    "duplicate key": (bad(7, b'{"a":1,"a":2}'), "duplicate key"),
    "duplicate of an escaped key": (bad(8, b'{"a":1,"\\u0061":2}'), "duplicate key"),
    "NaN": (bad(9, b"NaN"), r"NaN|not a JSON object"),
    "infinity": (bad(10, b"-Infinity"), r"Infinity|not a JSON object"),
    "lone surrogate": (bad(11, b'"\\ud800"'), r"surrogate|not a JSON object"),
    "lone surrogate in a key": (bad(12, b'{"\\udfff":1}'), r"surrogate|not a JSON object"),
    "not UTF-8": (bad(13, b'"\xff"'), "UTF-8"),
    "9 MiB": (bad(14, b'"' + b"a" * (9 * MIB) + b'"'), "8388608 bytes"),
    "9 MiB of brackets": (bad(15, b"[" * (9 * MIB)), "8388608 bytes"),
}
"""By name: the bytes of a line, and a pattern of the reason it has to be refused for."""


def write_lines(path: Path, lines: Sequence[bytes]) -> Path:
    """JSON Lines, as they are."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def bomb(size: int, start: bytes = b"") -> bytes:
    """A gzip stream that unpacks to `start` and then `size` blanks, a thousandth of that packed."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(start)]
    parts += [packer.compress(b" " * MIB) for _ in range(size // MIB)]
    return b"".join([*parts, packer.flush()])


def tar_bomb() -> bytes:
    """A .tar.gz of good members between a bomb, a link out of the folder and a device."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        _add(archive, "first.json", good(1))
        _add(archive, "bomb.json.gz", bomb(16 * MIB))
        for name, kind in (("link.json", tarfile.SYMTYPE), ("device.json", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        _add(archive, "../../escaped.json", good(2))
        _add(archive, "last.json", good(3))
    return packed.getvalue()


def blown_up_tar() -> bytes:
    """A .tar.gz whose only member is a gigabyte of nothing."""
    header = tarfile.TarInfo("huge.json")
    header.size = 1024 * MIB
    return bomb(16 * MIB, header.tobuf())


def cut_tar() -> bytes:
    """A .tar.gz that ends inside its second member."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, "first.json", good(1))
        _add(archive, "second.json", good(2) + b" " * 4096)
    return gzip.compress(packed.getvalue()[:3000])


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
