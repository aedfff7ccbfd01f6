"""Workbooks (.xlsx, ECMA-376) read as values, on the standard library's zipfile and expat alone.

The file comes from anybody's computer. Its parts are bounded before one is opened; a document type,
with which an XML bomb begins, is refused where it stands; formulas are passed over and only the
value that the spreadsheet has stored with them is taken. Numbers stay decimal: money never becomes
a float on its way.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import NoReturn, Protocol
from xml.parsers import expat

from ledger.errors import Malformed
from web.console.cells import ERRORS, MAX_COLUMNS, MAX_ROWS, Cell, GridRow, text_cell

MAX_PARTS = 200
MAX_INFLATED = 8 * 1024 * 1024
MAX_ELEMENTS = 60_000

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_NUMBER = re.compile(r"-?[0-9]{1,24}(?:\.[0-9]{1,24})?(?:E[+-]?[0-9]{1,2})?", re.IGNORECASE)
# A spreadsheet keeps 15 figures of a number and writes more: 0.1 as 0.10000000000000001.
_FIGURES = Context(prec=15)
_XLSX = "save it as an Excel workbook (.xlsx), or as CSV UTF-8"

Attributes = Mapping[str, str]


class Reading(Protocol):
    """What takes the events of one part; names come without their namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text inside of one."""


def is_workbook(raw: bytes) -> bool:
    """Whether the bytes begin as a workbook does, of this kind or of one that is refused."""
    return raw.startswith((b"PK\x03\x04", _OLD))


def parse_workbook(raw: bytes) -> list[GridRow]:
    """The rows of the first sheet that is shown. Raises Malformed."""
    if raw.startswith(_OLD):
        raise Malformed("the workbook is of the old kind (.xls), or has a password", _XLSX)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _parse(_Parts(archive))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        raise _damaged("not a sound archive") from error
    except (EOFError, ValueError, expat.ExpatError) as error:
        raise _damaged("a part of it is not readable") from error


def _damaged(what: str) -> Malformed:
    return Malformed(f"the workbook is damaged: {what}", "open it, save it again, and send that")


class _Parts:
    """The parts of a workbook, bounded by what they say of themselves: zipfile reads no more."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        found = archive.infolist()
        if len(found) > MAX_PARTS or sum(each.file_size for each in found) > MAX_INFLATED:
            limit = MAX_INFLATED // 1024 // 1024
            raise Malformed(
                f"unpacked the workbook is larger than {limit} MiB",
                f"keep the sheet with the table and at most {MAX_ROWS} rows of it",
            )
        self._archive, self.names = archive, {each.filename for each in found}
        if any(name.lower().endswith("vbaproject.bin") for name in self.names):
            raise Malformed("the workbook has macros", "save it as .xlsx, which has none")
        if _BOOK not in self.names:
            raise Malformed("the file is an archive, but no Excel workbook", _XLSX)

    def read(self, name: str, reading: Reading) -> None:
        """Run through a part. Raises Malformed."""
        if name not in self.names:
            raise _damaged(f"it has no {name[:60]}")
        _run(self._archive.read(name), reading)


def _run(raw: bytes, reading: Reading) -> None:
    """One pass of expat, ended at the first document type or one element too many."""
    parser = expat.ParserCreate(namespace_separator=" ")
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise Malformed(
                "the workbook has too many cells",
                f"keep at most {MAX_ROWS} rows, also of empty cells with a format",
            )
        reading.start(name.rpartition(" ")[2], attributes)

    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: reading.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = reading.text
    parser.Parse(raw, True)


def _no_document_type(*_said: object) -> NoReturn:
    raise Malformed("a part of the workbook declares a document type", _XLSX)


def _parse(parts: _Parts) -> list[GridRow]:
    book, links = _Book(), _Links()
    parts.read(_BOOK, book)
    parts.read(_LINKS, links)
    if book.sheet is None:
        raise Malformed("the workbook has no sheet that is shown", "unhide the sheet of the table")
    shared = _Shared()
    if links.shared:
        parts.read(links.shared, shared)
    sheet = _Sheet(shared.texts)
    parts.read(links.targets.get(book.sheet, ""), sheet)
    return sheet.rows


class _Quiet:
    """Passes over everything."""

    def start(self, name: str, attributes: Attributes) -> None:
        """Nothing."""

    def end(self, name: str) -> None:
        """Nothing."""

    def text(self, text: str) -> None:
        """Nothing."""


class _Book(_Quiet):
    """The relation of the first sheet that is shown."""

    def __init__(self) -> None:
        self.sheet: str | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        if (
            name == "sheet"
            and self.sheet is None
            and attributes.get("state", "visible") == "visible"
        ):
            named = {
                key.rpartition(" ")[2]: value for key, value in attributes.items() if " " in key
            }
            self.sheet = named.get("id", "")
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            raise Malformed(
                "the workbook counts its days from 1904", "switch that off, and save it"
            )


