"""Budget events: appropriations, revisions, transfers and payments, as docs/format.md has them.

Each `parse_…` takes a parsed body (ledger.body.parse_body) and raises Unacceptable or Malformed.
A line belongs to the organisation that its id begins with: `<org>/<fiscalYear>/<code>`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from ledger import members
from ledger.acts import check_org
from ledger.envelope import percent_encode
from ledger.errors import Malformed, Unacceptable
from ledger.kinds import Kind, Meaning
from procurement.money import LIMIT, Money, parse_money

CLASSIFICATIONS = (
    "administrative",
    "functional",
    "economic",
    "programme",
    "fund",
    "location",
)

MAX_CLAIM = 200

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Sixteen digits are the form of a person's national number (NIK), which has no place here.
_NIK = re.compile(r"[1-9][0-9]{15}")


class Appropriation(msgspec.Struct, frozen=True, gc=False):
    """A budget line is given money, once."""

    line: str
    org: str
    fiscal_year: str
    title: str
    classifications: Mapping[str, str]
    amount: Money
    legal_basis: str


class Revision(msgspec.Struct, frozen=True, gc=False):
    """The amount of a line changes."""

    id: str
    line: str
    change: Money
    reason: str
    legal_basis: str


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Money goes from one line to another (virement)."""

    id: str
    source: str
    target: str
    amount: Money
    reason: str
    legal_basis: str


class Item(msgspec.Struct, frozen=True, gc=False):
    """A gross amount of a payment and the line it is charged to; an advance charges none."""

    line: str | None
    amount: Money


class PaymentMade(msgspec.Struct, frozen=True, gc=False):
    """Money left the treasury. `contract` is (ocid, contract id), `reverses` a payment's id."""

    id: str
    date: str
    method: str
    payee_id: str
    payee_name: str
    items: tuple[Item, ...]
    net: Money
    contract: tuple[str, str] | None
    reverses: str | None

    @property
    def gross(self) -> Money:
        """The sum of the items; of an advance without any, the net amount."""
        if not self.items:
            return self.net
        return Money(sum(item.amount.amount for item in self.items), self.net.currency)

    def lines(self) -> list[str]:
        """The lines charged, each once, in order."""
        return list(dict.fromkeys(item.line for item in self.items if item.line is not None))


BudgetEvent = Appropriation | Revision | Transfer | PaymentMade


def line_org(line: str) -> str:
    """The organisation a budget line belongs to."""
    return line.partition("/")[0]


