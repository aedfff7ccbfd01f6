"""The start page: search, the year's money, the newest entries, how far the log has come."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledger.anchoring import anchors
from ledger.tick import newest_checkpoint
from procurement import queries, sums
from web.mentions import EntryItem, entry_items
from web.reader import Reader, ReaderOf, page
from web.standing import AnchorView, CheckpointView, anchor_view, checkpoint_view
from web.sums import BudgetView, ContractSumView, budget_view, contract_sum
from web.views import View

LATEST = 10

router = APIRouter()


class StartView(View, frozen=True):
    """The start page."""

    year: str | None
    budgets: list[BudgetView]
    contracts: list[ContractSumView]
    findings: int
    entries: list[EntryItem]
    checkpoint: CheckpointView | None
    anchor: AnchorView | None


@page(router, "/")
def start(reader: ReaderOf) -> Response:
    """The start page."""
    return reader.answer("start.html", start_view(reader))


def start_view(reader: Reader) -> StartView:
    """What the start page shows."""
    index, log = reader.site.index, reader.site.log
    year = sums.budget_year(index)
    counts = sums.finding_counts(index)
    newest, anchored = newest_checkpoint(log), anchors(log, limit=1)
    return StartView(
        year=year,
        budgets=[budget_view(each) for each in sums.totals(index, year)] if year else [],
        contracts=[contract_sum(each) for each in sums.contract_totals(index, year)]
        if year
        else [],
        findings=sum(each.get("broken", 0) for each in counts.values()),
        entries=entry_items(reader, queries.latest(index, LATEST)),
        checkpoint=checkpoint_view(newest) if newest else None,
        anchor=anchor_view(anchored[0]) if anchored else None,
    )