class _Links(_Quiet):
    """Which part each relation leads to, and where the shared texts are."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self.shared = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes.get("Target", "")
        part = target[1:] if target.startswith("/") else f"xl/{target}"
        self.targets[attributes.get("Id", "")] = part
        if attributes.get("Type", "").endswith("/sharedStrings"):
            self.shared = part


class _Texts(_Quiet):
    """Collects the text inside `t` and `v`, but for the readings of Japanese words (`rPh`)."""

    def __init__(self) -> None:
        self.collected: list[str] = []
        self._inside = self._phonetic = False

    def start(self, name: str, _attributes: Attributes) -> None:
        self._phonetic = self._phonetic or name == "rPh"
        self._inside = name in ("t", "v") and not self._phonetic

    def end(self, name: str) -> None:
        self._inside = False
        self._phonetic = self._phonetic and name != "rPh"

    def text(self, text: str) -> None:
        if self._inside:
            self.collected.append(text)

    def take(self) -> str:
        """What has been collected since the last time."""
        text = "".join(self.collected)
        self.collected.clear()
        return text


class _Shared(_Texts):
    """The texts that cells name by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.texts.append(self.take())


class _Sheet(_Texts):
    """The rows of a sheet."""

    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self.rows: list[GridRow] = []
        self._shared = shared
        self._row, self._column = 0, -1
        self._kind, self._formula = "", False
        self._cells: dict[int, Cell] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        super().start(name, attributes)
        if name == "row":
            self._move_to_row(attributes.get("r"))
        elif name == "c":
            self._move_to_cell(attributes.get("r"))
            self._kind, self._formula = attributes.get("t", "n"), False
            self.take()
        elif name == "f":
            self._formula = True
        elif name == "mergeCell":
            said = attributes.get("ref", "")[:20]
            raise Malformed(f"cells are merged: {said}", "unmerge them: one value in each cell")

    def end(self, name: str) -> None:
        super().end(name)
        if name == "c":
            self._keep(_cell(self._kind, self.take().strip(), self._shared, self._formula))
        elif name == "row" and self._cells:
            self._keep_row()

    def _move_to_row(self, said: str | None) -> None:
        row = int(said) if said and re.fullmatch(r"[1-9][0-9]{0,6}", said) else self._row + 1
        if row <= self._row:
            raise _damaged("its rows are not in order")
        self._row, self._column, self._cells = row, -1, {}

    def _move_to_cell(self, said: str | None) -> None:
        column = self._column + 1
        if said is not None:
            found = _REFERENCE.fullmatch(said)
            if found is None or int(found[2]) != self._row:
                raise _damaged("a cell is not in its row")
            column = _column(found[1])
        if column <= self._column:
            raise _damaged("its cells are not in order")
        self._column = column

    def _keep(self, cell: Cell | None) -> None:
        if cell is None:
            return
        if self._column >= MAX_COLUMNS:
            raise Malformed(
                f"row {self._row} has more than {MAX_COLUMNS} columns", "leave some out"
            )
        self._cells[self._column] = cell

    def _keep_row(self) -> None:
        if len(self.rows) > MAX_ROWS:
            raise Malformed(f"the table has more than {MAX_ROWS} rows", "divide it into several")
        cells = [self._cells.get(at, Cell("")) for at in range(max(self._cells) + 1)]
        self.rows.append(GridRow(self._row, cells))


def _column(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - 64
    return number - 1


def _cell(kind: str, value: str, shared: list[str], formula: bool) -> Cell | None:
    """A cell as it is stored; None for one that holds nothing."""
    if not value:
        return Cell("", "unknown") if formula else None
    if kind == "e":
        return Cell(value if value in ERRORS else "#REF!", "error")
    return _KINDS.get(kind, _refused)(value, shared)


def _shared(value: str, shared: list[str]) -> Cell | None:
    if not re.fullmatch(r"[0-9]{1,7}", value) or int(value) >= len(shared):
        raise _damaged("a cell names a text that is not there")
    text = shared[int(value)].strip()
    return text_cell(text) if text else None


def _number(value: str, _shared: list[str]) -> Cell:
    if not _NUMBER.fullmatch(value):
        raise _damaged("a number is none")
    return Cell(format_number(_FIGURES.create_decimal(value)), "number")


def format_number(number: Decimal) -> str:
    """A number in plain decimal writing, as few figures as it needs."""
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def _text(value: str, _shared: list[str]) -> Cell:
    return text_cell(value)


def _refused(_value: str, _shared: list[str]) -> NoReturn:
    raise _damaged("a cell is of no known kind")


_KINDS: Mapping[str, Callable[[str, list[str]], Cell | None]] = {
    "n": _number,
    "s": _shared,
    "str": _text,
    "inlineStr": _text,
    "b": lambda value, _shared: Cell("TRUE" if value == "1" else "FALSE"),
    "d": lambda value, _shared: Cell(value[:10]),
}
