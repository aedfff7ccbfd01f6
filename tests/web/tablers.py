"""Tables of budget lines for tests, and officers without a browser who sign them as a list."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from html import unescape

import httpx

from tests.web.impostors import Impostor, hidden
from tests.web.officers import ORG

HEAD = ["owner", "year", "code", "title", "value", "basis"]
MANY = 30


def table(count: int = MANY, value: int = 20_000_000, start: int = 1) -> list[list[str | int]]:
    """Budget lines: each a row of its own code."""
    numbers = range(start, start + count)
    rows = [[ORG, 2026, f"1.{n:02}", f"Kegiatan {n}", value + n, "Perda 1/2026"] for n in numbers]
    return [[*HEAD], *rows]


def csv_of(rows: Sequence[Sequence[str | int]]) -> bytes:
    """The same as a CSV of Excel in Indonesian."""
    return "\r\n".join(";".join(map(str, row)) for row in rows).encode("utf-8-sig")


def listed(officer: Impostor, rows: Sequence[Sequence[str | int]]) -> str:
    """The address of the list that a table becomes."""
    sent = officer.upload("/console/rows", csv_of(rows), form="appropriation", step="make")
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def statements(page: str) -> list[str]:
    """The statements that a list shows to the browser, in order."""
    return [unescape(each) for each in re.findall(r'<tr data-statement="([^"]*)"', page)]


def signed_text(said: Sequence[str]) -> bytes:
    """What is signed for a list, by RFC 6962 and format.md section 4 alone."""

    def root(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return hashlib.sha256(b"\x00" + leaves[0]).digest()
        half = 1 << ((len(leaves) - 1).bit_length() - 1)
        return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()

    leaves = [b"jejak/statement/1\n" + each.encode() for each in said]
    return f"jejak/batch/1\n{len(said)}\n{root(leaves).hex()}".encode()


def sign_list(
    officer: Impostor, address: str, page: str = "", signed: bytes = b""
) -> httpx.Response:
    """Sign a list as its page shows it, or as an earlier page did."""
    page = page or officer.web.get(address).text
    fields = officer.assertion(signed or signed_text(statements(page)))
    return officer.send(f"{address}/sign", digest=hidden(page, "digest"), **fields)
