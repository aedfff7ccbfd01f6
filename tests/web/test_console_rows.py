"""A pasted table becomes drafts only when every row is in order, and each is signed on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from tests.web.impostors import Impostor
from tests.web.officers import ORG
from web.console.catalogue import FORMS
from web.console.rows import MAX_ROWS, parse_rows

HEAD = "owner;year;code;title;value;basis"
GOOD = f"{ORG};2026;1.01;Jalan;2.000.000.000;Perda 1\n{ORG};2026;1.02;Jembatan;500.000.000;Perda 1"
BAD = f"{ORG};2026;1.03;Irigasi;banyak;Perda 1"


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


def test_good_rows_become_drafts_of_their_own(budgeteer):
    """Two rows are two drafts; nothing is in the log until each is signed."""
    size = budgeteer.office.log.size
    sent = budgeteer.send(
        "/console/rows", form="appropriation", rows=f"{HEAD}\n{GOOD}", step="make"
    )
    assert sent.status_code == 303
    desk = budgeteer.web.get("/console").text
    assert "Jalan" in desk
    assert "Jembatan" in desk
    assert budgeteer.office.log.size == size


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
    rows = parse_rows(FORMS["appropriation"], pasted)
    assert [(row.number, row.answers["value"]) for row in rows] == [
        (2, "2000000000.00"),
        (3, "500000000.00"),
    ]
    many = f"{HEAD}\n" + "\n".join([GOOD.split("\n", maxsplit=1)[0]] * (MAX_ROWS + 1))
    with pytest.raises(Malformed):
        parse_rows(FORMS["appropriation"], many)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    """Whatever is pasted, the parser answers rows with faults or Malformed, and nothing else."""
    try:
        rows = parse_rows(FORMS["appropriation"], text)
    except Malformed:
        return
    assert all(row.answers for row in rows)


@given(st.text(max_size=200))
def test_any_cells_are_read_or_faulted(cells):
    """Whatever stands below the right first row."""
    try:
        rows = parse_rows(FORMS["appropriation"], f"{HEAD}\n{cells}")
    except Malformed:
        return
    assert all(row.number > 1 for row in rows)
