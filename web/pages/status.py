"""How far the log, its projections, anchors and witnesses are."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledger.anchoring import anchors
from ledger.note import parse_note
from ledger.tick import newest_checkpoint
from web.pages.checkpoints import SignatureView, signature_view
from web.reader import ReaderOf, page
from web.standing import AnchorView, CheckpointView, anchor_view, checkpoint_view
from web.views import View

router = APIRouter()


class StatusView(View, frozen=True):
    """`followed` entries are on the pages, None when projections do not answer."""

    size: int
    at: str | None
    halted: str | None
    followed: int | None
    checkpoint: CheckpointView | None
    anchor: AnchorView | None
    witnesses: list[SignatureView]


@page(router, "/status")
def status(reader: ReaderOf) -> Response:
    """What stands now, part by part."""
    log = reader.site.log
    head, newest, anchored = log.head(), newest_checkpoint(log), anchors(log, limit=1)
    lines = parse_note(newest.note).signatures if newest else ()
    view = StatusView(
        size=head.size,
        at=log.record(head.size - 1).entry.at if head.size else None,
        halted=head.halted,
        followed=reader.position,
        checkpoint=checkpoint_view(newest) if newest else None,
        anchor=anchor_view(anchored[0]) if anchored else None,
        witnesses=[each for each in map(signature_view, lines) if each.cosignature],
    )
    return reader.answer("status.html", view)
