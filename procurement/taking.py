"""An entry taken from the log: its body read, and what one line says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ledger.body import parse_body
from ledger.envelope import Entry, parse_time
from ledger.errors import InvalidInput
from ledger.log import Record
from ledger.registry import Registry
from procurement.budget import (
    PARSERS,
    Appropriation,
    BudgetEvent,
    PaymentMade,
    Revision,
    Transfer,
)
from procurement.contracting import identifier, members, objects, storable_id, text
from procurement.money import Money, read_value
from procurement.ocds import RELEASE
from procurement.schema import is_conforming

LATE = "late"
SCHEMA = "schema"
_AUDITOR = "auditor"
_LATE_AFTER = timedelta(days=1)

_IDS = frozenset({"id", "ocid", "scheme", "awardID", "roles", "reverses"})

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry with its parsed body (None when erased) and, for a budget kind, its event.

    `covers` are the organisations each signer may speak for, `prefix_owner` the institution whose
    ocid prefix the process of a release or payment has at this place of the log. `case` is the
    whole body of a note that says it is about a case, `auditor` whether a key of that role signed.
    """

    index: int
    leaf_hash: str
    entry: Entry
    body: Any
    event: BudgetEvent | None = None
    role: str = ""
    covers: tuple[frozenset[str], ...] = ()
    prefix_owner: str | None = None
    title: str = ""
    money: Money | None = None
    marks: tuple[str, ...] = ()
    contract: tuple[str, str] | None = field(default=None)
    case: Any = None
    auditor: bool = False

    @property
    def kind(self) -> str:
        """The kind of entry."""
        return self.entry.statement.kind

    @property
    def ocid(self) -> str | None:
        """The process that a release or a payment is about."""
        if self.kind == RELEASE and isinstance(self.body, dict):
            return text(self.body.get("ocid")) or None
        return self.contract[0] if self.contract else None


def take(record: Record, registry: Registry) -> Taken:
    """Read an entry; `registry` is what held before it."""
    entry = record.entry
    statement = entry.statement
    body = None if record.body is None else read_body(record.body, statement.kind)
    event = _event(statement.kind, body)
    title, money = _said(statement.kind, body, event)
    release = body if statement.kind == RELEASE and isinstance(body, dict) else None
    contract = event.contract if isinstance(event, PaymentMade) else None
    ocid = contract[0] if contract else text((release or {}).get("ocid"))
    return Taken(
        index=record.index,
        leaf_hash=record.leaf_hash.hex(),
        entry=entry,
        body=body,
        event=event,
        role=_role(entry, registry),
        covers=tuple(
            registry.enrolments[each.key].covers
            for each in entry.signatures
            if each.key in registry.enrolments
        ),
        prefix_owner=registry.owner_of_ocid(ocid),
        title=title[:300],
        money=money,
        marks=tuple(_marks(entry, release)),
        contract=contract,
        case=_case(statement.kind, record, body),
        auditor=_AUDITOR in _roles(entry, registry),
    )


def read_body(raw: bytes, kind: str = RELEASE) -> Any:
    """A body that admission has checked, as tables can hold it.

    Fractions are Decimal, whole numbers int. What no database takes is changed: U+0000 and, in our
    own kinds, ids too long for an index (procurement.contracting does so for releases).
    """
    value = _decoded(raw)
    odd = kind != RELEASE or b"\\u0000" in raw
    return _storable(value, False) if odd else value


def _decoded(raw: bytes) -> Any:
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        # An exponent that Decimal cannot hold is one: parse_body knows what it is worth.
        return parse_body(raw)


def _storable(value: Any, is_id: bool) -> Any:
    if isinstance(value, dict):
        return {name: _storable(inner, name in _IDS) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner, is_id) for inner in value]
    if not isinstance(value, str):
        return value
    return storable_id(value) if is_id else value.replace("\0", "\ufffd")


def is_foreign(covers: tuple[frozenset[str], ...], owner: str) -> bool:
    """Whether no signer may speak for the owner of a process."""
    return not any(owner in each or "*" in each for each in covers)


def _event(kind: str, body: Any) -> BudgetEvent | None:
    parse = PARSERS.get(kind)
    if parse is None or body is None:
        return None
    try:
        return parse(body)
    except InvalidInput:
        return None


def _case(kind: str, record: Record, body: Any) -> Any:
    """A note about a case as it is: its texts are no ids, though one language is called `id`."""
    if kind != "note" or not isinstance(body, dict):
        return None
    return parse_body(record.body or b"") if body.get("case") is not None else None


def _roles(entry: Entry, registry: Registry) -> set[str]:
    """All that its signers may be."""
    enrolments = [registry.enrolments.get(each.key) for each in entry.signatures]
    return {role for each in enrolments if each is not None for role in each.roles}


def _role(entry: Entry, registry: Registry) -> str:
    """What of a release counts: the widest role among its signers."""
    held = _roles(entry, registry)
    if entry.statement.kind == RELEASE:
        held &= {"procurement", "importer", "treasury"}
    for role in ("procurement", "importer", "treasury", "budget", "auditor", "oversight"):
        if role in held:
            return role
    return "registrar"


def _marks(entry: Entry, release: dict[str, Any] | None) -> list[str]:
    marks = []
    if parse_time(entry.at) - parse_time(entry.statement.time) > _LATE_AFTER:
        marks.append(LATE)
    if release is not None and not is_conforming(release):
        marks.append(SCHEMA)
    return marks


def _said(kind: str, body: Any, event: BudgetEvent | None) -> tuple[str, Money | None]:
    if event is not None:
        return _event_said(event)
    if not isinstance(body, dict):
        return "", None
    if kind == RELEASE:
        return release_title(body), release_money(body)
    names = members(body.get("names"))
    said = (body.get("text"), names.get("id"), body.get("office"), body.get("reason"))
    return next((each for each in map(text, said) if each), ""), None


def _event_said(event: BudgetEvent) -> tuple[str, Money]:
    match event:
        case Appropriation():
            return event.title, event.amount
        case Revision():
            return event.reason, event.change
        case Transfer():
            return event.reason, event.amount
        case PaymentMade():
            return event.payee_name, event.gross


def release_title(release: Mapping[str, Any]) -> str:
    """The first title that a release gives: of the tender, a contract, an award, the plan."""
    planning = members(release.get("planning"))
    candidates = [
        members(release.get("tender")).get("title"),
        *(each.get("title") for each in objects(release.get("contracts"))),
        *(each.get("title") for each in objects(release.get("awards"))),
        members(planning.get("budget")).get("description"),
        planning.get("rationale"),
        members(release.get("tender")).get("description"),
    ]
    return next((found for each in candidates if (found := text(each).strip())), "")


def release_money(release: Mapping[str, Any]) -> Money | None:
    """The sum a release is about: of its contracts, else awards, else the tender, else the plan."""
    for name in ("contracts", "awards"):
        values = [read_value(each.get("value")) for each in objects(release.get(name))]
        known = [each for each in values if each is not None]
        if known and len({each.currency for each in known}) == 1:
            return Money(sum(each.amount for each in known), known[0].currency)
    tendered = read_value(members(release.get("tender")).get("value"))
    budget = members(members(release.get("planning")).get("budget"))
    return tendered or read_value(budget.get("amount"))


def release_identity(release: Mapping[str, Any]) -> tuple[str, str]:
    """The id and date of a release, as texts."""
    number = release.get("id")
    return identifier(number) or str(number), text(release.get("date"))
