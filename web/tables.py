"""Tables for download: CSV by RFC 4180 in UTF-8, sent row by row, safe to open in a spreadsheet.

A text that begins with a sign of a formula (`=`, `+`, `-`, `@`, tab, return) gets an apostrophe
before it. A `Figure`, a whole number and a time of the log are none of a publisher's texts and are
never touched: a negative amount begins with its minus sign.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from ledger.errors import Malformed
from procurement.money import Money, format_amount
from web.privacy import withhold
from web.responses import PAGE_CACHE, is_known, takes_gzip

KIND = "text/csv; charset=utf-8; header=present"
# Rows put together before they are sent; the names of the columns go first, alone.
TOGETHER = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
APART = ";"


class Figure(str):
    """An amount, a time or a hash of ours as text: no text that somebody has published."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """A table: the name of its file, its columns, and its rows, each a value a column."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


def figure(minor: int | None, currency: str | None) -> Figure | None:
    """Minor units as a decimal number; None when they or their currency are not known."""
    if minor is None or currency is None:
        return None
    return Figure(format_amount(Money(minor, currency)))


def cell(value: Any) -> str:
    """A value as a cell holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Figure):
        return str(value)
    if isinstance(value, list | tuple):
        value = APART.join(str(each) for each in value)
    text = withhold(str(value).replace("\0", ""))
    return f"'{text}" if text.startswith(FORMULA) else text


def format_rows(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV."""
    written = io.StringIO()
    csv.writer(written).writerows([[cell(value) for value in row] for row in rows])
    return written.getvalue().encode("utf-8", "replace")


def format_table(table: Table) -> Iterator[bytes]:
    """A table as CSV, in pieces; the first is the names of the columns."""
    yield format_rows([table.columns])
    waiting: list[Sequence[Any]] = []
    for row in table.rows:
        waiting.append(row)
        if len(waiting) >= TOGETHER:
            yield format_rows(waiting)
            waiting = []
    yield format_rows(waiting)


def table_answer(request: Request, table: Table, tag: str) -> Response:
    """A table as an answer; `tag` is that of the state of the log that it is made of.

    Raises Malformed where the table is asked for as it stood: it is always of today.
    """
    if request.query_params.get("at"):
        raise Malformed("tables are of today", "leave at= out, or read the page's own JSON")
    headers = {
        "ETag": f'W/"{tag}"',
        "Cache-Control": PAGE_CACHE,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
        "Content-Disposition": f'inline; filename="{table.name}.csv"',
    }
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    pieces = format_table(table)
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        pieces = _gzipped(pieces)
    if request.method == "HEAD":
        return Response(headers=headers, media_type=KIND)
    return StreamingResponse(pieces, headers=headers, media_type=KIND)


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Compressed so that the reader can have each piece at once."""
    packing = zlib.compressobj(6, wbits=31)
    for piece in pieces:
        yield packing.compress(piece) + packing.flush(zlib.Z_SYNC_FLUSH)
    yield packing.flush()
