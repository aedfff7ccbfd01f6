"""What our own bodies say beyond title and amount, in order, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ledger import acts
from procurement import budget
from procurement.money import Money
from web import addresses
from web.views import Amount, View, amount

LONGEST = 2000


class Detail(View, frozen=True):
    """One thing that a body says: its member, a text or an amount, the page it leads to.

    `line` is the budget line it names, and `title` that line's title.
    """

    name: str
    text: str = ""
    amount: Amount | None = None
    page: str | None = None
    line: str | None = None
    title: str = ""


def details(kind: str, body: Any) -> list[Detail]:
    """What a body of this kind says; nothing for kinds with pages of their own.

    Raises Unacceptable or Malformed when it is not a body of that kind.
    """
    read = _READERS.get(kind)
    found = [*(read(body) if read else ()), *_explanation(kind, body)]
    return [each for each in found if each.text or each.amount]


def _explanation(kind: str, body: Any) -> Iterator[Detail]:
    """Why its publisher signed what breaks a money rule, in the publisher's own words."""
    said = body.get("explanation") if isinstance(body, dict) else None
    if isinstance(said, str) and not kind.startswith("registry/"):
        yield Detail(name="explanation", text=said[:LONGEST])


def _line(line: str, name: str = "line") -> Detail:
    return Detail(name=name, text=line, page=addresses.line(line), line=line)


def _org(org: str, name: str = "org", label: str = "") -> Detail:
    return Detail(name=name, text=label or org, page=addresses.organisation(org))


def _money(name: str, money: Money) -> Detail:
    return Detail(name=name, amount=amount(money.amount, money.currency))


def _texts(**texts: str | None) -> Iterator[Detail]:
    yield from (Detail(name=name, text=text) for name, text in texts.items() if text)


def _appropriation(body: Any) -> Iterator[Detail]:
    event = budget.parse_appropriation(body)
    yield _line(event.line)
    yield from _texts(**event.classifications, legalBasis=event.legal_basis)


def _revision(body: Any) -> Iterator[Detail]:
    event = budget.parse_revision(body)
    yield _line(event.line)
    yield _money("change", event.change)
    yield from _texts(reason=event.reason, legalBasis=event.legal_basis)


def _transfer(body: Any) -> Iterator[Detail]:
    event = budget.parse_transfer(body)
    yield _line(event.source, "from")
    yield _line(event.target, "to")
    yield from _texts(reason=event.reason, legalBasis=event.legal_basis)


def _payment(body: Any) -> Iterator[Detail]:
    event = budget.parse_payment(body)
    yield _org(event.payee_id, "payee", event.payee_name)
    yield from _texts(paymentId=event.id, paymentDate=event.date, method=event.method)
    for item in event.items:
        charged = amount(item.amount.amount, item.amount.currency)
        yield Detail(
            name="charged",
            text=item.line or "",
            amount=charged,
            page=addresses.line(item.line) if item.line else None,
            line=item.line,
        )
    yield _money("net", event.net)
    yield from _texts(reverses=event.reverses)


def _note(body: Any) -> Iterator[Detail]:
    remark = acts.parse_remark(body)
    yield Detail(name="text", text=remark.text)
    source = remark.source or {}
    yield from _texts(**{name: source.get(name) for name in ("url", "retrieved", "sha256")})


def _institution(body: Any) -> Iterator[Detail]:
    institution = acts.parse_institution(body)
    yield _org(institution.id)
    names = institution.names
    yield from _texts(nameIndonesian=names.get("id"), nameEnglish=names.get("en"))
    yield from (Detail(name="ocids", text=prefix) for prefix in institution.ocids)


def _key(body: Any) -> Iterator[Detail]:
    enrolment = acts.parse_enrolment(body)
    yield from _texts(office=enrolment.office)
    yield _org(enrolment.org)
    yield from _texts(
        key=enrolment.public.id,
        validFrom=enrolment.valid_from,
        validUntil=enrolment.valid_until,
        legalBasis=enrolment.legal_basis,
    )


def _revocation(body: Any) -> Iterator[Detail]:
    revocation = acts.parse_revocation(body)
    yield from _texts(key=revocation.key, reason=revocation.reason, effective=revocation.effective)


def _erasure(body: Any) -> Iterator[Detail]:
    erasure = acts.parse_erasure(body)
    yield from _texts(
        body=erasure.body, replacement=erasure.replacement, legalBasis=erasure.legal_basis
    )


def _place(body: Any) -> Iterator[Detail]:
    place = acts.parse_anchor_place(body)
    yield from _texts(contract=place.contract, genesis=place.genesis, log=place.log)


_READERS: dict[str, Callable[[Any], Iterator[Detail]]] = {
    "budget/appropriation": _appropriation,
    "budget/revision": _revision,
    "budget/transfer": _transfer,
    "budget/payment": _payment,
    "note": _note,
    "registry/institution": _institution,
    "registry/key": _key,
    "registry/revocation": _revocation,
    "registry/erasure": _erasure,
    "registry/anchor": _place,
}
