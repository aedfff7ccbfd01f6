"""A table becomes drafts only when every row is in order, and each is reported on before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from tests.web.impostors import Impostor
from tests.web.officers import ORG
from tests.web.workbooks import packed, parts, workbook
from web.console.catalogue import FORMS
from web.console.cells import MAX_ROWS
from web.console.grids import parse_csv, parse_file
from web.console.rows import Row, parse_rows
from web.render import ASSETS

HEAD = "owner;year;code;title;value;basis"
GOOD = f"{ORG};2026;1.01;Jalan;2.000.000.000;Perda 1\n{ORG};2026;1.02;Jembatan;500.000.000;Perda 1"
BAD = f"{ORG};2026;1.03;Irigasi;banyak;Perda 1"


def parsed(text: str) -> list[Row]:
    """The rows of a pasted table."""
    return parse_rows(FORMS["appropriation"], parse_csv(text))


@pytest.fixture
def budgeteer(office: Any) -> Iterator[Impostor]:
    """An officer of the budget office, signed in."""
    made = Impostor(office, title="Bidang Anggaran", roles=("budget",))
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


def test_every_row_is_reported_before_anything_is_made(budgeteer):
    """One bad row among good ones: it is named, and no draft is made even when asked for."""
    for step in ("check", "make"):
        sent = budgeteer.send(
            "/console/rows", form="appropriation", rows=f"{HEAD}\n{GOOD}\n{BAD}", step=step
        )
        assert sent.status_code == 422
        assert '<th scope="row">4</th>' in sent.text
        assert "Tulislah jumlah dengan angka" in sent.text
    assert "Irigasi" not in budgeteer.web.get("/console").text


def test_good_rows_become_one_list_and_nothing_is_published(budgeteer):
    """Two rows are two drafts in one list; nothing is in the log until it is signed."""
    size = budgeteer.office.log.size
    sent = budgeteer.send(
        "/console/rows", form="appropriation", rows=f"{HEAD}\n{GOOD}", step="make"
    )
    assert sent.status_code == 303
    listed = budgeteer.web.get(sent.headers["location"]).text
    assert "Jalan" in listed
    assert "Jembatan" in listed
    assert "2 catatan" in budgeteer.web.get("/console").text
    assert budgeteer.office.log.size == size


def test_one_good_row_becomes_a_draft(budgeteer):
    """What is one record is previewed and signed as one."""
    sent = budgeteer.send(
        "/console/rows", form="appropriation", rows=f"{HEAD}\n{GOOD.splitlines()[0]}", step="make"
    )
    assert sent.headers["location"].endswith("/preview")


def test_a_row_that_the_ledger_would_refuse_is_told_in_the_report(budgeteer):
    """A line twice in the table, and one of an organisation that the key does not speak for."""
    twice = GOOD.splitlines()[0]
    foreign = twice.replace(ORG, "ID-ASING").replace("1.01", "9.09")
    sent = budgeteer.send(
        "/console/rows", form="appropriation", rows=f"{HEAD}\n{GOOD}\n{twice}\n{foreign}"
    )
    assert sent.status_code == 422
    assert "Baris 2 sudah menetapkan hal yang sama" in sent.text
    assert "2 baris perlu diperbaiki" in sent.text


def test_a_file_is_reported_on_by_row_and_column(budgeteer):
    """What is wrong stands by the row and the column of the file, and what to do with it."""
    rows = [
        ["Lembaga pemilik anggaran", "Fiscal year", "code", "title", "value", "basis"],
        [ORG, 2026, 1.5, "Jalan", 1250.5, "Perda 1"],
        [ORG, 2026, "1.02", "#REF!", "banyak", "Perda 1"],
    ]
    rows[0][1] = "year"
    sent = budgeteer.upload("/console/rows", workbook(rows), form="appropriation")
    assert sent.status_code == 422
    assert '<span class="mono">C</span>' in sent.text
    assert "Jadikan sel ini teks" in sent.text
    assert "Rumus di sel ini gagal (#REF!)" in sent.text
    assert '<span class="mono">E</span>' in sent.text


def test_numbers_of_a_workbook_are_amounts_and_dates_without_a_guess():
    """1250.125 is no million; a serial number under a date is that day; texts stay texts."""
    head = ["owner", "year", "code", "title", "value", "basis"]
    grid = parse_file(
        workbook(
            [head, [ORG, 2026, "1.10", "Jalan", 1250.5, "Perda"], [ORG, 2026, 2, "x", 125.125, "P"]]
        )
    )
    good, odd = parse_rows(FORMS["appropriation"], grid)
    assert (good.answers["value"], good.answers["code"], good.answers["year"]) == (
        "1250.50",
        "1.10",
        "2026",
    )
    assert [each.field for each in odd.faults] == ["value"]
    plan = FORMS["tender"]
    dates = parse_rows(
        plan,
        parse_file(
            workbook(
                [
                    [each.name for each in plan.fields],
                    [46350 if each.kind == "date" else "x" for each in plan.fields],
                ]
            )
        ),
    )
    assert dates[0].answers["opens"] == "2026-11-24"


def test_a_file_is_taken_from_the_officers_own_page_alone(budgeteer):
    """Without the session's token, or from another site, nothing of it is looked at."""
    sent = {"form": "appropriation", "step": "make"}
    files = {"file": ("a.csv", f"{HEAD}\n{GOOD}".encode())}
    assert budgeteer.web.post("/console/rows", data=sent, files=files).status_code == 403
    ours = {**sent, "csrf": budgeteer.csrf()}
    elsewhere = {"Origin": "https://evil.example"}
    forged = budgeteer.web.post("/console/rows", data=ours, files=files, headers=elsewhere)
    assert forged.status_code == 403
    assert "Jembatan" not in budgeteer.web.get("/console").text


