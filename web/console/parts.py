"""Forms with a file: multipart/form-data (RFC 7578), as browsers send it.

A form is a mapping of texts. The bytes of a file stand in it as Latin-1, a letter for each byte:
`file_of` gives them back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger.errors import Malformed

MAX_PARTS = 20
MULTIPART = "multipart/form-data"

_BOUNDARY = re.compile(r'multipart/form-data; *boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?')
_NAME = re.compile(
    rb'content-disposition: *form-data; *name="([^"\r\n]{1,60})"(; *filename)?', re.IGNORECASE
)


def parse_parts(raw: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form with a file. Raises Malformed."""
    found = _BOUNDARY.fullmatch(content_type)
    if found is None:
        raise _unreadable()
    mark = b"--" + found[1].encode()
    # The first mark stands at the beginning; with a line before it all marks are alike.
    pieces = (b"\r\n" + raw).split(b"\r\n" + mark)
    if len(pieces) > MAX_PARTS + 2 or pieces[0].strip() or not pieces[-1].startswith(b"--"):
        raise _unreadable()
    return dict(map(_part, pieces[1:-1]))


def _part(piece: bytes) -> tuple[str, str]:
    head, blank, content = piece.partition(b"\r\n\r\n")
    named = next(filter(None, (_NAME.match(each) for each in head.split(b"\r\n"))), None)
    if named is None or not blank:
        raise _unreadable()
    try:
        name, text = named[1].decode(), content.decode("latin-1" if named[2] else "utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable() from error
    if not named[2]:
        check_text(name, text)
    return name, text


def check_text(name: str, text: str) -> None:
    """What a database takes as a text. Raises Malformed for U+0000."""
    if "\0" in name + text:
        raise Malformed(
            f"the field {name[:40]!r} holds a character that cannot be recorded (U+0000)",
            "go back, write the field anew and send the form again",
        )


def _unreadable() -> Malformed:
    return Malformed("the form cannot be read", "open the page again")


def file_of(form: Mapping[str, str], name: str) -> bytes:
    """The bytes of a file that was sent; none where none was chosen."""
    return form.get(name, "").encode("latin-1", "replace")
