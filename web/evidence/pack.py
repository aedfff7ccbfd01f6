"""A zip whose bytes depend on its files alone: no clock, no order of a folder."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from hashlib import sha256

SUMS = "SHA256SUMS"
# The first moment a zip can name: the files' own times are those that the log has signed.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def format_pack(files: Mapping[str, bytes]) -> bytes:
    """The files, in order of their names, and the list of their SHA-256 as sha256sum reads it."""
    named = dict(sorted(files.items()))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in {**named, SUMS: format_sums(named)}.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return written.getvalue()


def format_sums(files: Mapping[str, bytes]) -> bytes:
    """Lines of `<sha256>  <name>`."""
    return b"".join(
        f"{sha256(content).hexdigest()}  {name}\n".encode() for name, content in files.items()
    )
