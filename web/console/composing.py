"""Answers to bytes: what a draft says, as a body and a statement about it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from ledger.body import digest, parse_body
from ledger.envelope import VERSION, Statement
from ledger.errors import JejakError
from procurement import queries
from procurement.budget import PARSERS, BudgetEvent, PaymentMade, Revision
from procurement.kinds import KINDS
from procurement.money import Money
from procurement.ocds import RELEASE
from procurement.taking import release_money
from web.console.drafts import Draft
from web.console.fields import Answers, Fault, check_fields
from web.console.forms import Body, Context, Form
from web.console.opening import now
from web.console.requests import Officer
from web.formats import ZONES
from web.language import mark as _

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Fixed:
    """The bytes of a body and the statement about it."""

    body: bytes
    statement: Statement


def context_of(officer: Officer, draft: str, answers: Answers) -> Context:
    """What is known for a draft before its answers. Raises NotFound for an unknown process."""
    site = officer.site
    institution = site.log.registry().institutions.get(officer.org)
    ocid = answers.get("ocid")
    prefix = institution.ocids[0] if institution and institution.ocids else f"{officer.org}-"
    return Context(
        org=officer.org,
        name=institution.names["id"] if institution else officer.org,
        draft=draft,
        moment=_moment(site.zone),
        prefix=prefix,
        record=queries.process(site.index, ocid).compiled() if ocid else {},
    )


def check(form: Form, answers: Answers) -> list[Fault]:
    """What stops a draft: faults of single fields, else of the rules between them."""
    return check_fields(form.fields, answers) or form.check(answers)


def compose(officer: Officer, form: Form, draft: Draft) -> Fixed | Fault:
    """The bytes that are to be signed; a fault of the whole where the ledger would refuse them."""
    context = context_of(officer, draft.id, draft.answers)
    body = form.compose(context, draft.answers)
    if explanation := draft.answers.get("explanation"):
        body["explanation"] = explanation
    raw = format_form_body(form.kind, body)
    try:
        meaning = KINDS[form.kind].read(parse_body(raw))
    except JejakError as error:
        return Fault("", _("Buku catatan akan menolaknya: %(reason)s"), {"reason": error.message})
    strange = [each for each in meaning.owners if not officer.enrolment.covers_org(each)]
    if strange:
        return Fault(
            "", _("Kunci Anda tidak boleh berbicara atas uang %(org)s."), {"org": strange[0]}
        )
    return Fixed(raw, _statement(officer, form.kind, meaning.subject, raw, draft.answers))


def format_form_body(kind: str, body: Body) -> bytes:
    """The bytes of a body; our own kinds get fresh salt."""
    return _ENCODE(body if kind == RELEASE else {**body, "salt": secrets.token_hex(16)})


def money_of(kind: str, body: bytes) -> tuple[int | None, str | None]:
    """The sum a body is about, in minor units, and its currency; None where it names none."""
    value = parse_body(body)
    money = release_money(value) if kind == RELEASE else event_money(PARSERS[kind](value))
    return (money.amount, money.currency) if money else (None, None)


def event_money(event: BudgetEvent) -> Money:
    """The sum that a budget event moves."""
    match event:
        case Revision():
            return event.change
        case PaymentMade():
            return event.gross
    return event.amount


def digest_of(signed: bytes) -> str:
    """The SHA-256 of what is signed, hex: what both officers compare."""
    return hashlib.sha256(signed).hexdigest()


def _statement(
    officer: Officer, kind: str, subject: str, raw: bytes, answers: Answers
) -> Statement:
    replaced = {"replaces": answers["replaces"]} if answers.get("replaces") else {}
    return Statement(
        body=digest(raw),
        kind=kind,
        log=officer.site.origin,
        org=officer.org,
        subject=subject,
        time=now(),
        v=VERSION,
        **replaced,
    )


def _moment(zone: str) -> str:
    local = datetime.now(UTC).astimezone(timezone(timedelta(hours=ZONES[zone])))
    return local.isoformat(timespec="seconds")
