"""Reading a compiled OCDS release for the page of a process.

Records come from many publishers and may break the schema: what has another form than OCDS gives
it is passed over, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from procurement.money import Money, read_value

Object = Mapping[str, Any]

LONGEST = 600


@dataclass(frozen=True)
class Party:
    """An organisation as a record refers to it."""

    id: str | None
    name: str


@dataclass(frozen=True)
class Event:
    """Something that the record says has happened, or is to happen."""

    stage: str
    title: str = ""
    text: str = ""
    date: str | None = None
    until: str | None = None
    amount: Money | None = None
    status: str | None = None
    parties: tuple[Party, ...] = ()
    ref: str = ""


@dataclass(frozen=True)
class Bid:
    """A tenderer, what it bid where that is public, and whether it won."""

    party: Party
    amount: Money | None = None
    status: str | None = None
    winner: bool = False


@dataclass(frozen=True)
class Timeline:
    """What a compiled release tells: events from plan to contract changes, and the bids."""

    events: tuple[Event, ...] = ()
    bids: tuple[Bid, ...] = ()
    method: str = ""
    tenderers: int | None = None
    documents: tuple[Document, ...] = field(default=())


@dataclass(frozen=True)
class Document:
    """A document that the record names."""

    title: str
    url: str | None
    stage: str


def read_timeline(record: Object) -> Timeline:
    """The timeline of a compiled release."""
    tender = member(record, "tender")
    events = [
        *_planning(member(record, "planning")),
        *_tender(tender),
        *(_award(each) for each in objects(record, "awards")),
        *(event for each in objects(record, "contracts") for event in _contract(each)),
    ]
    count = tender.get("numberOfTenderers")
    return Timeline(
        events=tuple(events),
        bids=tuple(_bids(record, tender)),
        method=text(tender, "procurementMethodDetails"),
        tenderers=count if type(count) is int and count >= 0 else None,
        documents=tuple(_documents(record, tender)),
    )


def member(value: Object, name: str) -> Object:
    """A member that is an object, else an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def objects(value: Object, name: str) -> Iterator[Object]:
    """The objects of a member that is an array."""
    found = value.get(name)
    yield from (
        each for each in (found if isinstance(found, list) else []) if isinstance(each, dict)
    )


def text(value: Object, name: str) -> str:
    """A member that is a string or a number, as text of bounded length."""
    found = value.get(name)
    if isinstance(found, str | int) and not isinstance(found, bool):
        shown = str(found).strip()
        return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return ""


def party(value: Object) -> Party:
    """An organisation reference."""
    return Party(text(value, "id") or None, text(value, "name"))


def _planning(planning: Object) -> Iterator[Event]:
    if not planning:
        return
    budget = member(planning, "budget")
    yield Event(
        stage="planning",
        title=text(budget, "project") or text(budget, "description"),
        text=text(planning, "rationale"),
        amount=read_value(budget.get("amount")),
    )


def _tender(tender: Object) -> Iterator[Event]:
    if not tender:
        return
    period = member(tender, "tenderPeriod")
    yield Event(
        stage="tender",
        title=text(tender, "title"),
        text=text(tender, "description"),
        date=text(period, "startDate") or None,
        until=text(period, "endDate") or None,
        amount=read_value(tender.get("value")),
        status=text(tender, "status") or None,
    )
    yield from _amendments(tender, "tenderAmendment")


def _award(award: Object) -> Event:
    return Event(
        stage="award",
        title=text(award, "title"),
        text=text(award, "description"),
        date=text(award, "date") or None,
        amount=read_value(award.get("value")),
        status=text(award, "status") or None,
        parties=tuple(party(each) for each in objects(award, "suppliers")),
        ref=text(award, "id"),
    )


def _contract(contract: Object) -> Iterator[Event]:
    period = member(contract, "period")
    yield Event(
        stage="contract",
        title=text(contract, "title"),
        text=text(contract, "description"),
        date=text(contract, "dateSigned") or text(period, "startDate") or None,
        until=text(period, "endDate") or None,
        amount=read_value(contract.get("value")),
        status=text(contract, "status") or None,
        ref=text(contract, "id"),
    )
    yield from _amendments(contract, "amendment")


def _amendments(holder: Object, stage: str) -> Iterator[Event]:
    for each in objects(holder, "amendments"):
        yield Event(
            stage=stage,
            title=text(each, "description"),
            text=text(each, "rationale"),
            date=text(each, "date") or None,
            ref=text(holder, "id"),
        )


def _bids(record: Object, tender: Object) -> Iterator[Bid]:
    winners = {
        text(supplier, "id")
        for award in objects(record, "awards")
        if text(award, "status") in ("active", "")
        for supplier in objects(award, "suppliers")
    } - {""}
    seen: set[str | None] = set()
    for bid in objects(member(record, "bids"), "details"):
        for each in objects(bid, "tenderers"):
            found = party(each)
            seen.add(found.id)
            won = found.id in winners
            yield Bid(found, read_value(bid.get("value")), text(bid, "status") or None, won)
    for each in objects(tender, "tenderers"):
        found = party(each)
        if found.id is None or found.id not in seen:
            yield Bid(found, winner=found.id in winners)


def _documents(record: Object, tender: Object) -> Iterator[Document]:
    holders = [
        ("planning", member(record, "planning")),
        ("tender", tender),
        *(("award", each) for each in objects(record, "awards")),
        *(("contract", each) for each in objects(record, "contracts")),
    ]
    for stage, holder in holders:
        for each in objects(holder, "documents"):
            url = text(each, "url")
            safe = url if url.startswith(("https://", "http://")) else None
            yield Document(text(each, "title") or text(each, "id") or "–", safe, stage)
