"""The log's standing: checkpoints and anchors; and whether the server is well."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from ledger.anchoring import anchors
from ledger.errors import JejakError
from ledger.tick import checkpoints, newest_checkpoint
from procurement import queries
from web.cursors import Before
from web.reader import ReaderOf, page
from web.site import Site
from web.standing import AnchorView, CheckpointView, anchor_view, checkpoint_view
from web.views import View

SHOWN = 25

router = APIRouter()


class LogView(View, frozen=True):
    """Checkpoints and anchors, newest first; `next` and `nextAnchor` are sizes to go on below."""

    size: int
    halted: str | None
    newest: CheckpointView | None
    note: str | None
    contract: str | None
    chain_id: int | None
    genesis: str | None
    checkpoints: list[CheckpointView]
    next: int | None
    anchors: list[AnchorView]
    next_anchor: int | None


@page(router, "/log")
def log_page(reader: ReaderOf, before: Before = None, anchor: Before = None) -> Response:
    """Checkpoints and anchors."""
    log = reader.site.log
    head, newest = log.head(), newest_checkpoint(log)
    signed, anchored = checkpoints(log, before, SHOWN), anchors(log, anchor, SHOWN)
    places = log.registry().places
    place = places[-1] if places else None
    view = LogView(
        size=head.size,
        halted=head.halted,
        newest=checkpoint_view(newest) if newest else None,
        note=newest.note.decode("utf-8") if newest else None,
        contract=place.contract if place else None,
        chain_id=place.chain_id if place else None,
        genesis=place.genesis if place else None,
        checkpoints=[checkpoint_view(each) for each in signed],
        next=signed[-1].size if len(signed) == SHOWN else None,
        anchors=[anchor_view(each) for each in anchored],
        next_anchor=anchored[-1].size if len(anchored) == SHOWN else None,
    )
    return reader.answer("log.html", view)


@router.api_route("/healthz", methods=["GET", "HEAD"])
def health(request: Request) -> Response:
    """Whether log, projections and checkpoint answer; 503 where one does not."""
    site: Site = request.app.state.site
    try:
        head, newest = site.log.head(), newest_checkpoint(site.log)
        members = {
            "status": "read-only" if head.halted else "ok",
            "size": head.size,
            "index": queries.position(site.index).position,
            "checkpoint": newest.size if newest else 0,
        }
    except JejakError as error:
        return JSONResponse({"status": "unavailable"}, error.status)
    return JSONResponse(members, headers={"Cache-Control": "no-store"})
