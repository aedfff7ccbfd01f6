"""`/audit/sample`: payments drawn by money, with a seed that nobody could choose (audit.sampling).

What is drawn is as of the size announced, so the projections are made anew for it; where that would
take long the page says by which command a reader draws the same list.
"""

from __future__ import annotations

import shlex
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Query, Response

from audit.drawing import payments_in
from audit.indexing import projected
from audit.sampling import Item, Sample, draw
from ledger.anchoring import covering_anchor
from ledger.errors import Unacceptable, Unavailable
from web.api.gate import Lane
from web.auditing.audited import AuditedOf
from web.auditing.pages import address_of
from web.reader import Reader, ReaderOf, page
from web.views import Amount, View, money

MAX_ENTRIES = 5_000
"""Of a log that is projected anew for a page."""

AT_ONCE, WAIT_SECONDS = 2, 5
_ROOM = BoundedSemaphore(AT_ONCE)

router = APIRouter()

Size = Annotated[int | None, Query(ge=1, lt=2**63)]
Count = Annotated[int, Query(ge=1, le=1000)]
Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]


class DrawnView(View, frozen=True):
    """A payment that was drawn, `hits` times."""

    payment: str
    entry: int
    amount: Amount
    hits: int


class SampleView(View, frozen=True):
    """What was asked, the seed and its block once there is one, and what was drawn.

    `drawn` is None where nothing was drawn here, `paid` false where there was nothing to draw from;
    `command` draws the same list anywhere.
    """

    size: int | None
    count: int
    currency: str
    seed: str | None
    block: int | None
    total: Amount | None
    drawn: list[DrawnView] | None
    paid: bool
    command: str | None
    limit: int


@page(router, "/audit/sample")
def sample_page(
    reader: ReaderOf,
    audited: AuditedOf,
    size: Size = None,
    count: Count = 10,
    currency: Currency = "IDR",
) -> Response:
    """The form, and what it draws. Raises TooMany, Unacceptable, Unavailable."""
    log, sample, anchor = reader.site.log, None, None
    if size is not None:
        lane: Lane = reader.request.app.state.comparing
        lane.count(reader.request)
        if size > log.size:
            raise Unacceptable("the log has not so many entries", "name a size that it has reached")
        anchor = covering_anchor(log, size)
        if anchor is not None and size <= MAX_ENTRIES:
            sample = _sample(reader, size, count, currency, anchor.block_hash)
    view = SampleView(
        size=size,
        count=count,
        currency=currency,
        seed=anchor.block_hash if anchor else None,
        block=anchor.block if anchor else None,
        total=money(sample.total, currency) if sample else None,
        drawn=_drawn(sample, currency) if sample else None,
        paid=sample is not None or size is None or size > MAX_ENTRIES or anchor is None,
        command=_command(address_of(reader, audited), size, count, currency)
        if size is not None
        else None,
        limit=MAX_ENTRIES,
    )
    return reader.answer("audit/sample.html", view)


def _sample(reader: Reader, size: int, count: int, currency: str, seed: str) -> Sample | None:
    """What is drawn; None where nothing was paid in this currency."""
    if not _ROOM.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("too many samples are being drawn", "try again in a moment")
    try:
        with projected(reader.site.log, size) as indexed:
            items: list[Item] = payments_in(indexed.index, currency)
    finally:
        _ROOM.release()
    return draw(items, count, bytes.fromhex(seed.removeprefix("0x"))) if items else None


def _drawn(sample: Sample, currency: str) -> list[DrawnView]:
    return [
        DrawnView(
            payment=each.item.key,
            entry=each.item.index,
            amount=money(each.item.amount, currency),
            hits=each.hits,
        )
        for each in sample.drawn
    ]


def _command(where: str, size: int, count: int, currency: str) -> str:
    asked = ["--at", str(size), "--count", str(count), "--currency", currency]
    return shlex.join(["jejak", "sample", "--of", where, *asked])
