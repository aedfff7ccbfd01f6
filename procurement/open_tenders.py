"""Tenders that still take offers, by the time of the log.

A tender is open when its compiled record says `active` and its `tenderPeriod.endDate` lies after
the log's time of the newest entry followed; a day alone lasts until 24:00 UTC. No clock is read, so
that the same log gives the same list wherever and whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from procurement import queries
from procurement.index import Process
from procurement.ocds import parse_date, parse_deadline
from procurement.projections import Projections

STEP = 200
# Active tenders that are looked at for one page: many stay `active` long after their deadline.
LOOKED_AT = 2_000
ACTIVE = "active"


@dataclass(frozen=True)
class OpenTender:
    """A process with the deadline of its tender (UTC), and the whole days left until then."""

    process: Process
    closes: datetime
    days: int


@dataclass(frozen=True)
class OpenTenders:
    """A page: `next` is the cursor (`first_index`) to go on below, None when nothing is left."""

    tenders: Sequence[OpenTender]
    next: int | None


def open_tenders(
    index: Projections, limit: int, before: int | None = None, *, buyer: str | None = None
) -> OpenTenders:
    """Open tenders, those met last first, also of one buyer; at most LOOKED_AT are looked at."""
    now, found, looked = parse_date(queries.position(index).at), [], 0
    while now and looked < LOOKED_AT:
        rows = _active(index, before, buyer)
        for row in rows:
            before = row.first_index
            tender = _open(row, now)
            if tender:
                found.append(tender)
            if len(found) == limit:
                return OpenTenders(found, before)
        if len(rows) < STEP:
            return OpenTenders(found, None)
        looked += len(rows)
    return OpenTenders(found, before if now else None)


def all_open(index: Projections, buyer: str | None = None) -> Iterator[OpenTender]:
    """All open tenders, read a page at a time."""
    before: int | None = None
    while True:
        page = open_tenders(index, STEP, before, buyer=buyer)
        yield from page.tenders
        if page.next is None:
            return
        before = page.next


def _active(index: Projections, before: int | None, buyer: str | None) -> list[Process]:
    query = select(Process).where(Process.status == ACTIVE)
    if buyer is not None:
        query = query.where(Process.buyer_id == buyer)
    if before is not None:
        query = query.where(Process.first_index < before)
    with index.session() as session:
        return list(session.exec(query.order_by(col(Process.first_index).desc()).limit(STEP)).all())


def _open(row: Process, now: datetime) -> OpenTender | None:
    period = _member(_member(row.compiled(), "tender"), "tenderPeriod")
    closes = parse_deadline(period.get("endDate"))
    if closes is None or closes <= now:
        return None
    return OpenTender(row, closes, (closes - now).days)


def _member(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
