"""Many drafts at once: rows pasted from a spreadsheet or a CSV file, each judged by its form.

The first row names the fields of the form; between cells stand tabs, semicolons or commas, as the
first row has them. Every row becomes a draft of its own, seen and signed on its own.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import Malformed
from web.console.composing import check
from web.console.fields import Answers, Fault
from web.console.forms import Form
from web.language import mark as _

MAX_ROWS = 200
SEPARATORS = "\t;,"


@dataclass(frozen=True)
class Row:
    """A row: its number in the text, what it says, and what is wrong with it."""

    number: int
    answers: Answers
    faults: Sequence[Fault]


def parse_rows(form: Form, text: str) -> list[Row]:
    """The rows of a pasted table. Raises Malformed when it is no table of this form."""
    cells = _cells(text)
    names = [each.strip() for each in cells[0][1]] if cells else []
    _check_names(form, names)
    if not 1 < len(cells) <= MAX_ROWS + 1:
        raise Malformed(f"the table has {len(cells) - 1} rows", f"give 1 to {MAX_ROWS} rows")
    return [_row(form, names, number, values) for number, values in cells[1:]]


def _cells(text: str) -> list[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    separator = next((each for each in SEPARATORS if each in first), ",")
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Malformed(f"row {reader.line_num} is not readable: {error}") from error


def _check_names(form: Form, names: list[str]) -> None:
    fields = {each.name: each.required for each in form.fields}
    unknown = [each for each in names if each not in fields]
    missing = [name for name, required in fields.items() if required and name not in names]
    if unknown or missing or len(set(names)) != len(names):
        raise Malformed(
            "the first row does not name the fields of the form",
            f"name them once each: {', '.join(fields)}",
        )


def _row(form: Form, names: list[str], number: int, values: list[str]) -> Row:
    answers = {each.name: "" for each in form.fields}
    answers |= dict(zip(names, values, strict=False))
    faults = check(form, answers)
    if len(values) != len(names):
        faults = [Fault("", _("Jumlah kolomnya tidak sama dengan baris pertama.")), *faults]
    return Row(number, answers, faults)
