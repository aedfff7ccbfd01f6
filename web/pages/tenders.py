"""Tenders that still take offers, by the time of the log."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledger.envelope import format_time
from procurement import queries
from procurement.open_tenders import OpenTender, open_tenders
from web.cursors import Before, Open, Org
from web.mentions import Names
from web.reader import ReaderOf, page
from web.views import Amount, Organisation, View, amount

SHOWN = 40

router = APIRouter()


class TenderView(View, frozen=True):
    """An open tender: `closes` is its deadline in UTC, `days` those left by the log's time."""

    ocid: str
    title: str
    buyer: Organisation
    method: str | None
    amount: Amount | None
    closes: str
    days: int


class TendersView(View, frozen=True):
    """Open tenders as of `at`, the log's time of its newest entry; `next` is the cursor."""

    status: str
    buyer: Organisation | None
    at: str
    tenders: list[TenderView]
    next: int | None


@page(router, "/tenders")
def tenders(
    reader: ReaderOf, buyer: Org = None, status: Open = "open", before: Before = None
) -> Response:
    """Open tenders, those met last first."""
    index = reader.site.index
    found = open_tenders(index, SHOWN, before, buyer=buyer)
    names = Names(reader, [buyer, *(each.process.buyer_id for each in found.tenders)])
    view = TendersView(
        status=status,
        buyer=names.mention(buyer) if buyer else None,
        at=queries.position(index).at,
        tenders=[_tender(names, each) for each in found.tenders],
        next=found.next,
    )
    return reader.answer("tenders.html", view)


def _tender(names: Names, each: OpenTender) -> TenderView:
    row = each.process
    return TenderView(
        ocid=row.ocid,
        title=row.title or row.ocid,
        buyer=names.mention(row.buyer_id, row.buyer_name),
        method=row.method,
        amount=amount(row.tendered, row.currency),
        closes=format_time(each.closes),
        days=each.days,
    )
