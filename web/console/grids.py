"""Tables out of files and pasted text: CSV of either separator, and workbooks; rows of cells.

A file is known by its first bytes, never by its name. Whatever it holds are values: nothing is
evaluated, and no formula is looked at.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from ledger.errors import Malformed
from web.console.cells import MAX_COLUMNS, MAX_ROWS, Cell, GridRow, check_size, text_cell
from web.console.sheets import is_workbook, parse_workbook

SEPARATORS = "\t;,"
ENCODINGS = ("utf-8-sig", "cp1252")

_FORMULA = re.compile(r"'?[=+\-@\t\r]")
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def parse_file(raw: bytes) -> list[GridRow]:
    """The rows of a .csv or .xlsx that hold anything. Raises Malformed."""
    if not is_workbook(raw):
        return parse_csv(_decoded(raw))
    rows = parse_workbook(raw)
    check_size(rows)
    return rows


def _decoded(raw: bytes) -> str:
    if b"\0" in raw:
        raise Malformed(
            "the file is neither CSV in UTF-8 nor an .xlsx workbook",
            "save it as an Excel workbook (.xlsx) or as CSV UTF-8",
        )
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed("the file's letters are in no encoding known here", "save it as CSV UTF-8")


def parse_csv(text: str) -> list[GridRow]:
    """The rows of a text that hold anything, between tabs, semicolons or commas.

    Raises Malformed.
    """
    declared = _DECLARED.match(text)
    if declared:
        text = text[declared.end() :]
    separator = declared[1] if declared else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    skipped = 1 if declared else 0
    try:
        rows = list(_bounded((reader.line_num + skipped, row) for row in reader))
    except csv.Error as error:
        line = reader.line_num + skipped
        raise Malformed(f"row {line} is not readable: {error}", "mend its quotes") from error
    check_size(rows)
    return rows


def _separator(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    return next((each for each in SEPARATORS if each in first), ",")


def _bounded(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[GridRow]:
    """The rows that hold anything. Raises Malformed for too many rows or columns."""
    count = 0
    for number, row in rows:
        cells = [_cell(each) for each in row]
        while cells and not cells[-1].text:
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise Malformed(f"the table has more than {MAX_ROWS} rows", "divide it into several")
        if len(cells) > MAX_COLUMNS:
            raise Malformed(f"row {number} has more than {MAX_COLUMNS} columns", "leave some out")
        yield GridRow(number, cells)


def _cell(text: str) -> Cell:
    text = text.strip()
    # What format_csv has made harmless is read as it was.
    return text_cell(text[1:] if text[:1] == "'" and _FORMULA.match(text) else text)


def format_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV that spreadsheets open as it is meant: UTF-8 with its mark, semicolons, no formulas."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before whatever begins one."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
