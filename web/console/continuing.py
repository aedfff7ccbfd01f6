"""Pages on which an officer finds the process to go on with, or the entry to correct."""

from __future__ import annotations

from fastapi import APIRouter, Query, Response

from procurement import picking
from web.console.requests import OfficerOf
from web.console.scope import scope_of

SHOWN = 25

router = APIRouter()


@router.get("/processes")
def processes(
    officer: OfficerOf,
    q: str = Query("", max_length=100),
    before: int | None = Query(None, ge=0, le=2**62),
) -> Response:
    """The processes that the key may speak about, newest first."""
    scope = scope_of(officer.enrolment)
    found = picking.processes(officer.site.index, scope, q, before, SHOWN)
    last = found[-1].first_index if len(found) == SHOWN else None
    return officer.show("processes.html", found=found, words=q, last=last)


@router.get("/entries")
def entries(
    officer: OfficerOf,
    q: str = Query("", max_length=100),
    before: int | None = Query(None, ge=0, le=2**62),
) -> Response:
    """The entries of the institution that may still be corrected, newest first."""
    found = picking.correctable(officer.site.index, officer.org, q, before, SHOWN)
    last = found[-1].index if len(found) == SHOWN else None
    return officer.show("entries.html", found=found, words=q, last=last)
