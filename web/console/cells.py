"""Cells and rows of a table that somebody has filled in, and how large it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.errors import Malformed

MAX_ROWS = 200
MAX_COLUMNS = 60
MAX_TEXT = 500_000
ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    A `number` is a cell that the spreadsheet itself holds for one, in plain decimal writing; an
    `error` is what a formula failed with; `unknown` is a formula of which the file has no value.
    """

    text: str
    kind: Literal["text", "number", "error", "unknown"] = "text"


@dataclass(frozen=True)
class GridRow:
    """A row that holds anything, and its number in the file, counted from 1."""

    number: int
    cells: Sequence[Cell]


EMPTY = Cell("")


def text_cell(text: str) -> Cell:
    """A cell of text, an error where it is what a failed formula leaves."""
    return Cell(text, "error" if text in ERRORS else "text")


def check_size(rows: Sequence[GridRow]) -> None:
    """All texts together are not longer than a page can show. Raises Malformed.

    In a workbook a long text is written once and named by as many cells as one likes.
    """
    if sum(len(cell.text) for row in rows for cell in row.cells) > MAX_TEXT:
        raise Malformed(
            f"the table has more than {MAX_TEXT:,} letters", "shorten its texts, or divide it"
        )


def letter(column: int) -> str:
    """The letters of a column, counted from 0, as spreadsheets show them."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
