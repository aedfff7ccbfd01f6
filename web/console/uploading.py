"""Pages on which a table of budget lines or plan packages becomes drafts, after a report by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Query, Response

from ledger.body import parse_body
from ledger.errors import Malformed, NotFound
from procurement.kinds import KINDS
from web.console import batches, catalogue, drafts
from web.console.cells import GridRow
from web.console.composing import context_of, fixed
from web.console.drafts import Draft
from web.console.fields import Fault
from web.console.forms import Form
from web.console.grids import format_csv, parse_csv, parse_file
from web.console.parts import file_of
from web.console.requests import PRIVATE, Officer, OfficerOf, PostedOf
from web.console.rows import Row, parse_rows, titles
from web.console.signing import check_role
from web.language import LANGUAGES
from web.language import mark as _

FORMS = ("appropriation", "plan")

router = APIRouter()


@router.get("/rows")
def rows_page(officer: OfficerOf) -> Response:
    """Send a file, or paste a table."""
    return _page(officer, "", "", [])


@router.get("/rows/template.csv")
def template(officer: OfficerOf, form: str = Query("", max_length=40)) -> Response:
    """A table without rows: the first row alone, in the reader's language."""
    found = _form(officer, form)
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{found.name}.csv"'}
    content = format_csv([titles(found, officer.language)])
    return Response(content, 200, headers, "text/csv; charset=utf-8")


@router.post("/rows")
def rows(given: PostedOf) -> Response:
    """Report on every row; make the drafts once no row has a fault and the officer says so."""
    officer, form = given.officer, _form(given.officer, given.text("form"))
    text = given.form.get("rows", "").strip("\r\n")
    try:
        sent = file_of(given.form, "file")
        found = judged(officer, form, parse_file(sent) if sent else parse_csv(text))
    except Malformed as error:
        return _page(officer, form.name, text, [], error)
    if given.text("step") == "make" and not any(row.faults for row, _draft in found):
        return _make(officer, form, [draft for _row, draft in found])
    if sent:
        # What is made is what was reported on: the rows as read stand in the page from here on.
        text = "" if any(row.faults for row, _draft in found) else _written(form, found)
    return _page(officer, form.name, text, [row for row, _draft in found])


def judged(officer: Officer, form: Form, grid: Sequence[GridRow]) -> list[tuple[Row, Draft]]:
    """Every row with the draft that it would be: by its form, by the ledger, by the rows before.

    Raises Malformed when it is no table of this form.
    """
    owner = (officer.org, officer.key, officer.enrolment.office)
    seen: dict[str, int] = {}
    found = []
    for row in parse_rows(form, grid, context_of(officer, "", {})):
        draft = drafts.begun(*owner, form.name, row.answers)
        made = list(row.faults) or fixed(officer, form, draft)
        if isinstance(made, Draft):
            draft, made = made, _repeated(form, made, row.number, seen)
        found.append((replace(row, faults=made), draft))
    return found


def _repeated(form: Form, draft: Draft, number: int, seen: dict[str, int]) -> list[Fault]:
    """Whether an earlier row says what may be said once only, such as the amount of a line."""
    claims = KINDS[form.kind].read(parse_body(draft.body or b"")).claims
    earlier = [seen[claim] for claim in claims if claim in seen]
    seen |= dict.fromkeys(claims, number)
    if not earlier:
        return []
    return [Fault("", _("Baris %(row)s sudah menetapkan hal yang sama."), {"row": earlier[0]})]


def _make(officer: Officer, form: Form, begun: Sequence[Draft]) -> Response:
    if len(begun) > 1:
        number = batches.make(officer.console, form.name, begun)
        return officer.go(f"/console/batches/{number}")
    drafts.keep(officer.console, begun)
    return officer.go(f"/console/drafts/{begun[0].id}/preview")


def _written(form: Form, found: Sequence[tuple[Row, Draft]]) -> str:
    """The rows as text that is read again as the same answers."""
    names = [each.name for each in form.fields]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([row.answers.get(name, "") for name in names] for row, _draft in found)
    return out.getvalue()


def _form(officer: Officer, name: str) -> Form:
    if name not in FORMS:
        raise NotFound("there is no table for this form", "choose one of the list")
    form = catalogue.form_of(name)
    check_role(officer, form)
    return form


def _page(
    officer: Officer, chosen: str, text: str, found: list[Row], wrong: Malformed | None = None
) -> Response:
    offered = [each for each in catalogue.forms_for(officer.enrolment) if each.name in FORMS]
    faulty = [each for each in found if each.faults]
    return officer.show(
        "rows.html",
        offered=offered,
        chosen=chosen,
        text=text,
        found=found,
        faulty=faulty,
        wrong=wrong,
        fields={each.name: each.label for form in offered for each in form.fields},
        languages=LANGUAGES,
        status=422 if faulty or wrong else 200,
    )
