"""Pages on which drafts are begun, written and checked."""

from __future__ import annotations

from fastapi import APIRouter, Query, Response

from ledger.envelope import format_statement
from ledger.errors import NotFound, Unacceptable
from procurement import queries
from procurement.index import EntrySummary
from procurement.ocds import RELEASE
from web.console import catalogue, drafts
from web.console.composing import check, compose, context_of, corrected, money_of
from web.console.drafts import Draft
from web.console.fields import Answers, Fault, Field, check_fields
from web.console.forms import Form
from web.console.requests import Officer, OfficerOf, PostedOf
from web.console.signing import check_role, open_draft
from web.language import mark as _

EXPLANATION = Field("explanation", _("Alasan"), "long", required=False, longest=1000)
SHOWN = 100
FEW = 20

router = APIRouter()


@router.get("")
def task_list(officer: OfficerOf) -> Response:
    """What waits for the officer: approvals, returned drafts, drafts."""
    found = drafts.listed(officer.console, officer.org, SHOWN)
    return officer.show(
        "desk.html",
        groups={
            "waiting": [each for each in found if each.state == "waiting"],
            "returned": [each for each in found if each.state == "returned"],
            "draft": [each for each in found if each.state == "draft"],
            "published": [each for each in found if each.state in drafts.SIGNED],
        },
        forms=catalogue.FORMS,
    )


@router.get("/new")
def choose(
    officer: OfficerOf,
    ocid: str = Query("", max_length=300),
    entry: str = Query("", max_length=20),
) -> Response:
    """Choose what to publish: something new, the next step of a process, or a correction."""
    index, offered = officer.site.index, catalogue.forms_for(officer.enrolment)
    process = queries.process(index, ocid) if ocid else None
    wanted = ("", "process") if process else ("", "line")
    return officer.show(
        "new.html",
        process=process,
        entry=_corrected_entry(officer, entry) if entry else None,
        offered=[each for each in offered if each.about in wanted],
        processes=queries.processes(index, FEW, owner=officer.org),
        continuing=any(each.about == "process" for each in offered),
    )


def _corrected_entry(officer: Officer, number: str) -> EntrySummary:
    """The entry to be corrected. Raises NotFound, NotAuthorised."""
    if not number.isdecimal() or not number.isascii():
        raise NotFound("there is no such entry", "give its number, as its receipt has it")
    found = queries.entry(officer.site.index, int(number))
    corrected(officer, found.leaf_hash)
    return found


@router.post("/drafts")
def begin(given: PostedOf) -> Response:
    """Begin a draft, its answers taken from the step before or from what it corrects."""
    officer = given.officer
    known = {name: given.text(name)[:300] for name in ("ocid", "line") if given.text(name)}
    if given.text("entry"):
        form, known = _correction(officer, given.text("entry"))
    else:
        form = catalogue.form_of(given.text("form"))
        if form.about == "process" and not known.get("ocid"):
            raise Unacceptable("this step belongs to a procurement", "choose the procurement first")
    check_role(officer, form)
    answers = {**form.prefill(context_of(officer, "", known)), **known}
    owner = (officer.org, officer.key, officer.enrolment.office)
    number = drafts.create(officer.console, *owner, form.name, answers)
    return officer.go(f"/console/drafts/{number}")


def _correction(officer: Officer, number: str) -> tuple[Form, Answers]:
    entry = _corrected_entry(officer, number)
    kind, body = corrected(officer, entry.leaf_hash)
    known = {"replaces": entry.leaf_hash, "corrects": str(entry.index)}
    if kind == RELEASE:
        known["ocid"] = str(body.get("ocid"))
    return catalogue.form_for(kind, body), known


@router.get("/drafts/{number}")
def edit(officer: OfficerOf, number: str) -> Response:
    """The form of a draft."""
    draft = drafts.find(officer.console, officer.org, number)
    if draft.state not in drafts.OPEN:
        return officer.go(f"/console/drafts/{number}/preview")
    return _form_page(officer, draft, draft.answers, [])


@router.post("/drafts/{number}")
def save(given: PostedOf, number: str) -> Response:
    """Keep the answers; when a preview is asked for, check them and fix what is to be signed."""
    officer = given.officer
    draft, form = open_draft(officer, number)
    answers = draft.answers | {each.name: given.text(each.name) for each in form.fields}
    faults = check(form, answers) if given.text("step") == "preview" else []
    drafts.change(officer.console, draft, answers)
    if given.text("step") != "preview":
        return officer.go("/console")
    return _form_page(officer, draft, answers, faults) if faults else fix(officer, form, number)


def fix(officer: Officer, form: Form, number: str) -> Response:
    """Fix the bytes of a checked draft and go on to its preview."""
    draft = drafts.find(officer.console, officer.org, number)
    made = compose(officer, form, draft)
    if isinstance(made, list):
        return _form_page(officer, draft, draft.answers, made)
    said, money = format_statement(made.statement), money_of(form.kind, made.body)
    drafts.fix(officer.console, draft, made.body, said, money)
    return officer.go(f"/console/drafts/{number}/preview")


@router.post("/drafts/{number}/explain")
def explain(given: PostedOf, number: str) -> Response:
    """Add the reason for a broken rule; it is signed with the rest."""
    officer = given.officer
    draft, form = open_draft(officer, number)
    answers = {**draft.answers, EXPLANATION.name: given.text(EXPLANATION.name)}
    if faults := check_fields((EXPLANATION,), answers):
        return _form_page(officer, draft, draft.answers, faults)
    drafts.change(officer.console, draft, answers)
    return fix(officer, form, number)


@router.post("/drafts/{number}/discard")
def discard(given: PostedOf, number: str) -> Response:
    """Delete a draft."""
    officer = given.officer
    drafts.discard(officer.console, drafts.find(officer.console, officer.org, number))
    return officer.go("/console")


def _form_page(officer: Officer, draft: Draft, answers: Answers, faults: list[Fault]) -> Response:
    return officer.show(
        "form.html",
        draft=draft,
        form=catalogue.form_of(draft.form),
        answers=answers,
        faults=faults,
        wrong={each.field: each for each in faults},
        status=422 if faults else 200,
    )
