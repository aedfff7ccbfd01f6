"""Awards, contracts and payments of a process as the flags compare them.

Source: OCDS 1.1; the money of transactions in OCDS 1.0 is `amount`, later `value`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.flags.flag import NotComputable, Process
from audit.flags.reading import organisation
from procurement.contracting import identifier, members, objects, text
from procurement.money import Money, read_value
from procurement.ocds import parse_date


@dataclass(frozen=True, slots=True)
class Deal:
    """An award with its id, date, value and suppliers; `status` as a codelist word."""

    id: str
    status: str
    date: datetime | None
    value: Money | None
    suppliers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: the award it names, value, day of signature, amendments, payments.

    A payment whose amount is not known is None.
    """

    id: str
    award: str
    status: str
    value: Money | None
    signed: datetime | None
    amendments: int
    paid: tuple[Money | None, ...]
    milestones: tuple[str, ...]


def deals_of(process: Process) -> list[Deal]:
    """The active awards. Raises NotComputable where there are none."""
    found = [_deal(each, process) for each in objects(process.record.get("awards"))]
    active = [deal for deal in found if deal.status == "active"]
    if not active:
        raise NotComputable("no award is active" if found else "there is no award")
    return active


def contracts_of(process: Process) -> list[Contract]:
    """The contracts that are not cancelled. Raises NotComputable where there are none."""
    found = [
        _contract(at, each) for at, each in enumerate(objects(process.record.get("contracts")))
    ]
    standing = [contract for contract in found if contract.status != "cancelled"]
    if not standing:
        raise NotComputable("there is no contract")
    return standing


def signed_deals(process: Process) -> list[tuple[Deal, Contract]]:
    """Every contract with the active award that it names. Raises NotComputable."""
    deals = {deal.id: deal for deal in reversed(deals_of(process)) if deal.id}
    pairs = [(deals[c.award], c) for c in contracts_of(process) if c.award in deals]
    if not pairs:
        raise NotComputable("no contract names an active award")
    return pairs


def buyer_of(process: Process) -> str:
    """The id of the buyer, else of the procuring entity. Raises NotComputable."""
    tender = members(process.record.get("tender"))
    found = organisation(process.record.get("buyer")) or organisation(tender.get("procuringEntity"))
    if not found:
        raise NotComputable("neither buyer nor procuring entity has an id")
    return found


def category_of(process: Process, digits: int) -> str:
    """The first `digits` characters of the tender's first item classification, with its scheme.

    Raises NotComputable.
    """
    tender = members(process.record.get("tender"))
    own = [members(tender.get("classification"))]
    found = own + [members(each.get("classification")) for each in objects(tender.get("items"))]
    for classification in found:
        number = identifier(classification.get("id"))
        if number:
            return f"{text(classification.get('scheme'))}:{number[:digits]}"
    raise NotComputable("no item of the tender is classified")


def method_of(process: Process) -> str:
    """The procurement method. Raises NotComputable."""
    found = text(members(process.record.get("tender")).get("procurementMethod"))
    if not found:
        raise NotComputable("no procurement method")
    return found


def _deal(value: Mapping[str, Any], process: Process) -> Deal:
    suppliers = (organisation(each) for each in objects(value.get("suppliers")))
    return Deal(
        id=identifier(value.get("id")),
        status=process.words.award(text(value.get("status"))),
        date=parse_date(value.get("date")),
        value=read_value(value.get("value")),
        suppliers=tuple(dict.fromkeys(filter(None, suppliers))),
    )


def _contract(place: int, value: Mapping[str, Any]) -> Contract:
    made = members(value.get("implementation"))
    default = text(members(value.get("value")).get("currency")) or None
    listed = objects(value.get("amendments")) or objects([value.get("amendment")])
    # An object of nothing but nulls says that there was none.
    amendments = [each for each in listed if any(each.values())]
    return Contract(
        id=identifier(value.get("id")) or f"#{place}",
        award=identifier(value.get("awardID")),
        status=text(value.get("status")),
        value=read_value(value.get("value")),
        signed=parse_date(value.get("dateSigned")),
        amendments=len(amendments),
        paid=tuple(_paid(each, default) for each in objects(made.get("transactions"))),
        milestones=tuple(text(each.get("status")) for each in objects(made.get("milestones"))),
    )


def _paid(transaction: Mapping[str, Any], default: str | None) -> Money | None:
    value = transaction.get("value")
    return read_value(transaction.get("amount") if value is None else value, default)
