"""What the flags read of a compiled release, each with what is missing said by name.

Nothing here raises anything but NotComputable: real releases lack members and have values of other
types. Amounts are whole minor units; only those of one currency are ever compared.
Source: OCDS 1.1 and its bids extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audit.flags.flag import NotComputable, Process
from audit.flags.statuses import AWARD_STATUSES, BID_STATUSES, StatusWords
from procurement.contracting import identifier, members, objects, text
from procurement.money import Money, read_value
from procurement.ocds import parse_date, parse_deadline

SUBMITTED = frozenset(("pending", "valid", "disqualified"))
COMPETITIVE = ("open", "selective")


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid: its status as a codelist word, its price, when it came in, whose it is."""

    status: str
    value: Money | None
    received: datetime | None
    tenderers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Award:
    """An award: its status as a codelist word, its suppliers, its items."""

    status: str
    suppliers: tuple[str, ...]
    items: tuple[Mapping[str, Any], ...]


def tender_of(process: Process) -> Mapping[str, Any]:
    """The tender. Raises NotComputable."""
    tender = process.record.get("tender")
    if not isinstance(tender, dict) or not tender:
        raise NotComputable("there is no tender")
    return tender


def bids_of(process: Process) -> list[Bid]:
    """All bids. Raises NotComputable where there are none, or a status has an unknown word."""
    found = [
        _bid(each, process.words)
        for each in objects(members(process.record.get("bids")).get("details"))
    ]
    if not found:
        raise NotComputable("no bids are published")
    strange = sorted({bid.status for bid in found} - BID_STATUSES)
    if strange:
        raise NotComputable(f"a bid's status is {strange[0][:40]!r}, which no mapping explains")
    return found


def submitted_of(process: Process) -> list[Bid]:
    """The bids handed in: pending, valid or disqualified. Raises NotComputable."""
    found = [bid for bid in bids_of(process) if bid.status in SUBMITTED]
    if not found:
        raise NotComputable("no submitted bid is published")
    return found


def awards_of(process: Process) -> list[Award]:
    """All awards. Raises NotComputable where there are none."""
    found = [_award(each, process.words) for each in objects(process.record.get("awards"))]
    if not found:
        raise NotComputable("there is no award")
    return found


def active_awards(process: Process) -> list[Award]:
    """The active awards. Raises NotComputable where there are none."""
    found = [award for award in awards_of(process) if award.status == "active"]
    if not found:
        raise NotComputable("no award is active")
    return found


def final_awards(process: Process) -> list[Award]:
    """The active awards of a process in which all is decided. Raises NotComputable."""
    for award in awards_of(process):
        if award.status == "pending" or award.status not in AWARD_STATUSES:
            raise NotComputable(f"an award's status is {award.status[:40] or 'missing'!r}")
    return active_awards(process)


def single_winner(process: Process) -> str:
    """The one supplier of the one active award. Raises NotComputable."""
    awards = final_awards(process)
    if len(awards) > 1:
        raise NotComputable("several awards are active, and bids name no lots")
    if len(awards[0].suppliers) != 1:
        raise NotComputable("the award is not to one named supplier")
    return awards[0].suppliers[0]


def one_currency(amounts: list[Money]) -> str:
    """The one currency of some amounts. Raises NotComputable."""
    found = sorted({amount.currency for amount in amounts})
    if not found:
        raise NotComputable("no amount is known")
    if len(found) > 1:
        raise NotComputable(f"amounts are in {' and '.join(found)}")
    return found[0]


def amount_of(value: Any, what: str) -> Money:
    """An OCDS Value. Raises NotComputable where it is not known, or negative."""
    found = read_value(value)
    if found is None:
        raise NotComputable(f"the amount of {what} is not known")
    if found.amount < 0:
        raise NotComputable(f"the amount of {what} is negative")
    return found


def moment(value: Any, what: str) -> datetime:
    """A date. Raises NotComputable."""
    return _known(parse_date(value), what)


def deadline(value: Any, what: str) -> datetime:
    """A date up to which something may be done. Raises NotComputable."""
    return _known(parse_deadline(value), what)


def _known(found: datetime | None, what: str) -> datetime:
    if found is None:
        raise NotComputable(f"{what} is not known")
    return found


def whole_days(start: datetime, end: datetime) -> int:
    """Whole days between two moments, towards zero."""
    return int((end - start) / timedelta(days=1))


def method_named(method: str) -> str:
    """The reason why a flag is not about this procurement method."""
    return f"the procurement method is {method[:40]!r}" if method else "no procurement method"


def organisation(value: Any) -> str:
    """The id of an organisation: its own, else `<scheme>-<id>` of its identifier, else nothing.

    OCDS 1.0 names organisations by identifiers alone.
    """
    named = members(members(value).get("identifier"))
    scheme, inner = text(named.get("scheme")), identifier(named.get("id"))
    whole = f"{scheme}-{inner}" if scheme and inner else ""
    return identifier(members(value).get("id")) or whole


def _bid(value: dict[str, Any], words: StatusWords) -> Bid:
    return Bid(
        status=words.bid(text(value.get("status"))),
        value=read_value(value.get("value")),
        received=parse_date(value.get("date")),
        tenderers=_organisations(value.get("tenderers")),
    )


def _award(value: dict[str, Any], words: StatusWords) -> Award:
    return Award(
        status=words.award(text(value.get("status"))),
        suppliers=_organisations(value.get("suppliers")),
        items=tuple(objects(value.get("items"))),
    )


def _organisations(value: Any) -> tuple[str, ...]:
    found = (organisation(each) for each in objects(value))
    return tuple(dict.fromkeys(filter(None, found)))
