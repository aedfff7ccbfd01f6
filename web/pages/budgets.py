"""Budgets: the years, a year by organisation and line, one line with all that moved it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ledger.errors import NotFound
from procurement import queries, sums
from procurement.index import Line, LineEvent
from procurement.past_subjects import LineThen, YearThen
from web.cases import CaseItem, cases_about
from web.cursors import After, Before, Below
from web.functions import class_label
from web.mentions import Names, known_organisation
from web.past import as_known
from web.reader import Reader, ReaderOf, page
from web.releases import titles_of
from web.sums import BudgetView, ContractSumView, budget_view, contract_sum
from web.views import Amount, Organisation, View, amount

LINES = 50
ORGS = 25
EVENTS = 100

router = APIRouter()


class YearView(View, frozen=True):
    """A fiscal year: its budget sums and contract sums, one a currency."""

    year: str
    budgets: list[BudgetView]
    contracts: list[ContractSumView]


class YearsView(View, frozen=True):
    """All fiscal years, newest first."""

    years: list[YearView]


class OrgBudget(View, frozen=True):
    """The sums of one organisation."""

    org: Organisation
    sums: BudgetView


class LineView(View, frozen=True):
    """A budget line: available = committed + direct + unexplained.

    `class_labels` says what those of the classifications are called whose codes we know.

    `direct` was paid without a commitment, `unexplained` is bound by nothing, `unpaid` is bound
    and not paid yet.
    """

    id: str
    code: str
    title: str
    org: Organisation
    fiscal_year: str
    classifications: dict[str, str]
    class_labels: dict[str, str]
    approved: Amount | None
    change: Amount | None
    available: Amount | None
    committed: Amount | None
    direct: Amount | None
    bound: Amount | None
    paid: Amount | None
    unpaid: Amount | None
    unexplained: Amount | None
    first_index: int


class BudgetYearView(View, frozen=True):
    """A fiscal year: totals, organisations, lines; `next` is the last line's id.

    `further` is the cursor of the organisations after (`CURRENCY/ORG`).
    """

    year: str
    org: Organisation | None
    totals: list[BudgetView]
    contracts: list[ContractSumView]
    orgs: list[OrgBudget]
    further: str | None
    lines: list[LineView]
    next: str | None


class EventView(View, frozen=True):
    """Something that moved a line, signed; `index` is its receipt."""

    index: int
    kind: str
    amount: Amount | None
    date: str | None
    ocid: str | None
    title: str
    contract: str | None
    ref: str | None
    other: str | None
    replaced_by: int | None


class LineProcess(View, frozen=True):
    """What one process commits on a line, and what was paid from the line for it."""

    ocid: str
    title: str
    committed: Amount | None
    paid: Amount | None


class LinePageView(View, frozen=True):
    """One budget line with its events, newest first; `next` is the cursor of the page after."""

    line: LineView
    processes: list[LineProcess]
    events: list[EventView]
    next: int | None
    findings: list[str]
    cases: list[CaseItem]


@page(router, "/budgets")
def years(reader: ReaderOf) -> Response:
    """The fiscal years."""
    index = reader.site.index
    found = [
        YearView(
            year=year,
            budgets=[budget_view(each) for each in sums.totals(index, year)],
            contracts=[contract_sum(each) for each in sums.contract_totals(index, year)],
        )
        for year in sums.years(index)
    ]
    return reader.answer("budgets.html", YearsView(years=found))


@page(router, "/budgets/{year}")
def budget_year(
    reader: ReaderOf,
    year: str,
    org: Annotated[str | None, Query(max_length=250)] = None,
    after: After = None,
    below: Below = None,
) -> Response:
    """One fiscal year, also of one organisation; `below` is how far the page before had come.

    An organisation that nobody knows has no page, whatever it is called in an address.
    """
    if org:
        known_organisation(reader, org)
    with as_known(reader, YearThen(year, org, after, LINES)) as then:
        return then.answer("budget.html", budget_year_view(then, year, org, after, below))


def budget_year_view(
    reader: Reader, year: str, org: str | None, after: str | None, below: str | None = None
) -> BudgetYearView:
    """What the page of a fiscal year shows. Raises NotFound."""
    index = reader.site.index
    totals, contracts = sums.totals(index, year), sums.contract_totals(index, year)
    if not totals and not contracts:
        raise NotFound(f"there is no budget of {year[:40]!r}", "choose one of the years")
    by_org = sums.totals_by_org(index, year, org, limit=ORGS, below=_cursor(below))
    rows = queries.lines(index, year, org, LINES, after)
    names = Names(reader, [org, *(each.org for each in by_org), *(each.org for each in rows)])
    return BudgetYearView(
        year=year,
        org=names.mention(org) if org else None,
        totals=[budget_view(each) for each in (by_org if org else totals)],
        contracts=[] if org else [contract_sum(each) for each in contracts],
        orgs=[OrgBudget(org=names.mention(each.org), sums=budget_view(each)) for each in by_org],
        further=f"{by_org[-1].currency}/{by_org[-1].org}" if len(by_org) == ORGS else None,
        lines=[line_view(names, each) for each in rows],
        next=rows[-1].id if len(rows) == LINES else None,
    )


def _cursor(below: str | None) -> tuple[str, str] | None:
    """Organisation and currency of the last sum of the page before."""
    if below is None:
        return None
    currency, _, org = below.partition("/")
    return org, currency


def line_view(names: Names, row: Line) -> LineView:
    """A budget line as pages show it."""
    classes = {name: str(value) for name, value in row.classifications.items()}
    labels = {name: class_label(name, code, names.language) for name, code in classes.items()}
    bound = row.committed + row.direct

    def written(minor: int | None) -> Amount | None:
        return amount(minor, row.currency)

    return LineView(
        id=row.id,
        code=row.code,
        title=row.title or row.code,
        org=names.mention(row.org),
        fiscal_year=row.fiscal_year,
        classifications=classes,
        class_labels={name: label for name, label in labels.items() if label},
        approved=written(row.approved),
        change=written(row.change),
        available=written(row.available),
        committed=written(row.committed),
        direct=written(row.direct),
        bound=written(bound),
        paid=written(row.paid),
        unpaid=written(bound - row.paid),
        unexplained=written(row.unexplained),
        first_index=row.first_index,
    )


@page(router, "/line/{line:path}")
def line_page(reader: ReaderOf, line: str, before: Before = None) -> Response:
    """One budget line."""
    with as_known(reader, LineThen(line)) as then:
        return then.answer("line.html", line_page_view(then, line, before))


def line_page_view(reader: Reader, line: str, before: int | None) -> LinePageView:
    """What the page of a budget line shows. Raises NotFound."""
    index = reader.site.index
    row = queries.line(index, line)
    events = queries.line_events(index, line, EVENTS, before)
    titles = titles_of(index, (each.ocid for each in events))
    found = queries.subject_findings(index, line=line)
    return LinePageView(
        line=line_view(Names(reader, [row.org]), row),
        processes=_line_processes(reader, row, events, titles) if before is None else [],
        events=[_event(each, titles) for each in events],
        next=events[-1].index if len(events) >= EVENTS else None,
        findings=sorted({each.code for each in found}),
        cases=cases_about(reader, "line", line),
    )


def _line_processes(
    reader: Reader, line: Line, events: list[LineEvent], titles: dict[str, str]
) -> list[LineProcess]:
    """The processes of these events by what they commit on the line, the largest first.

    All of their events count, also those of later pages.
    """
    named = dict.fromkeys(each.ocid for each in events if each.ocid)
    shares = sums.line_shares(reader.site.index, line, named)
    ranked = sorted(shares.items(), key=lambda each: (-each[1].committed, each[0]))
    return [
        LineProcess(
            ocid=ocid,
            title=titles.get(ocid) or ocid,
            committed=amount(share.committed, line.currency),
            paid=amount(share.paid, line.currency),
        )
        for ocid, share in ranked
    ]


def _event(row: LineEvent, titles: dict[str, str]) -> EventView:
    return EventView(
        index=row.index,
        kind=row.kind,
        amount=amount(row.amount, row.currency),
        date=row.date,
        ocid=row.ocid,
        title=titles.get(row.ocid or "", ""),
        contract=row.contract,
        ref=row.ref,
        other=row.other,
        replaced_by=row.replaced_by,
    )
