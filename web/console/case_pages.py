"""Pages on which an officer begins to say something in a case, or to open one."""

from __future__ import annotations

from fastapi import APIRouter, Path, Response

from ledger.errors import NotFound
from procurement import queries
from procurement.case_notes import EntryRef
from procurement.cases import Case, case
from web.console import catalogue, drafts
from web.console.case_checks import check_may, forms_in
from web.console.case_forms import ACTS, FINDING, write_places
from web.console.fields import Answers
from web.console.forms import Form
from web.console.requests import Officer, OfficerOf, PostedOf
from web.mentions import entry_items
from web.pages.cases import case_view

router = APIRouter()

Index = Path(ge=0, lt=2**63)


@router.get("/cases/{index:int}")
def case_page(officer: OfficerOf, index: int = Index) -> Response:
    """A case, and what the officer may say in it."""
    found = case(officer.site.index, index)
    forms = forms_in(officer, found)
    return officer.show("case.html", case_view(officer, index), forms=forms)


@router.post("/cases/{index:int}")
def reply(given: PostedOf, index: int = Index) -> Response:
    """Begin an answer, or the end of a case."""
    officer, form = given.officer, catalogue.form_of(given.text("form"))
    if ACTS.get(form.name, "open") == "open":
        raise NotFound("there is no such form")
    found = case(officer.site.index, index)
    check_may(officer, form, found)
    title = f"{index}: {_first(found)}"[:200]
    known = {"case": write_places([EntryRef(index, found.leaf)]), "title": title}
    return _begin(officer, form, known)


@router.get("/findings/{index:int}")
def finding_page(officer: OfficerOf, index: int = Index) -> Response:
    """An entry that an auditor may open a case about."""
    row = queries.entry(officer.site.index, index)
    check_may(officer, FINDING, None)
    return officer.show("finding.html", entries=entry_items(officer, [row]), index=index)


@router.post("/findings/{index:int}")
def begin_finding(given: PostedOf, index: int = Index) -> Response:
    """Begin a finding about an entry."""
    officer = given.officer
    queries.entry(officer.site.index, index)
    check_may(officer, FINDING, None)
    return _begin(officer, FINDING, {"entries": str(index)})


def _begin(officer: Officer, form: Form, known: Answers) -> Response:
    owner = (officer.org, officer.key, officer.enrolment.office)
    number = drafts.create(officer.console, *owner, form.name, known)
    return officer.go(f"/console/drafts/{number}")


def _first(found: Case) -> str:
    return next(iter(found.text.values()), "").replace("\n", " ")
