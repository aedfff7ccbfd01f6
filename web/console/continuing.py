"""Pages on which an officer finds the process to go on with, or the entry to correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Query, Response

from procurement import picking
from procurement.index import EntrySummary
from web.console.requests import Officer, OfficerOf
from web.console.scope import scope_of
from web.releases import tags_of, titles_of

SHOWN = 25

router = APIRouter()


@dataclass(frozen=True)
class Correctable:
    """An entry that may be corrected; a release says by its process what it is about."""

    entry: EntrySummary
    title: str
    tags: Sequence[str]


def correctable(
    officer: Officer, words: str = "", before: int | None = None, limit: int = SHOWN
) -> list[Correctable]:
    """The entries of the officer's institution that may still be corrected, newest first."""
    index = officer.site.index
    found = picking.correctable(index, officer.org, words, before, limit)
    named = titles_of(index, (each.ocid for each in found if not each.title))
    tags = tags_of(officer.site.log, found)
    return [
        Correctable(each, each.title or named.get(each.ocid or "", ""), tags.get(each.index, ()))
        for each in found
    ]


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
    found = correctable(officer, q, before)
    last = found[-1].entry.index if len(found) == SHOWN else None
    return officer.show("entries.html", found=found, words=q, last=last)