def split_line(line: str) -> tuple[str, str, str] | None:
    """(org, fiscal year, code) of an id in the form of a budget line, or None."""
    parts = line.split("/", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def parse_appropriation(value: Any) -> Appropriation:
    """The body of `budget/appropriation`."""
    body = _own(value)
    line = members.member(body, "line")
    identifier, org = members.text(line, "id"), check_org(members.text(line, "org"))
    fiscal_year = members.text(line, "fiscalYear")
    parts = split_line(identifier)
    if parts is None or parts[:2] != (org, fiscal_year):
        raise Unacceptable(
            f"line id {identifier[:100]!r} is not <org>/<fiscalYear>/<code> of its own line"
        )
    return Appropriation(
        identifier,
        org,
        fiscal_year,
        members.text(line, "title"),
        _classifications(line),
        _money(body, "amount"),
        members.text(body, "legalBasis"),
    )


def parse_revision(value: Any) -> Revision:
    """The body of `budget/revision`."""
    body = _own(value)
    return Revision(
        members.text(body, "id"),
        _line(body, "line"),
        _money(body, "change", negative=True),
        members.text(body, "reason"),
        members.text(body, "legalBasis"),
    )


def parse_transfer(value: Any) -> Transfer:
    """The body of `budget/transfer`."""
    body = _own(value)
    return Transfer(
        members.text(body, "id"),
        _line(body, "from"),
        _line(body, "to"),
        _money(body, "amount"),
        members.text(body, "reason"),
        members.text(body, "legalBasis"),
    )


def parse_payment(value: Any) -> PaymentMade:
    """The body of `budget/payment`."""
    body = _own(value)
    reverses = members.optional_text(body, "reverses")
    payee = members.member(body, "payee")
    negative = reverses is not None
    items = tuple(_item(each, negative) for each in members.items(body, "items"))
    net = _money(body, "net", negative=negative)
    if {item.amount.currency for item in items} - {net.currency}:
        raise Unacceptable("a payment is in one currency", "publish one payment a currency")
    if abs(sum(item.amount.amount for item in items)) >= LIMIT:
        raise Unacceptable("the items of a payment add up to 2^63 minor units or more")
    return PaymentMade(
        members.text(body, "id"),
        _date(body),
        members.text(body, "method"),
        _payee_id(payee),
        members.text(payee, "name"),
        items,
        net,
        _contract(body),
        reverses,
    )


PARSERS: dict[str, Callable[[Any], BudgetEvent]] = {
    "budget/appropriation": parse_appropriation,
    "budget/revision": parse_revision,
    "budget/transfer": parse_transfer,
    "budget/payment": parse_payment,
}


def _claim(kind: str, number: str) -> str:
    """An id used once, in a form that any index takes: a long one by its hash."""
    encoded = percent_encode(number)
    if len(encoded) > MAX_CLAIM:
        # "sha256 " has a blank, which no encoded id has.
        encoded = f"sha256 {hashlib.sha256(encoded.encode()).hexdigest()}"
    return f"{kind}:{encoded}"


def _appropriation_meaning(value: Any) -> Meaning:
    event = parse_appropriation(value)
    claim = _claim("appropriation", event.line)
    return Meaning(percent_encode(event.line), (event.org,), (claim,))


def _revision_meaning(value: Any) -> Meaning:
    event = parse_revision(value)
    claim = _claim("revision", event.id)
    return Meaning(percent_encode(event.line), (line_org(event.line),), (claim,))


def _transfer_meaning(value: Any) -> Meaning:
    event = parse_transfer(value)
    owner = line_org(event.source)
    return Meaning(percent_encode(event.source), (owner,), (_claim("transfer", event.id),))


def _payment_meaning(value: Any) -> Meaning:
    event = parse_payment(value)
    owners = dict.fromkeys(line_org(line) for line in event.lines())
    needs = () if event.reverses is None else (_claim("payment", event.reverses),)
    return Meaning(percent_encode(event.id), tuple(owners), (_claim("payment", event.id),), needs)


_BUDGET, _TREASURY = frozenset({"budget"}), frozenset({"treasury"})

KINDS: dict[str, Kind] = {
    "budget/appropriation": Kind(_BUDGET, _appropriation_meaning, owned=True),
    "budget/revision": Kind(_BUDGET, _revision_meaning, owned=True),
    "budget/transfer": Kind(_BUDGET, _transfer_meaning, owned=True),
    "budget/payment": Kind(_TREASURY, _payment_meaning, owned=True),
}


def _own(value: Any) -> Mapping[str, Any]:
    body = members.members(value)
    members.salt(body)
    return body


def _line(body: Mapping[str, Any], name: str) -> str:
    return members.text(members.member(body, name), "id")


def _money(body: Mapping[str, Any], name: str, *, negative: bool = False) -> Money:
    value = members.member(body, name)
    amount = members.text(value, "amount")
    try:
        money = parse_money(amount, members.text(value, "currency"))
    except Malformed as error:
        raise Unacceptable(f"member {name!r}: {error.message}") from error
    if amount.startswith("-") and not negative:
        raise Unacceptable(f"member {name!r} may not be negative: {amount}")
    return money


def _classifications(line: Mapping[str, Any]) -> Mapping[str, str]:
    found = members.member(line, "classifications")
    named = {name: members.optional_text(found, name) for name in CLASSIFICATIONS}
    return {name: value for name, value in named.items() if value is not None}


def _item(value: Any, negative: bool) -> Item:
    item = members.members(value, "an item")
    line = None if item.get("line") is None else _line(item, "line")
    return Item(line, _money(item, "amount", negative=negative))


def _date(body: Mapping[str, Any]) -> str:
    value = members.text(body, "date")
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise Unacceptable(f"member 'date' is not a real date YYYY-MM-DD: {value[:40]!r}")


def _payee_id(payee: Mapping[str, Any]) -> str:
    value = members.text(payee, "id")
    if _NIK.fullmatch(value):
        raise Unacceptable(
            "the payee id has the form of a person's national number",
            "use the number of an organisation, or one of your own for the person",
        )
    return value


def _contract(body: Mapping[str, Any]) -> tuple[str, str] | None:
    if body.get("contract") is None:
        return None
    contract = members.member(body, "contract")
    return members.text(contract, "ocid"), members.text(contract, "id")
