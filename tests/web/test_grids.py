"""Tables out of files: honest ones are read as they are meant, hostile ones refused in words."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from tests.ledger.offices import parses_or_refuses
from tests.web import workbooks
from tests.web.workbooks import SHEET, packed, parts, sheet, workbook, worksheet
from web.console.cells import Cell, GridRow, letter
from web.console.grids import format_csv, parse_csv, parse_file
from web.console.parts import file_of, parse_parts
from web.console.sheets import MAX_INFLATED

HEAD = ["Kode", "Jumlah"]


def texts(rows: list[GridRow]) -> list[list[str]]:
    """What stands in the cells."""
    return [[cell.text for cell in row.cells] for row in rows]


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_any_spreadsheet_is_read(encoding: str, separator: str, end: str):
    """Whatever separates the cells and ends the lines, and in the encodings that Excel writes."""
    raw = end.join(
        [separator.join(HEAD), "", separator.join(['"Jalan – ""é"""', "1.000"]), ""]
    ).encode(encoding)
    rows = parse_file(raw)
    assert texts(rows) == [HEAD, ['Jalan – "é"', "1.000"]]
    assert [row.number for row in rows] == [1, 3]


def test_excels_own_word_for_the_separator_is_heard():
    """`sep=` in the first line is no row."""
    assert texts(parse_file(b"sep=;\r\na,b;c\r\n")) == [["a,b", "c"]]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
                lambda text: text == text.strip() and "#" not in text
            ),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_handed_out_as_csv_is_read_back_and_holds_no_formula(rows: list[list[str]]):
    """Cells that begin a formula come out behind an apostrophe, and are read without it."""
    raw = format_csv(rows)
    assert raw.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv_cells(raw) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert texts(parse_csv("sep=;\n" + raw.decode("utf-8-sig"))) == rows


def csv_cells(raw: bytes) -> list[list[str]]:
    """The cells as another reader of CSV finds them."""
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a;b".encode("utf-16"), "neither CSV"),
        (b"a;b\n\x81\x8d;1", "encoding"),
        (b'a;b\n"x;1', "row 2"),
        (b"a\n" * 300_000, "more than 200 rows"),
        (b";".join([b"a"] * 61), "more than 60 columns"),
        (b"a\n" + b"\n".join([b"x" * 100_000] * 6), "letters"),
    ],
    ids=["utf-16", "letters", "quotes", "rows", "columns", "size"],
)
def test_a_text_that_is_no_such_table_is_refused_in_words(raw: bytes, words: str):
    """What is wrong with it, and what to do."""
    with pytest.raises(Malformed, match=words) as told:
        parse_file(raw)
    assert told.value.remedy


# Workbooks


def test_a_workbook_is_read_as_values():
    """Texts, numbers with the figures that were typed, results of formulas; nothing evaluated."""
    cells = (
        '<c r="A9" t="str"><f>WEBSERVICE("http://evil.example")</f><v>=1+1</v></c>'
        '<c r="B9"><f>SUM(1;1)</f><v>2</v></c><c r="D9"><v>1250000000.0999999</v></c>'
        '<c r="E9"><v>1.25E+9</v></c><c r="F9" t="b"><v>1</v></c>'
        '<c r="G9" t="e"><f>A9</f><v>#REF!</v></c><c r="H9"><f>1+1</f></c>'
        '<c r="I9" t="inlineStr"><is><r><t>Jalan </t></r><r><t>2</t></r></is></c>'
    )
    (row,) = parse_file(packed(parts(worksheet(f'<row r="7"/><row r="9">{cells}</row>'))))
    assert row.number == 9
    assert row.cells == [
        Cell("=1+1"),
        Cell("2", "number"),
        Cell(""),
        Cell("1250000000.1", "number"),
        Cell("1250000000", "number"),
        Cell("TRUE"),
        Cell("#REF!", "error"),
        Cell("", "unknown"),
        Cell("Jalan 2"),
    ]


