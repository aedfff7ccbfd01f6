"""Answers to bytes: what a draft says, as a body and a statement about it."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from ledger.body import digest, parse_body
from ledger.checking import check_submission
from ledger.envelope import VERSION, Statement, format_statement
from ledger.errors import InvalidInput, JejakError, NotAuthorised, NotFound
from ledger.log import Submission
from procurement import queries
from procurement.budget import PARSERS, BudgetEvent, PaymentMade, Revision
from procurement.kinds import KINDS
from procurement.money import Money
from procurement.ocds import RELEASE
from procurement.taking import release_money
from web.console.drafts import Draft
from web.console.fields import Answers, Fault
from web.console.forms import Body, Context, Form, check_answers
from web.console.opening import now
from web.console.requests import Officer
from web.console.scope import currencies_of, scope_options
from web.formats import ZONES
from web.language import mark as _
from web.privacy import is_personal
from web.refusals import refusal
from web.site import Site

_ABOUT = (
    ("is published already", ("number", "code")),
    ("a correction has the org, kind and subject", ("number", "code", "line")),
    ("no earlier entry is", ("reverses",)),
    ("may not speak for", ("owner", "line")),
    ("the payee id", ("payee",)),
    ("line id", ("code",)),
)
"""Words of an error, and the question that it is about, the likeliest first."""

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Fixed:
    """The bytes of a body and the statement about it."""

    body: bytes
    statement: Statement


def context_of(officer: Officer, draft: str, answers: Answers) -> Context:
    """What is known for a draft before its answers. Raises NotFound, NotAuthorised."""
    site = officer.site
    institution = site.log.registry().institutions.get(officer.org)
    prefix = institution.ocids[0] if institution and institution.ocids else f"{officer.org}-"
    replaced, ocid = answers.get("replaces"), answers.get("ocid")
    return Context(
        org=officer.org,
        name=institution.names["id"] if institution else officer.org,
        draft=draft,
        moment=_moment(site.zone),
        prefix=prefix,
        record=corrected(officer, replaced)[1] if replaced else _compiled(site, ocid),
        correcting=bool(replaced),
        line=answers.get("line", ""),
        scope=scope_options(officer),
        currencies=currencies_of(officer),
    )


def corrected(officer: Officer, leaf: str) -> tuple[str, Body]:
    """Kind and body of an entry of the officer's institution, by its leaf hash (hex).

    Raises NotFound, NotAuthorised.
    """
    log = officer.site.log
    index = log.find_leaf(bytes.fromhex(leaf))
    record = log.record(index if index is not None else -1)
    statement = record.entry.statement
    if statement.org != officer.org:
        raise NotAuthorised(
            "the entry is of another institution", "only the institution itself can correct it"
        )
    body = parse_body(record.body) if record.body is not None else {}
    return statement.kind, body if isinstance(body, dict) else {}


def _compiled(site: Site, ocid: str | None) -> Body:
    """The compiled release of a process; empty for one that is not there yet."""
    if not ocid:
        return {}
    try:
        return queries.process(site.index, ocid).compiled()
    except NotFound:
        return {}


def check(form: Form, answers: Answers, context: Context | None = None) -> list[Fault]:
    """What stops a draft: faults of single fields, else of the rules between them.

    With a context, answers are also looked for among what it offers.
    """
    if context is not None and not answers.get("currency"):
        answers["currency"] = context.currencies[0]
    return check_answers(form, answers, form.options(context) if context is not None else None)


def compose(officer: Officer, form: Form, draft: Draft) -> Fixed | list[Fault]:
    """The bytes that are to be signed; else why the ledger would refuse them."""
    context = context_of(officer, draft.id, draft.answers)
    currency = draft.answers.get("currency") or context.currencies[0]
    body = form.compose(context, {**draft.answers, "currency": currency})
    if explanation := draft.answers.get("explanation"):
        body["explanation"] = explanation
    # Prefilled and hidden answers pass no field: what counts is what is about to be signed.
    if holds_personal(body):
        said = _("Ada nomor kependudukan (NIK) dalam isian yang terbawa, misalnya nomor pengadaan.")
        return [Fault("", said)]
    raw = format_form_body(form.kind, body)
    try:
        subject = KINDS[form.kind].read(parse_body(raw)).subject
    except InvalidInput as error:
        return [_refused(form, error)]
    statement = _statement(officer, form.kind, subject, raw, draft.answers)
    checked = check_submission(officer.site.log, Submission(format_statement(statement), (), raw))
    if checked.refusals:
        return [_refused(form, each) for each in checked.refusals]
    return Fixed(raw, statement)


def fixed(officer: Officer, form: Form, draft: Draft) -> Draft | list[Fault]:
    """The draft with the bytes that are to be signed; else why the ledger would refuse them."""
    made = compose(officer, form, draft)
    if isinstance(made, list):
        return made
    amount, currency = money_of(form.kind, made.body)
    said = format_statement(made.statement)
    return replace(draft, body=made.body, statement=said, amount=amount, currency=currency)


def holds_personal(value: Any) -> bool:
    """Whether a text anywhere in a body looks like a personal identity number."""
    if isinstance(value, dict):
        return any(map(holds_personal, value.values()))
    if isinstance(value, list):
        return any(map(holds_personal, value))
    return isinstance(value, str) and is_personal(value)


def _refused(form: Form, error: JejakError) -> Fault:
    """Why the ledger would refuse it, at the question that it is about."""
    said = refusal(error.code, error.message)
    about = (names for words, names in _ABOUT if re.search(words, error.message))
    asked = (name for names in about for name in names if form.find({}, name))
    if said.whole:
        return Fault(next(asked, ""), said.message, said.said)
    reason = {"reason": error.message}
    return Fault(next(asked, ""), _("Buku catatan akan menolaknya: %(reason)s"), reason)


def format_form_body(kind: str, body: Body) -> bytes:
    """The bytes of a body; our own kinds get fresh salt."""
    return _ENCODE(body if kind == RELEASE else {**body, "salt": secrets.token_hex(16)})


def money_of(kind: str, body: bytes) -> tuple[int | None, str | None]:
    """The sum a body is about, in minor units, and its currency; None where it names none."""
    if kind != RELEASE and kind not in PARSERS:
        return None, None
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
