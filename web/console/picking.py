"""Pages on which an answer is looked for in the record instead of typed: lines, parties, contracts.

What is picked is put into the draft, with what follows from it: the name of a party, the currency
of a line, the payee and the lines of a contract.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Query, Response

from ledger.errors import NotFound
from procurement import picking, queries
from procurement.index import ContractRow, Organisation, Payment
from web.console import drafts
from web.console.composing import context_of
from web.console.drafts import Draft
from web.console.fields import Answers, Field
from web.console.forms import Form
from web.console.lines import Choice, line_choice
from web.console.payments import known_contract
from web.console.requests import Officer, OfficerOf, PostedOf
from web.console.scope import scope_of
from web.console.signing import open_draft
from web.views import amount

SHOWN = 25

router = APIRouter()


@dataclass(frozen=True)
class Page:
    """Choices, and the cursor of the page after."""

    choices: Sequence[Choice]
    after: str = ""


def lines(officer: Officer, words: str, after: str) -> Page:
    """The budget lines that the key may speak about."""
    scope = scope_of(officer.enrolment)
    found = picking.lines(officer.site.index, scope, words, after or None, SHOWN)
    return _page([line_choice(each) for each in found], found and found[-1].id)


def _parties(officer: Officer, words: str, after: str) -> Page:
    found = picking.parties(officer.site.index, words, _cursor(after), SHOWN)
    return _page([_party(each) for each in found], found and found[-1].first_index)


def _party(party: Organisation) -> Choice:
    return Choice(party.id, party.name or party.names.get("id", ""))


def _contracts(officer: Officer, words: str, after: str) -> Page:
    scope = scope_of(officer.enrolment)
    found = picking.contracts(officer.site.index, scope, words, _cursor(after), SHOWN)
    return _page([_contract(each) for each in found], found and found[-1].index)


def _contract(contract: ContractRow) -> Choice:
    sums = (("contracted", contract.value), ("paid", contract.paid))
    told = [(name, amount(minor, contract.currency)) for name, minor in sums]
    value = f"{contract.ocid} {contract.contract_id}"
    return Choice(value, contract.title, contract.supplier_name or "", told)


def _payments(officer: Officer, words: str, after: str) -> Page:
    found = picking.payments(officer.site.index, officer.org, words, _cursor(after), SHOWN)
    return _page([_payment(each) for each in found], found and found[-1].index)


def _payment(payment: Payment) -> Choice:
    told = [("net", amount(payment.net, payment.currency))]
    return Choice(payment.id, payment.payee_name or "", payment.date or "", told)


_LISTS: dict[str, Callable[[Officer, str, str], Page]] = {
    "line": lines,
    "party": _parties,
    "contract": _contracts,
    "payment": _payments,
}


@router.get("/drafts/{number}/pick")
def pick_page(
    officer: OfficerOf,
    number: str,
    field: str = Query("", max_length=100),
    q: str = Query("", max_length=100),
    after: str = Query("", max_length=300),
) -> Response:
    """A list to pick from, with a filter; a page at a time."""
    draft, form = open_draft(officer, number)
    asked = _asked(form, draft.answers, field)
    return officer.show(
        "pick.html",
        draft=draft,
        form=form,
        field=asked,
        words=q,
        after=after,
        page=_LISTS[asked.pick](officer, q, after),
    )


@router.post("/drafts/{number}/pick")
def pick(given: PostedOf, number: str) -> Response:
    """Put what was picked into the draft."""
    officer = given.officer
    draft, form = open_draft(officer, number)
    asked, value = _asked(form, draft.answers, given.text("field")), given.text("value")[:600]
    taken = _TAKING[asked.pick](officer, form, asked, value)
    drafts.change(officer.console, draft, draft.answers | taken)
    return to_field(officer, draft, asked.name)


def to_field(officer: Officer, draft: Draft, name: str) -> Response:
    """Back to the form of a draft, at one of its questions."""
    answer = officer.go(f"/console/drafts/{draft.id}")
    answer.headers["location"] += f"#{name}"
    return answer


def _line(officer: Officer, form: Form, field: Field, value: str) -> Answers:
    line = queries.line(officer.site.index, value)
    found = {field.name: line.id}
    if line.currency and form.find({}, "currency"):
        found["currency"] = line.currency
    if not form.find({}, "title"):
        found["title"] = line.title
    return found


def _taken_party(officer: Officer, _form: Form, field: Field, value: str) -> Answers:
    party = queries.organisation(officer.site.index, value)
    named = party.name or party.names.get("id", "")
    return {field.name: party.id, **({field.names: named} if field.names else {})}


def _taken_contract(officer: Officer, _form: Form, field: Field, value: str) -> Answers:
    ocid, _blank, number = value.partition(" ")
    context = replace(context_of(officer, "", {"ocid": ocid}), correcting=False)
    return {**known_contract(context, number), field.name: number}


def _taken_payment(officer: Officer, _form: Form, field: Field, value: str) -> Answers:
    payment = queries.payment(officer.site.index, value)
    return {
        field.name: payment.id,
        "payee": payment.payee_id or "",
        "title": payment.payee_name or "",
        "ocid": payment.ocid or "",
        "contract": payment.contract_id or "",
    }


_TAKING: dict[str, Callable[[Officer, Form, Field, str], Answers]] = {
    "line": _line,
    "party": _taken_party,
    "contract": _taken_contract,
    "payment": _taken_payment,
}


def _asked(form: Form, answers: Answers, name: str) -> Field:
    found = form.find(answers, name)
    if found is None or not found[0].pick:
        raise NotFound("this question has no list", "go back to the form")
    return found[0]


def _page(choices: Sequence[Choice], last: object) -> Page:
    return Page(choices, str(last) if len(choices) == SHOWN else "")


def _cursor(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
