"""Every list and search as CSV, at the address of its page: all rows, whatever page one is on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Response

from ledger.anchoring import anchors
from ledger.errors import NotFound
from ledger.tick import checkpoints
from procurement import listing, queries, sums
from procurement.index import EntrySummary, FindingRow, Line
from procurement.open_tenders import all_open
from procurement.projections import Projections
from web import columns
from web.cases import Stand, listed_cases
from web.cursors import Exact, Kind, Open, Org, Words, Year
from web.mentions import known_organisation
from web.named import named
from web.pages.searching import address_of
from web.privacy import is_personal
from web.reader import Reader, ReaderOf
from web.tables import Figure, Table, figure, table_answer

router = APIRouter()
get = partial(router.api_route, methods=["GET", "HEAD"])

_Row = TypeVar("_Row", EntrySummary, FindingRow, Line)
_FILE = re.compile("[^A-Za-z0-9._-]+")


def _table(
    reader: Reader, name: str, header: Sequence[str], rows: Iterator[columns.Row]
) -> Response:
    """A table of the projections: as long as these stand still, it does not change."""
    request = reader.request
    state = f"{reader.position}\0{reader.site.log.size}\0{request.url.path}?{request.url.query}"
    named = _FILE.sub("-", f"{reader.site.origin}-{name}")[:120]
    tag = sha256(state.encode()).hexdigest()[:32]
    return table_answer(request, Table(named, header, rows), tag)


def _with_org(
    index: Projections, rows: Iterable[_Row], make: Callable[[_Row, str], columns.Row]
) -> Iterator[columns.Row]:
    """Rows with the names of the organisations that they are of."""
    return (make(row, name) for row, name in named(index, rows, lambda row: row.org))


@get("/entries.csv")
def entries_csv(reader: ReaderOf, kind: Kind = None, org: Org = None) -> Response:
    """All entries, also of one kind or organisation."""
    index = reader.site.index
    rows = listing.walk(
        lambda limit, before: queries.latest(index, limit, before, kind=kind, org=org),
        lambda row: row.index,
    )
    return _table(reader, "entries", columns.ENTRIES, _with_org(index, rows, columns.entry))


@get("/processes.csv")
def processes_csv(reader: ReaderOf, year: Year = None, owner: Org = None) -> Response:
    """All processes, also of one fiscal year or owner."""
    index = reader.site.index
    rows = listing.walk(
        lambda limit, before: queries.processes(index, limit, before, year=year, owner=owner),
        lambda row: row.first_index,
    )
    return _table(reader, "processes", columns.PROCESSES, map(columns.process, rows))


@get("/tenders.csv")
def tenders_csv(reader: ReaderOf, buyer: Org = None, status: Open = "open") -> Response:
    """All open tenders, also of one buyer."""
    rows = all_open(reader.site.index, buyer)
    return _table(reader, f"tenders-{status}", columns.TENDERS, map(columns.tender, rows))


@get("/process/{ocid:path}.csv")
def process_csv(reader: ReaderOf, ocid: str) -> Response:
    """The entries of a process."""
    index = reader.site.index
    queries.process(index, ocid)
    rows = listing.walk(
        lambda limit, before: queries.process_entries(index, ocid, limit, before),
        lambda row: row.index,
    )
    return _table(reader, ocid, columns.ENTRIES, _with_org(index, rows, columns.entry))


@get("/orgs.csv")
def organisations_csv(reader: ReaderOf) -> Response:
    """All organisations."""
    rows = listing.walk(
        partial(listing.organisations, reader.site.index), lambda row: row.first_index
    )
    known = (columns.organisation(row) for row in rows if not is_personal(row.id))
    return _table(reader, "organisations", columns.ORGANISATIONS, known)


@get("/orgs/{org:path}.csv")
def organisation_csv(
    reader: ReaderOf, org: str, role: Annotated[str | None, Query(pattern="buyer|supplier")] = None
) -> Response:
    """All contracts of an organisation, as buyer and as supplier."""
    known_organisation(reader, org)
    index = reader.site.index
    rows = named(index, listing.contracts_of(index, org, role), lambda row: row[1].buyer_id)
    contracts = (columns.contract(part, contract, name) for (part, contract), name in rows)
    return _table(reader, f"{org}-contracts", columns.CONTRACTS, contracts)


@get("/budgets.csv")
def budgets_csv(reader: ReaderOf) -> Response:
    """The sums of every fiscal year and organisation."""
    header = ("fiscalYear", "org", "orgName", "currency", "lines", "approved", "change")
    return _table(
        reader, "budgets", (*header, "available", "committed", "direct", "paid"), _budgets(reader)
    )


def _budgets(reader: Reader) -> Iterator[columns.Row]:
    index = reader.site.index
    for year in sums.years(index):
        totals = sums.all_totals_by_org(index, year)
        for each, name in named(index, totals, lambda total: total.org):
            parts = (each.approved, each.change, each.available, each.committed, each.direct)
            figures = (figure(part, each.currency) for part in (*parts, each.paid))
            yield (year, each.org, name, each.currency, each.lines, *figures)


@get("/budgets/{year}.csv")
def budget_csv(reader: ReaderOf, year: str, org: Org = None) -> Response:
    """All lines of a fiscal year, also of one organisation."""
    if not sums.totals(reader.site.index, year):
        raise NotFound(f"there is no budget of {year[:40]!r}", "choose one of the years")
    rows = listing.all_lines(reader.site.index, year, org)
    return _table(
        reader, f"budget-{year}", columns.LINES, _with_org(reader.site.index, rows, columns.line)
    )


@get("/line/{line:path}.csv")
def line_csv(reader: ReaderOf, line: str) -> Response:
    """What moved a budget line."""
    index = reader.site.index
    queries.line(index, line)
    rows = listing.walk(
        lambda limit, before: queries.line_events(index, line, limit, before),
        lambda row: row.index,
    )
    return _table(reader, line, columns.LINE_EVENTS, map(columns.line_event, rows))


@get("/findings.csv")
def findings_csv(reader: ReaderOf) -> Response:
    """All findings of all rules, those not computable too."""
    return _finding_table(reader, "findings", None, None)


@get("/findings/{code}.csv")
def rule_csv(
    reader: ReaderOf, code: str, status: Annotated[str, Query(max_length=20)] = "broken"
) -> Response:
    """All findings of a rule."""
    return _finding_table(reader, f"findings-{code}", code, status)


def _finding_table(reader: Reader, name: str, code: str | None, status: str | None) -> Response:
    index = reader.site.index
    rows = listing.walk(
        lambda limit, before: queries.findings(index, code, status, limit=limit, before=before),
        lambda row: row.id or 0,
    )
    return _table(reader, name, columns.FINDINGS, _with_org(index, rows, columns.finding))


@get("/cases.csv")
def cases_csv(reader: ReaderOf, state: Stand = None, org: Org = None) -> Response:
    """All cases, also of one state or about one organisation."""
    rows = listing.walk(
        lambda limit, before: listed_cases(reader, state, org, limit, before),
        lambda row: row.index,
    )
    return _table(reader, "cases", columns.CASES, map(columns.case, rows))


@get("/log.csv")
def log_csv(reader: ReaderOf) -> Response:
    """All checkpoints and all anchors."""
    header = ("type", "size", "root", "time", "transaction", "block", "blockHash")
    return _table(reader, "log", header, _log_rows(reader))


def _log_rows(reader: Reader) -> Iterator[columns.Row]:
    log = reader.site.log
    for signed in listing.walk(lambda n, at: checkpoints(log, at, n), lambda row: row.size):
        root = Figure(signed.root.hex())
        yield ("checkpoint", signed.size, root, Figure(signed.time), None, None, None)
    for each in listing.walk(lambda n, at: anchors(log, at, n), lambda row: row.size):
        place = (each.transaction, each.block, each.block_hash)
        yield ("anchor", each.size, each.root, Figure(each.time), *place)


@get("/search.csv")
def search_csv(
    reader: ReaderOf,
    q: Words = "",
    type: Kind = None,  # noqa: A002  # a name in addresses
    exact: Exact = "",
) -> Response:
    """All that holds the words, the newest first."""
    index = reader.site.index
    rows = listing.walk(
        lambda limit, before: queries.search(index, q, limit, before, type, exact=bool(exact)),
        lambda row: row.id,
    )
    pages = ((row, address_of(row)) for row in rows)
    found = (columns.found(row, page) for row, page in pages if page)
    return _table(reader, "search", columns.FOUND, found)
