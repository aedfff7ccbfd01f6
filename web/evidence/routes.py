"""The addresses of evidence packs."""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Path, Response

from ledger.anchoring import anchors
from ledger.tick import newest_checkpoint
from web import addresses
from web.evidence.contents import contents
from web.evidence.gathering import Subject, gather, of_entry, of_organisation, of_process
from web.evidence.pack import format_pack
from web.reader import Reader, ReaderOf
from web.responses import PAGE_CACHE, is_known

router = APIRouter()
NAME = "evidence.zip"


@router.api_route(f"/process/{{ocid:path}}/{NAME}", methods=["GET", "HEAD"])
def process_pack(reader: ReaderOf, ocid: str) -> Response:
    """What proves the page of a process."""
    return _answer(reader, of_process(reader, ocid), addresses.process(ocid))


@router.api_route(f"/orgs/{{org:path}}/{NAME}", methods=["GET", "HEAD"])
def organisation_pack(reader: ReaderOf, org: str) -> Response:
    """What proves the findings and contracts of an organisation."""
    return _answer(reader, of_organisation(reader, org), addresses.organisation(org) or "/")


@router.api_route(f"/e/{{index:int}}/{NAME}", methods=["GET", "HEAD"])
def entry_pack(reader: ReaderOf, index: int = Path(ge=0, lt=2**63)) -> Response:
    """What proves an entry, with what it corrects and what corrects it."""
    return _answer(reader, of_entry(reader, index), addresses.entry(index))


def _answer(reader: Reader, subject: Subject, page: str) -> Response:
    tag = _state(reader, page)
    named = sha256(f"{subject.type} {subject.id}".encode()).hexdigest()[:12]
    headers = {
        "ETag": f'W/"{tag}"',
        "Cache-Control": PAGE_CACHE,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
        "Content-Disposition": f'attachment; filename="jejak-{subject.type}-{named}.zip"',
    }
    if is_known(reader.request, tag):
        return Response(status_code=304, headers=headers)
    files = contents(reader, subject, gather(reader, subject), page)
    return Response(format_pack(files), headers=headers, media_type="application/zip")


def _state(reader: Reader, page: str) -> str:
    """What the bytes of a pack depend on: entries, checkpoint, anchor, and where it is asked."""
    log = reader.site.log
    newest, anchored = newest_checkpoint(log), anchors(log, limit=1)
    sizes = (reader.position, newest.size if newest else 0, anchored[0].size if anchored else 0)
    return sha256(f"{sizes}\0{reader.request.base_url}\0{page}".encode()).hexdigest()[:32]
