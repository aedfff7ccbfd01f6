"""Pages on which a table of budget lines or plan packages becomes drafts, after a report by row."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledger.errors import Malformed, NotFound
from web.console import catalogue, drafts
from web.console.forms import Form
from web.console.requests import Officer, OfficerOf, PostedOf
from web.console.rows import Row, parse_rows
from web.console.signing import check_role

FORMS = ("appropriation", "plan")

router = APIRouter()


@router.get("/rows")
def rows_page(officer: OfficerOf) -> Response:
    """Paste a table."""
    return _page(officer, "", "", [])


@router.post("/rows")
def rows(given: PostedOf) -> Response:
    """Report on every row; make the drafts once no row has a fault and the officer says so."""
    officer, text = given.officer, given.form.get("rows", "").strip("\r\n")
    form = _form(officer, given.text("form"))
    try:
        found = parse_rows(form, text)
    except Malformed as error:
        return _page(officer, form.name, text, [], error)
    if given.text("step") != "make" or any(each.faults for each in found):
        return _page(officer, form.name, text, found)
    owner = (officer.org, officer.key, officer.enrolment.office)
    for each in found:
        drafts.create(officer.console, *owner, form.name, each.answers)
    return officer.go("/console")


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
        status=422 if faulty or wrong else 200,
    )