def test_a_file_too_large_or_hostile_is_answered_in_words(budgeteer):
    """More than a megabyte is refused by its head; a bomb by what it would unpack to."""
    large = budgeteer.upload("/console/rows", b"x" * 1_100_000, form="appropriation")
    assert large.status_code == 413
    bomb = packed({**parts(""), "xl/sharedStrings.xml": b"0" * 200_000_000})
    refused = budgeteer.upload("/console/rows", bomb, form="appropriation")
    assert refused.status_code == 422
    assert "Tabelnya terlalu besar" in refused.text


def test_the_script_of_the_console_stays_small():
    """All that an officer's browser runs is read in a few minutes: at most 15 KB."""
    assert 0 < (ASSETS / "sign.js").stat().st_size <= 15 * 1024


@pytest.mark.parametrize(("language", "words"), [("id", "Tahun anggaran"), ("en", "Fiscal year")])
def test_the_empty_table_is_read_again_in_either_language(budgeteer, language, words):
    """What is handed out names the columns in the reader's language, and is taken back."""
    answer = budgeteer.web.get(
        "/console/rows/template.csv", params={"form": "appropriation", "lang": language}
    )
    assert "appropriation.csv" in answer.headers["content-disposition"]
    assert words in answer.text
    (head,) = parse_file(answer.content)
    filled = answer.content + f"{ORG};2026;1.01;Jalan;;5;Perda 1".encode()
    assert len(head.cells) == len(FORMS["appropriation"].fields)
    (row,) = parse_rows(FORMS["appropriation"], parse_file(filled))
    assert not row.faults


def test_words_of_a_choice_are_taken_for_its_code():
    """Nobody has to know that works are called `works`."""
    form = FORMS["plan"]
    known = {each.name: "x" for each in form.fields if each.required} | {"value": "5"}
    for words, code in (("Goods", "goods"), ("barang", "goods"), ("works", "works")):
        table = [list(known), [*{**known, "category": words}.values()]]
        assert parse_rows(form, parse_file(workbook(table)))[0].answers["category"] == code


@pytest.mark.parametrize(
    "rows", ["", "owner;year", f"{HEAD};other\n{GOOD}", f"{HEAD};owner\n{GOOD}", HEAD, "a\tb\n1\t2"]
)
def test_another_table_is_refused_with_the_names_of_the_fields(budgeteer, rows):
    """A table with other columns, twice the same or no rows says which columns it needs."""
    sent = budgeteer.send("/console/rows", form="appropriation", rows=rows, step="make")
    assert sent.status_code == 422
    assert 'role="alert"' in sent.text


def test_forms_of_other_roles_are_refused(budgeteer):
    """A budget office makes no plans, and there is no table of payments."""
    assert budgeteer.send("/console/rows", form="plan", rows=HEAD).status_code == 403
    assert budgeteer.send("/console/rows", form="payment", rows=HEAD).status_code == 404


def test_a_table_from_a_spreadsheet_has_tabs(budgeteer):
    """Cells pasted from a spreadsheet are read like those of a CSV file."""
    pasted = f"{HEAD}\n{GOOD}".replace(";", "\t")
    rows = parsed(pasted)
    assert [(row.number, row.answers["value"]) for row in rows] == [
        (2, "2000000000.00"),
        (3, "500000000.00"),
    ]
    many = f"{HEAD}\n" + "\n".join([GOOD.split("\n", maxsplit=1)[0]] * (MAX_ROWS + 1))
    with pytest.raises(Malformed):
        parsed(many)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    """Whatever is pasted, the parser answers rows with faults or Malformed, and nothing else."""
    try:
        rows = parsed(text)
    except Malformed:
        return
    assert all(row.answers for row in rows)


@given(st.text(max_size=200))
def test_any_cells_are_read_or_faulted(cells):
    """Whatever stands below the right first row."""
    try:
        rows = parsed(f"{HEAD}\n{cells}")
    except Malformed:
        return
    assert all(row.number > 1 for row in rows)
