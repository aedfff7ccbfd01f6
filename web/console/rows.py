"""Many drafts at once: the rows of a table, each judged by the form that it fills in.

The first row names the fields of the form, by their names or by what the form calls them in either
language. Every row becomes a draft of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ledger.errors import Malformed
from web import terms
from web.console.cells import EMPTY, Cell, GridRow, letter
from web.console.composing import check
from web.console.fields import Answers, Fault, Field
from web.console.forms import Context, Form
from web.language import LANGUAGES, translations
from web.language import mark as _

# Serial numbers of days, as spreadsheets keep dates: 1 March 1900 to the end of 9999.
_DAYS = range(61, 2_958_466)
_DAY_ZERO = date(1899, 12, 30)


@dataclass(frozen=True)
class Row:
    """A row: its number in the file, what it says, and what is wrong with it.

    `letters` are those of the columns that its fields stand in.
    """

    number: int
    answers: Answers
    faults: Sequence[Fault]
    letters: Mapping[str, str] = field(default_factory=dict)


def parse_rows(form: Form, grid: Sequence[GridRow], context: Context | None = None) -> list[Row]:
    """The rows of a table; with a context, answers are also looked for among what it offers.

    Raises Malformed when it is no table of this form.
    """
    names = _names(form, [cell.text for cell in grid[0].cells] if grid else [])
    _check_names(form, names)
    if len(grid) < 2:
        raise Malformed("the table has no rows under the first one", "fill in one row or more")
    return [_row(form, names, row, context) for row in grid[1:]]


def titles(form: Form, language: str) -> list[str]:
    """The first row of a table of this form, in a language."""
    catalogue = translations(language)
    return [catalogue.gettext(each.label) for each in form.fields]


def _names(form: Form, heads: Sequence[str]) -> list[str]:
    """The fields that the first row names; what is no field stands as it is."""
    called = {_plain(each.name): each.name for each in form.fields}
    for language in LANGUAGES:
        words = zip(titles(form, language), form.fields, strict=True)
        called |= {_plain(title): each.name for title, each in words}
    return [called.get(_plain(head), head) for head in heads]


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _check_names(form: Form, names: list[str]) -> None:
    fields = {each.name: each.required for each in form.fields}
    unknown = [each for each in names if each not in fields]
    missing = [name for name, required in fields.items() if required and name not in names]
    if unknown or missing or len(set(names)) != len(names):
        raise Malformed(
            f"the first row does not name the fields of the form{_which(unknown, missing)}",
            f"name them once each: {', '.join(fields)}",
        )


def _which(unknown: list[str], missing: list[str]) -> str:
    said = [f"{each[:40]!r} is none" for each in unknown[:3]]
    said += [f"{each} is missing" for each in missing[:3]]
    return ": " + ", ".join(said) if said else ""


def _row(form: Form, names: list[str], row: GridRow, context: Context | None) -> Row:
    cells = dict(zip(names, row.cells, strict=False))
    read = {each.name: _answer(each, cells.get(each.name, EMPTY)) for each in form.fields}
    answers = {name: text for name, (text, _fault) in read.items()}
    unread = {name: fault for name, (_text, fault) in read.items() if fault is not None}
    found = [each for each in check(form, answers, context) if each.field not in unread]
    faults = [*unread.values(), *found]
    if len(row.cells) > len(names):
        faults.insert(0, Fault("", _("Ada isi di luar kolom yang diberi nama di baris pertama.")))
    letters = {name: letter(at) for at, name in enumerate(names)}
    return Row(row.number, answers, faults, letters)


def _answer(question: Field, cell: Cell) -> tuple[str, Fault | None]:
    """What a cell answers, or why it cannot be taken."""
    if cell.kind == "error":
        said = _("Rumus di sel ini gagal (%(text)s). Perbaiki di lembar kerja.")
        return cell.text, Fault(question.name, said, {"text": cell.text})
    if cell.kind == "unknown":
        said = _("Hasil rumus di sel ini tidak ada dalam berkas. Hitung ulang, lalu simpan.")
        return "", Fault(question.name, said)
    if question.kind == "choice":
        return _code(question, cell.text), None
    return _number(question, cell.text) if cell.kind == "number" else (cell.text, None)


def _code(question: Field, typed: str) -> str:
    """The code of a choice that may be written in the words of either language."""
    for language in LANGUAGES:
        catalogue = translations(language)
        for code in question.choices:
            if _plain(terms.label(catalogue, question.family, code)) == _plain(typed):
                return code
    return typed


def _number(question: Field, text: str) -> tuple[str, Fault | None]:
    """A number that the spreadsheet itself holds, so that nothing about it has to be guessed."""
    if question.kind == "money":
        # With three decimals it would be read as thousands; with four it is told.
        return (f"{text}0" if re.fullmatch(r"-?[0-9]+\.[0-9]{3}", text) else text), None
    if question.kind == "date" and text.isdecimal() and int(text) in _DAYS:
        return (_DAY_ZERO + timedelta(days=int(text))).isoformat(), None
    if question.kind != "number" and "." in text:
        said = _("Jadikan sel ini teks: lembar kerja membuang nol di belakang, 1.10 menjadi 1.1.")
        return text, Fault(question.name, said)
    return text, None
