"""Whole lists: entries, processes, organisations, newest first."""

from __future__ import annotations

from fastapi import APIRouter, Response

from procurement import listing, queries
from web.cursors import Before, Kind, Org, Year
from web.mentions import EntryItem, Names, entry_items, known_organisation, name_of
from web.privacy import is_personal
from web.reader import ReaderOf, page
from web.views import Amount, Organisation, View, amount

SHOWN = 40

router = APIRouter()


class EntriesView(View, frozen=True):
    """Entries, also of one kind or organisation; `next` is the cursor of the page after."""

    kind: str | None
    org: str | None
    entries: list[EntryItem]
    next: int | None


class ListedProcess(View, frozen=True):
    """A process in one line; `amount` is the furthest sum known of it."""

    ocid: str
    title: str
    stage: str
    buyer: Organisation
    amount: Amount | None
    paid: Amount | None
    index: int


class ProcessesView(View, frozen=True):
    """Processes, also of one fiscal year or owner."""

    year: str | None
    owner: str | None
    processes: list[ListedProcess]
    next: int | None


class OrganisationsView(View, frozen=True):
    """Organisations, those met last first."""

    organisations: list[Organisation]
    next: int | None


@page(router, "/entries")
def entries(
    reader: ReaderOf, kind: Kind = None, org: Org = None, before: Before = None
) -> Response:
    """All entries."""
    if org:
        known_organisation(reader, org)
    rows = queries.latest(reader.site.index, SHOWN, before, kind=kind, org=org)
    further = rows[-1].index if len(rows) == SHOWN else None
    view = EntriesView(kind=kind, org=org, entries=entry_items(reader, rows), next=further)
    return reader.answer("entries.html", view, before=before)


@page(router, "/processes")
def processes(
    reader: ReaderOf, year: Year = None, owner: Org = None, before: Before = None
) -> Response:
    """All processes."""
    if owner:
        known_organisation(reader, owner)
    rows = queries.processes(reader.site.index, SHOWN, before, year=year, owner=owner)
    names = Names(reader, (row.buyer_id for row in rows))
    listed = [
        ListedProcess(
            ocid=row.ocid,
            title=row.title or row.ocid,
            stage=row.stage,
            buyer=names.mention(row.buyer_id, row.buyer_name),
            amount=amount(
                next(
                    (s for s in (row.contracted, row.awarded, row.tendered) if s is not None), None
                ),
                row.currency,
            ),
            paid=amount(row.paid, row.currency),
            index=row.first_index,
        )
        for row in rows
    ]
    further = rows[-1].first_index if len(rows) == SHOWN else None
    view = ProcessesView(year=year, owner=owner, processes=listed, next=further)
    return reader.answer("processes.html", view, before=before)


@page(router, "/orgs")
def organisations(reader: ReaderOf, before: Before = None) -> Response:
    """All organisations but those whose id is a person's number."""
    rows = listing.organisations(reader.site.index, SHOWN, before)
    shown = [row for row in rows if not is_personal(row.id)]
    names = Names(reader, (row.id for row in shown))
    listed = [names.mention(row.id, name_of(row, reader.language)) for row in shown]
    further = rows[-1].first_index if len(rows) >= SHOWN else None
    view = OrganisationsView(organisations=listed, next=further)
    return reader.answer("orgs.html", view, before=before)
