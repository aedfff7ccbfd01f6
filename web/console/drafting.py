"""Pages on which drafts are begun, written and checked."""

from __future__ import annotations

from fastapi import APIRouter, Query, Response

from ledger.errors import NotFound, Unacceptable
from procurement import picking, queries
from procurement.index import EntrySummary
from procurement.ocds import RELEASE
from web.addresses import with_query
from web.console import batches, catalogue, drafts
from web.console.amounts import format_typed
from web.console.case_checks import check_case, tasks_of
from web.console.case_forms import ABOUT
from web.console.composing import check, context_of, corrected, fixed
from web.console.continuing import correctable
from web.console.drafts import Draft
from web.console.fields import Answers, Fault, Field, Rows, check_fields, check_kept
from web.console.forms import Form
from web.console.lines import check_lines, known_lines, line_currency, without_lines
from web.console.offering import offer
from web.console.picking import to_field
from web.console.requests import Officer, OfficerOf, Posted, PostedOf
from web.console.scope import scope_of
from web.console.signing import check_role, open_draft
from web.language import mark as _

EXPLANATION = Field("explanation", _("Alasan"), "long", required=False, longest=1000)
SHOWN = 100
FEW = 10

router = APIRouter()


@router.get("")
def task_list(officer: OfficerOf) -> Response:
    """What waits for the officer: approvals, returned drafts, drafts."""
    batched = batches.listed(officer.console, officer.org)
    listed = {draft.id for batch in batched for draft in batch.left}
    found = [each for each in drafts.listed(officer.console, officer.org) if each.id not in listed]
    return officer.show(
        "desk.html",
        batches=batched,
        groups={
            "waiting": [each for each in found if each.state == "waiting"],
            "returned": [each for each in found if each.state == "returned"],
            "draft": [each for each in found if each.state == "draft"],
            "published": [each for each in found if each.state in drafts.SIGNED][:SHOWN],
        },
        forms=catalogue.FORMS,
        tasks=tasks_of(officer),
    )


@router.get("/new")
def choose(
    officer: OfficerOf,
    ocid: str = Query("", max_length=300),
    entry: str = Query("", max_length=20),
    line: str = Query("", max_length=300),
) -> Response:
    """Choose what to publish: something new, the next step of a process, or a correction."""
    index = officer.site.index
    process = queries.process(index, ocid) if ocid else None
    stage, record = (process.stage, process.compiled()) if process else ("", None)
    scope = scope_of(officer.enrolment)
    return officer.show(
        "new.html",
        process=process,
        line=queries.line(index, line) if line else None,
        entry=_corrected_entry(officer, entry) if entry else None,
        offer=offer(officer, stage, record),
        processes=picking.processes(index, scope, limit=FEW),
        entries=correctable(officer, limit=FEW),
    )


def _corrected_entry(officer: Officer, number: str) -> EntrySummary:
    """The entry to be corrected. Raises NotFound, NotAuthorised."""
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
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
        if form.about == ABOUT:
            raise Unacceptable("this is said in a case", "choose the case, or the entry, first")
        if form.about == "process" and not known.get("ocid"):
            raise Unacceptable("this step belongs to a procurement", "choose the procurement first")
    check_role(officer, form)
    context = context_of(officer, "", known)
    answers = {"currency": context.currencies[0], **form.prefill(context), **known}
    answers |= line_currency(officer, answers)
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
    answers = _answered(given, form, draft.answers)
    if faults := check_kept([each for each, _rows, _number in form.asked(answers)], answers):
        return _form_page(officer, draft, answers, faults)
    step, _colon, what = given.text("step").partition(":")
    if step in _STEPS:
        return _STEPS[step](officer, draft, form, answers, what)
    context = context_of(officer, draft.id, answers)
    faults = check(form, answers, context) + check_lines(officer, form, answers)
    faults = faults or check_case(officer, form, answers)
    drafts.change(officer.console, draft, answers)
    return _form_page(officer, draft, answers, faults) if faults else fix(officer, form, number)


def _answered(given: Posted, form: Form, known: Answers) -> Answers:
    """The answers of a page on top of those known; what it does not ask for stays."""
    counted = known | {each.name: given.text(each.name) for each in form.rows if _sent(given, each)}
    names = (each.name for each, _rows, _number in form.asked(counted) if _sent(given, each))
    return counted | {name: given.text(name) for name in names}


def _sent(given: Posted, question: Field | Rows) -> bool:
    return question.name in given.form


def _keep(officer: Officer, draft: Draft, _form: Form, answers: Answers, _what: str) -> Response:
    drafts.change(officer.console, draft, answers)
    return officer.go("/console")


def _add(officer: Officer, draft: Draft, form: Form, answers: Answers, what: str) -> Response:
    """One more row of questions, and the page at its first one."""
    rows = _rows(form, what)
    number = min(rows.count(answers), rows.most - 1)
    drafts.change(officer.console, draft, {**answers, rows.name: str(number + 1)})
    return to_field(officer, draft, rows.row(number)[0].name)


def _drop(officer: Officer, draft: Draft, form: Form, answers: Answers, what: str) -> Response:
    name, _colon, number = what.partition(":")
    rows = _rows(form, name)
    blank = {f"{name}-{number}-{each.name}": "" for each in rows.fields}
    left = rows.write(rows.read(answers | blank))
    drafts.change(officer.console, draft, {**answers, **left})
    return to_field(officer, draft, f"{name}-rows")


def _look_up(officer: Officer, draft: Draft, _form: Form, answers: Answers, what: str) -> Response:
    drafts.change(officer.console, draft, answers)
    return officer.go(with_query(f"/console/drafts/{draft.id}/pick", {"field": what}))


def _rows(form: Form, name: str) -> Rows:
    found = next((each for each in form.rows if each.name == name), None)
    if found is None:
        raise NotFound("the form has no such rows", "go back to the form")
    return found


_STEPS = {"save": _keep, "add": _add, "drop": _drop, "pick": _look_up}


def fix(officer: Officer, form: Form, number: str) -> Response:
    """Fix the bytes of a checked draft and go on to its preview."""
    draft = drafts.find(officer.console, officer.org, number)
    faults = fix_draft(officer, form, draft)
    if faults:
        return _form_page(officer, draft, draft.answers, faults)
    return officer.go(f"/console/drafts/{number}/preview")


def fix_draft(officer: Officer, form: Form, draft: Draft) -> list[Fault]:
    """Fix what is to be signed of a draft; else why the ledger would refuse it. Raises Conflict."""
    made = fixed(officer, form, draft)
    if isinstance(made, list):
        return made
    body, statement = made.body or b"", made.statement or b""
    drafts.fix(officer.console, draft, body, statement, (made.amount, made.currency))
    return []


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
    draft, _form = open_draft(officer, number)
    drafts.discard(officer.console, draft)
    return officer.go("/console")


def _form_page(officer: Officer, draft: Draft, answers: Answers, faults: list[Fault]) -> Response:
    form = catalogue.form_of(draft.form)
    context = context_of(officer, draft.id, answers)
    return officer.show(
        "form.html",
        draft=draft,
        form=form,
        answers=answers,
        faults=faults,
        wrong={each.field: each for each in faults},
        options=form.options(context),
        currency=answers.get("currency") or context.currencies[0],
        currencies=context.currencies,
        known=known_lines(officer, form, answers),
        without=without_lines(officer, form),
        typed=lambda text: format_typed(text, answers.get("currency", ""), officer.language),
        status=422 if faults else 200,
    )