def test_shared_texts_and_the_first_sheet_that_is_shown():
    """As Excel writes them: texts by number, sheets by relation, hidden ones passed over."""
    made = parts(worksheet('<row r="1"><c r="A1" t="s"><v>1</v></c></row>'))
    made["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{workbooks.MAIN}"><si><t>nol</t></si><si><t>Jalan</t>'
        "<rPh><t>baca</t></rPh></si></sst>"
    ).encode()
    made["xl/workbook.xml"] = made["xl/workbook.xml"].replace(
        b"<sheets>", b'<sheets><sheet name="x" sheetId="9" state="hidden" r:id="rId9"/>'
    )
    links = "xl/_rels/workbook.xml.rels"
    made[links] = made[links].replace(
        b"</Relationships>",
        f'<Relationship Id="rId3" Type="{workbooks.OFFICE}/sharedStrings" '
        'Target="/xl/sharedStrings.xml"/></Relationships>'.encode(),
    )
    assert texts(parse_file(packed(made))) == [["Jalan"]]


@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_an_amount_keeps_its_figures(amount):
    """Up to the fifteen that a spreadsheet has, without a float on the way."""
    (row,) = parse_file(workbook([[float(amount)]]))
    assert row.cells[0].text == format(amount.normalize() + 0, "f")


def bomb() -> bytes:
    """200 MB of zeros in 200 KB."""
    return packed({**parts(sheet([HEAD])), "xl/sharedStrings.xml": b"0" * 200_000_000})


def entities() -> bytes:
    """A billion laughs."""
    rows = worksheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&amp;</t></is></c></row>')
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    made = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>{rows}'.replace("&amp;", "&l9;")
    return packed({**parts(""), SHEET: made.encode()})


def lying() -> bytes:
    """An archive that says its largest part is small."""
    raw = packed({**parts(""), SHEET: b" " * (MAX_INFLATED - 10_000)})
    size = (MAX_INFLATED - 10_000).to_bytes(4, "little")
    return raw.replace(size, (100).to_bytes(4, "little"))


HOSTILE = {
    "zip bomb": (bomb(), "larger than 8 MiB"),
    "XML bomb": (entities(), "document type"),
    "lying about its size": (lying(), "damaged"),
    "a million rows": (packed(parts(worksheet("<row><c><v>1</v></c></row>" * 300_000))), "rows"),
    "a million empty cells": (
        packed(parts(worksheet(f'<row r="1">{"<c/>" * 1_000_000}</row>'))),
        "too many cells",
    ),
    "a cell in the last corner": (
        packed(parts(worksheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))),
        "more than 60 columns",
    ),
    "one long text in many cells": (
        packed(
            {
                **parts(worksheet("".join("<row><c t='s'><v>0</v></c></row>" for _ in range(9)))),
                "xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 100_000 + b"</t></si></sst>",
                "xl/_rels/workbook.xml.rels": parts("")["xl/_rels/workbook.xml.rels"].replace(
                    b"</Relationships>",
                    b'<Relationship Id="s" Type="x/sharedStrings" Target="sharedStrings.xml"/>'
                    b"</Relationships>",
                ),
            }
        ),
        "letters",
    ),
    "merged cells": (
        packed(parts(sheet([HEAD], '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'))),
        "merged: A1:B1",
    ),
    "macros": (packed({**parts(sheet([HEAD])), "xl/vbaProject.bin": b"x"}), "macros"),
    "the old kind, or a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old kind"),
    "no workbook": (packed({"mimetype": b"application/vnd.oasis"}), "no Excel workbook"),
    "many parts": (packed({**parts(""), **{f"x{n}": b"" for n in range(300)}}), "larger"),
    "days from 1904": (
        packed(
            {
                **parts(sheet([HEAD])),
                "xl/workbook.xml": parts("")["xl/workbook.xml"].replace(
                    b"<sheets>", b'<workbookPr date1904="1"/><sheets>'
                ),
            }
        ),
        "1904",
    ),
    "a sheet that is elsewhere": (
        packed(
            {
                **parts(sheet([HEAD])),
                "xl/_rels/workbook.xml.rels": parts("")["xl/_rels/workbook.xml.rels"].replace(
                    b"worksheets/sheet1.xml", b"../../etc/passwd"
                ),
            }
        ),
        "damaged",
    ),
    "a text that is not there": (
        packed(parts(worksheet('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'))),
        "damaged",
    ),
    "rows out of order": (
        packed(parts(worksheet('<row r="2"/><row r="1"><c><v>1</v></c></row>'))),
        "not in order",
    ),
    "a cell of another row": (
        packed(parts(worksheet('<row r="1"><c r="A2"><v>1</v></c></row>'))),
        "not in its row",
    ),
    "a number that is none": (
        packed(parts(worksheet('<row r="1"><c r="A1"><v>NaN</v></c></row>'))),
        "damaged",
    ),
    "no XML": (packed({**parts(""), SHEET: b"<worksheet><row>"}), "damaged"),
    "cut short": (workbook([HEAD])[:-40], "damaged"),
}


