"""Every list and search as an Atom feed, at the address of its page: the newest, then the older."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter, Response

from ledger.tick import checkpoints
from procurement import listing, queries
from procurement.index import EntrySummary, FindingRow, Process
from procurement.open_tenders import open_tenders
from web import addresses, terms
from web.cases import Stand, case_items, listed_cases
from web.cursors import Before, Exact, Kind, Open, Org, Words, Year
from web.feeds import SHOWN, Feed, Item, feed_answer
from web.language import translations
from web.mentions import Names, known_organisation, name_of
from web.pages.searching import address_of
from web.privacy import is_personal
from web.reader import Reader, ReaderOf
from web.releases import titles_of

BUDGET_KINDS = ("budget/appropriation", "budget/revision", "budget/transfer", "budget/payment")
# Entries of each kind that are looked at for one page of a year's feed.
LOOKED_AT = 500

router = APIRouter()
get = partial(router.api_route, methods=["GET", "HEAD"])


def _say(reader: Reader, family: str, code: str | None) -> str:
    return terms.label(translations(reader.language), family, code)


def _gettext(reader: Reader) -> Callable[[str], str]:
    return translations(reader.language).gettext


@get("/entries.atom")
def entries_atom(
    reader: ReaderOf, kind: Kind = None, org: Org = None, before: Before = None
) -> Response:
    """The newest entries."""
    rows = queries.latest(reader.site.index, SHOWN, before, kind=kind, org=org)
    return _entry_feed(reader, _gettext(reader)("Entri terbaru"), rows)


def _entry_feed(reader: Reader, title: str, rows: Sequence[EntrySummary]) -> Response:
    names = Names(reader, (row.org for row in rows))
    titles = titles_of(reader.site.index, (row.ocid for row in rows if not row.title))
    said = {row.index: row.title or titles.get(row.ocid or "") or row.subject for row in rows}
    items = [
        Item(
            name=f"entry/{row.index}",
            title=f"{_say(reader, 'kind', row.kind)}: {said[row.index]}",
            page=addresses.entry(row.index),
            updated=row.at,
            author=names.mention(row.org).name,
            summary=row.subject,
        )
        for row in rows
    ]
    further = rows[-1].index if len(rows) == SHOWN else None
    return feed_answer(reader, Feed(title, items, further))


@get("/processes.atom")
def processes_atom(
    reader: ReaderOf, year: Year = None, owner: Org = None, before: Before = None
) -> Response:
    """The newest processes."""
    rows = queries.processes(reader.site.index, SHOWN, before, year=year, owner=owner)
    further = rows[-1].first_index if len(rows) == SHOWN else None
    items = _process_items(reader, rows)
    return feed_answer(reader, Feed(_gettext(reader)("Semua pengadaan"), items, further))


@get("/tenders.atom")
def tenders_atom(
    reader: ReaderOf,
    buyer: Org = None,
    status: Open = "open",  # noqa: ARG001  # any other is refused
    before: Before = None,
) -> Response:
    """The newest open tenders."""
    page = open_tenders(reader.site.index, SHOWN, before, buyer=buyer)
    items = _process_items(reader, [each.process for each in page.tenders])
    return feed_answer(reader, Feed(_gettext(reader)("Tender yang terbuka"), items, page.next))


def _process_items(reader: Reader, rows: Sequence[Process]) -> list[Item]:
    times = listing.recorded_at(reader.site.index, [row.last_index for row in rows])
    names = Names(reader, (row.buyer_id for row in rows))
    return [
        Item(
            name=f"process/{row.ocid}",
            title=row.title or row.ocid,
            page=addresses.process(row.ocid),
            updated=times.get(row.last_index, ""),
            author=names.mention(row.buyer_id, row.buyer_name).name,
            summary=_say(reader, "stage", row.stage),
        )
        for row in rows
    ]


@get("/process/{ocid:path}.atom")
def process_atom(reader: ReaderOf, ocid: str, before: Before = None) -> Response:
    """The newest entries of a process."""
    row = queries.process(reader.site.index, ocid)
    rows = queries.process_entries(reader.site.index, ocid, SHOWN, before)
    return _entry_feed(reader, row.title or ocid, rows)


@get("/orgs.atom")
def organisations_atom(reader: ReaderOf, before: Before = None) -> Response:
    """The organisations met last."""
    rows = listing.organisations(reader.site.index, SHOWN, before)
    times = listing.recorded_at(reader.site.index, [row.first_index for row in rows])
    items = [
        Item(
            name=f"org/{row.id}",
            title=name_of(row, reader.language) or row.id,
            page=addresses.organisation(row.id) or "/",
            updated=times.get(row.first_index, ""),
            summary=row.id,
        )
        for row in rows
        if not is_personal(row.id)
    ]
    further = rows[-1].first_index if len(rows) >= SHOWN else None
    return feed_answer(reader, Feed(_gettext(reader)("Semua organisasi"), items, further))


@get("/orgs/{org:path}.atom")
def organisation_atom(reader: ReaderOf, org: str, before: Before = None) -> Response:
    """The newest entries signed for an organisation, or processes that it takes part in."""
    row = known_organisation(reader, org)
    title = name_of(row, reader.language) or org
    signed = queries.latest(reader.site.index, SHOWN, before, org=org)
    if signed:
        return _entry_feed(reader, title, signed)
    involved = queries.involvements(reader.site.index, org, None, SHOWN, before)
    processes = {process.ocid: process for _, process in involved}
    further = involved[-1][0].first_index if len(involved) == SHOWN else None
    items = _process_items(reader, list(processes.values()))
    return feed_answer(reader, Feed(title, items, further))


@get("/budgets.atom")
def budgets_atom(reader: ReaderOf, before: Before = None) -> Response:
    """The newest entries that moved any budget."""
    return _budget_feed(reader, _gettext(reader)("Anggaran"), None, before)


@get("/budgets/{year}.atom")
def budget_atom(reader: ReaderOf, year: str, before: Before = None) -> Response:
    """The newest entries that moved the budget of a year."""
    title = _gettext(reader)("Tahun anggaran %(year)s") % {"year": year[:40]}
    return _budget_feed(reader, title, year, before)


def _budget_feed(reader: Reader, title: str, year: str | None, before: int | None) -> Response:
    index = reader.site.index
    limit = SHOWN if year is None else LOOKED_AT
    found = [
        row
        for kind in BUDGET_KINDS
        for row in queries.latest(index, limit, before, kind=kind)
        if year is None or f"/{year}/" in (row.line or "")
    ]
    found.sort(key=lambda row: -row.index)
    return _entry_feed(reader, title, found[:SHOWN])


@get("/line/{line:path}.atom")
def line_atom(reader: ReaderOf, line: str, before: Before = None) -> Response:
    """The newest entries that moved a budget line."""
    row = queries.line(reader.site.index, line)
    events = queries.line_events(reader.site.index, line, SHOWN, before)
    numbers = sorted({each.index for each in events}, reverse=True)
    rows = [queries.entry(reader.site.index, number) for number in numbers]
    return _entry_feed(reader, row.title or line, rows)


@get("/findings.atom")
def findings_atom(reader: ReaderOf, before: Before = None) -> Response:
    """The newest findings of all rules."""
    rows = queries.findings(reader.site.index, None, "broken", limit=SHOWN, before=before)
    return _finding_feed(reader, _gettext(reader)("Temuan"), rows)


@get("/findings/{code}.atom")
def rule_atom(reader: ReaderOf, code: str, before: Before = None) -> Response:
    """The newest findings of a rule."""
    rows = queries.findings(reader.site.index, code, "broken", limit=SHOWN, before=before)
    title = terms.rule(translations(reader.language), code).title
    return _finding_feed(reader, title, rows)


def _finding_feed(reader: Reader, title: str, rows: Sequence[FindingRow]) -> Response:
    times = listing.recorded_at(reader.site.index, [row.index for row in rows])
    catalogue = translations(reader.language)
    items = [
        Item(
            # Numbers of findings change when projections are made anew; what is found does not.
            name=f"finding/{row.code}/{row.index}/{row.subject}",
            title=f"{terms.rule(catalogue, row.code).title}: {row.subject}",
            page=addresses.entry(row.index),
            updated=times.get(row.index, ""),
            summary=terms.rule(catalogue, row.code).method,
        )
        for row in rows
    ]
    further = rows[-1].id if len(rows) == SHOWN else None
    return feed_answer(reader, Feed(title, items, further))


@get("/cases.atom")
def cases_atom(
    reader: ReaderOf, state: Stand = None, org: Org = None, before: Before = None
) -> Response:
    """The newest cases; what is said in one is an entry, and in the feeds of entries."""
    found = listed_cases(reader, state, org, SHOWN, before)
    items = [
        Item(
            name=f"case/{each.index}",
            title=f"{_say(reader, 'case', each.state)}: {each.text}"[:300],
            page=addresses.case(each.index),
            updated=each.since_at,
            author=each.auditor.name,
            summary=", ".join(org.name for org in each.concerned),
        )
        for each in case_items(reader, found)
    ]
    further = found[-1].index if len(found) == SHOWN else None
    return feed_answer(reader, Feed(_gettext(reader)("Kasus pemeriksaan"), items, further))


@get("/log.atom")
def log_atom(reader: ReaderOf, before: Before = None) -> Response:
    """The newest checkpoints."""
    rows = checkpoints(reader.site.log, before, SHOWN)
    title = _gettext(reader)("Titik periksa")
    items = [
        Item(f"checkpoint/{row.size}", f"{title} {row.size}", "/log", row.time, "", row.root.hex())
        for row in rows
    ]
    further = rows[-1].size if len(rows) == SHOWN else None
    return feed_answer(reader, Feed(title, items, further))


@get("/search.atom")
def search_atom(
    reader: ReaderOf,
    q: Words = "",
    type: Kind = None,  # noqa: A002  # a name in addresses
    before: Before = None,
    exact: Exact = "",
) -> Response:
    """The newest things that hold the words: a saved search without an account."""
    rows = queries.search(reader.site.index, q, SHOWN, before, type, exact=bool(exact))
    times = listing.recorded_at(reader.site.index, [row.index for row in rows])
    items = [
        Item(
            name=f"found/{row.type}/{row.ref}",
            title=row.title or row.ref,
            page=page,
            updated=times.get(row.index, ""),
            summary=_say(reader, "found", row.type),
        )
        for row in rows
        if (page := address_of(row))
    ]
    further = rows[-1].id if len(rows) == SHOWN else None
    return feed_answer(reader, Feed(f"{_gettext(reader)('Cari')}: {q[:200]}", items, further))
