"""One checkpoint with all that is signed and proven of it; and all anchors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

from ledger import files
from ledger.anchoring import anchors, covering_anchor
from ledger.envelope import format_time, parse_time
from ledger.errors import Conflict, NotFound
from ledger.log import Log
from ledger.merkle import consistency_proof
from ledger.note import SignatureLine, parse_note
from ledger.store import CheckpointRow
from ledger.tick import checkpoint_at, checkpoints
from web.cursors import Before
from web.reader import ReaderOf, page
from web.standing import AnchorView, CheckpointView, anchor_view, checkpoint_view
from web.views import View

SHOWN = 25
# A cosignature's payload: 8 bytes of POSIX seconds before the 64 of the signature (C2SP).
TIME, COSIGNED = 8, 72
YEAR_10000 = 253_402_300_800

router = APIRouter()


class SignatureView(View, frozen=True):
    """A line of the note: who, by which key id (hex); a cosignature has a time of its own."""

    name: str
    key_id: str
    cosignature: bool
    time: str | None


class CheckpointPage(View, frozen=True):
    """A checkpoint; `proof` (hex) leads from the tree of `previous` entries to its own."""

    checkpoint: CheckpointView
    note: str
    signatures: list[SignatureView]
    anchor: AnchorView | None
    previous: int | None
    proof: list[str]


class AnchorRow(View, frozen=True):
    """An anchor; `lag` is seconds from its checkpoint to its block."""

    anchor: AnchorView
    lag: int | None
    proven: bool


class AnchorsView(View, frozen=True):
    """Anchors, newest first, and the contract that takes them today; `next` is a size."""

    contract: str | None
    chain_id: int | None
    anchors: list[AnchorRow]
    next: int | None


Size = Annotated[int, Path(ge=0, lt=2**63)]


@page(router, "/log/checkpoints/{size:int}")
def checkpoint_page(reader: ReaderOf, size: Size) -> Response:
    """A checkpoint by the size of its tree."""
    log = reader.site.log
    row = _checkpoint(log, size)
    if row is None:
        raise NotFound(f"no checkpoint of size {size} was signed", "see /log for those there are")
    earlier, anchor = checkpoints(log, size, 1), covering_anchor(log, max(size - 1, 0))
    previous = earlier[0].size if earlier else None
    view = CheckpointPage(
        checkpoint=checkpoint_view(row),
        note=row.note.decode("utf-8"),
        signatures=[signature_view(line) for line in parse_note(row.note).signatures],
        anchor=anchor_view(anchor) if anchor else None,
        previous=previous,
        proof=_proof(log, previous, size),
    )
    return reader.answer("checkpoint.html", view)


@page(router, "/anchors")
def anchors_page(reader: ReaderOf, before: Before = None) -> Response:
    """All anchors."""
    log = reader.site.log
    rows, places = anchors(log, before, SHOWN), log.registry().places
    view = AnchorsView(
        contract=places[-1].contract if places else None,
        chain_id=places[-1].chain_id if places else None,
        anchors=[
            AnchorRow(
                anchor=anchor_view(row),
                lag=_lag(_checkpoint(log, row.size), row.time),
                proven=row.proof is not None,
            )
            for row in rows
        ],
        next=rows[-1].size if len(rows) == SHOWN else None,
    )
    return reader.answer("anchors.html", view)


def _checkpoint(log: Log, size: int) -> CheckpointRow | None:
    try:
        return checkpoint_at(log, size)
    except Conflict:
        return None


def _lag(row: CheckpointRow | None, time: str) -> int | None:
    if row is None:
        return None
    return int((parse_time(time) - parse_time(row.time)).total_seconds())


def _proof(log: Log, previous: int | None, size: int) -> list[str]:
    if not previous:
        return []
    proof = consistency_proof(previous, size, files.node_reader(log, size))
    return [each.hex() for each in proof]


def signature_view(line: SignatureLine) -> SignatureView:
    """A signature line as pages show it; nothing is verified."""
    cosigned = len(line.signature) == COSIGNED
    seconds = int.from_bytes(line.signature[:TIME], "big") if cosigned else YEAR_10000
    return SignatureView(
        name=line.name,
        key_id=line.key_id.hex(),
        cosignature=cosigned,
        time=format_time(datetime.fromtimestamp(seconds, UTC)) if seconds < YEAR_10000 else None,
    )