@pytest.mark.parametrize(("raw", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_workbook_is_refused_in_words(raw: bytes, words: str):
    """Before anything large is unpacked or built, and with what to do."""
    assert len(raw) < 1024 * 1024
    with pytest.raises(Malformed, match=words) as told:
        parse_file(raw)
    assert told.value.remedy


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda raw: b"PK\x03\x04" + raw))
def test_random_bytes_raise_only_malformed(raw: bytes):
    """Whatever is uploaded, the answer is a table or a reason."""
    parses_or_refuses(parse_file, raw, Malformed)


PLAIN = workbook([HEAD, ["1.01", 5]])


@given(st.integers(0, len(PLAIN) - 1), st.integers(1, 255))
def test_a_damaged_workbook_raises_only_malformed(at: int, flip: int):
    """Also when it nearly is one."""
    raw = bytearray(PLAIN)
    raw[at] ^= flip
    parses_or_refuses(parse_file, bytes(raw), Malformed)


@given(st.binary(max_size=300))
def test_a_damaged_sheet_raises_only_malformed(raw: bytes):
    """Whatever stands in the part of the sheet."""
    parses_or_refuses(parse_file, packed({**parts(""), SHEET: raw}), Malformed)


@pytest.mark.parametrize(("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_have_the_letters_of_a_spreadsheet(column: int, letters: str):
    """So that a fault is found in the file."""
    assert letter(column) == letters


# Forms with a file


def multipart(boundary: bytes = b"X", **fields: bytes) -> bytes:
    """A form as a browser sends it; `file` is a file."""
    made = b""
    for name, content in fields.items():
        file = b'; filename="a.csv"\r\nContent-Type: text/csv' if name == "file" else b""
        head = b'Content-Disposition: form-data; name="' + name.encode() + b'"' + file
        made += b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
    return made + b"--" + boundary + b"--\r\n"


@given(
    st.binary(max_size=100).filter(lambda raw: b"--X" not in raw),
    st.text(st.characters(exclude_characters="\0"), max_size=20),
)
def test_a_file_arrives_byte_for_byte(raw: bytes, text: str):
    """Through the form, whatever is in it."""
    sent = multipart(file=raw, rows=text.encode("utf-8", "replace"))
    form = parse_parts(sent, "multipart/form-data; boundary=X")
    assert file_of(form, "file") == raw
    assert form["rows"] == text.encode("utf-8", "replace").decode()


@given(st.binary(max_size=200))
def test_a_form_out_of_form_raises_only_malformed(raw: bytes):
    """Whatever is between the marks."""
    parse = partial(parse_parts, content_type="multipart/form-data; boundary=X")
    for sent in (raw, b"--X\r\n" + raw + b"\r\n--X--", multipart(file=raw)[:-3]):
        parses_or_refuses(parse, sent, Malformed)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", ""])
def test_a_form_without_its_mark_is_refused(kind: str):
    """Nothing tells its fields apart."""
    with pytest.raises(Malformed):
        parse_parts(multipart(rows=b"x"), kind)
