"""Sums of the projections: by year, organisation and currency, never across currencies."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import func, tuple_
from sqlmodel import col, select

from procurement.index import (
    BudgetTotal,
    ContractTotal,
    FindingTotal,
    FlowRow,
    Line,
    LineEvent,
)
from procurement.index_history import OrgFindingTotal
from procurement.index_totals import SignedTotal, YearTotal
from procurement.projections import Projections

PAGE = 50
MAX_PAGE = 1000


@dataclass(frozen=True)
class BudgetSum:
    """Sums over budget lines in one currency, minor units. `org` is "" for all organisations."""

    org: str
    currency: str
    lines: int
    approved: int
    change: int
    committed: int
    direct: int
    paid: int

    @property
    def available(self) -> int:
        """Appropriations, revisions and transfers."""
        return self.approved + self.change


@dataclass(frozen=True)
class ContractSum:
    """Sums over contracts in one currency, minor units."""

    currency: str
    contracts: int
    value: int
    paid: int


@dataclass(frozen=True)
class Flow:
    """Money from an organisation by a line ("" = none named) to a supplier, summed."""

    org: str
    line: str
    supplier: str
    supplier_name: str
    currency: str
    committed: int
    paid: int


@dataclass
class Share:
    """What a process commits on a budget line and what was paid for it, minor units."""

    committed: int = 0
    paid: int = 0


def years(index: Projections) -> list[str]:
    """Fiscal years with budget lines or contracts, newest first."""
    with index.session() as session:
        budgets = session.exec(select(YearTotal.fiscal_year).where(YearTotal.lines > 0)).all()
        signed = select(SignedTotal.fiscal_year).where(SignedTotal.contracts > 0)
        contracts = session.exec(signed).all()
    return sorted({*budgets, *contracts}, reverse=True)


def totals(index: Projections, year: str) -> list[BudgetSum]:
    """Approved, committed and paid in a fiscal year, one sum a currency, most lines first."""
    query = select(YearTotal).where(YearTotal.fiscal_year == year, YearTotal.lines > 0)
    with index.session() as session:
        found = [_budget_sum("", row) for row in session.exec(query).all()]
    return sorted(found, key=lambda each: (-each.lines, each.currency))


def budget_year(index: Projections) -> str | None:
    """The newest fiscal year with a budget, else the newest with contracts."""
    query = select(func.max(YearTotal.fiscal_year)).where(YearTotal.lines > 0)
    with index.session() as session:
        found = session.exec(query).first()
    return found or next(iter(years(index)), None)


def totals_by_org(
    index: Projections,
    year: str,
    org: str | None = None,
    *,
    limit: int = MAX_PAGE,
    below: tuple[str, str] | None = None,
) -> list[BudgetSum]:
    """The same by organisation, the largest available sum first, or those of one.

    `below` is the organisation and the currency of the last sum of the page before.
    """
    ranked = (BudgetTotal.available, BudgetTotal.org, BudgetTotal.currency)
    query = select(BudgetTotal).where(BudgetTotal.fiscal_year == year, BudgetTotal.lines > 0)
    if org is not None:
        query = query.where(BudgetTotal.org == org)
    query = query.order_by(*(col(each).desc() for each in ranked)).limit(bounded(limit))
    with index.session() as session:
        if below is not None:
            last = session.get(BudgetTotal, (year, *below))
            if last is None:
                return []
            query = query.where(tuple_(*ranked) < (last.available, *below))
        return [_budget_sum(row.org, row) for row in session.exec(query).all()]


def all_totals_by_org(index: Projections, year: str) -> Iterator[BudgetSum]:
    """All of them, read a page at a time."""
    below: tuple[str, str] | None = None
    while found := totals_by_org(index, year, below=below):
        yield from found
        below = (found[-1].org, found[-1].currency)


def org_budgets(index: Projections, org: str) -> dict[str, list[BudgetSum]]:
    """The sums of an organisation's lines by fiscal year, newest first."""
    with index.session() as session:
        same = (BudgetTotal.org == org, BudgetTotal.lines > 0)
        rows = session.exec(select(BudgetTotal).where(*same)).all()
    by_year: dict[str, list[BudgetSum]] = {}
    for row in sorted(sorted(rows, key=_currency), key=_year, reverse=True):
        by_year.setdefault(row.fiscal_year, []).append(_budget_sum(org, row))
    return by_year


def contract_totals(index: Projections, year: str) -> list[ContractSum]:
    """Contracts signed in a year (by their buyers), one sum a currency, most contracts first."""
    query = select(SignedTotal).where(SignedTotal.fiscal_year == year, SignedTotal.contracts > 0)
    with index.session() as session:
        rows = session.exec(query).all()
    found = [ContractSum(row.currency, row.contracts, row.value, row.paid) for row in rows]
    return sorted(found, key=lambda each: (-each.contracts, each.currency))


def org_contracts(index: Projections, org: str, role: str) -> dict[str, list[ContractSum]]:
    """An organisation's contracts as `buyer` or `supplier`, by year, newest first."""
    query = select(ContractTotal).where(
        ContractTotal.org == org, ContractTotal.role == role, ContractTotal.contracts > 0
    )
    with index.session() as session:
        rows = session.exec(query).all()
    by_year: dict[str, list[ContractSum]] = {}
    for row in sorted(sorted(rows, key=_currency), key=_year, reverse=True):
        found = ContractSum(row.currency, row.contracts, row.value, row.paid)
        by_year.setdefault(row.fiscal_year, []).append(found)
    return by_year


def finding_counts(index: Projections) -> dict[str, dict[str, int]]:
    """Counts by code, then by `broken` and `not-computable`; codes with none are left out."""
    with index.session() as session:
        rows = session.exec(select(FindingTotal).where(FindingTotal.count > 0)).all()
    counts: dict[str, dict[str, int]] = {}
    for row in sorted(rows, key=lambda each: (each.code, each.status)):
        counts.setdefault(row.code, {})[row.status] = row.count
    return counts


def flows(
    index: Projections,
    year: str,
    *,
    org: str | None = None,
    supplier: str | None = None,
    limit: int = PAGE,
) -> list[Flow]:
    """The largest flows of a fiscal year by what was committed, or of one payer or payee."""
    committed, paid = func.sum(FlowRow.committed), func.sum(FlowRow.paid)
    named = (FlowRow.org, FlowRow.line, FlowRow.supplier, FlowRow.currency)
    query = (
        select(*named, func.max(FlowRow.supplier_name), committed, paid)  # type: ignore[call-overload]
        .where(FlowRow.fiscal_year == year)
        .group_by(*named)
        .order_by(committed.desc(), paid.desc())
        .limit(bounded(limit))
    )
    if org is not None:
        query = query.where(FlowRow.org == org)
    if supplier is not None:
        query = query.where(FlowRow.supplier == supplier)
    with index.session() as session:
        rows = session.exec(query).all()
    return [Flow(r[0], r[1], r[2], r[4] or "", r[3], int(r[5]), int(r[6])) for r in rows]


def line_shares(index: Projections, line: Line, ocids: Collection[str]) -> dict[str, Share]:
    """What processes (at most 500) commit on a line, and what was paid from it for each."""
    query = select(LineEvent.ocid, LineEvent.kind, LineEvent.amount).where(
        LineEvent.line == line.id,
        col(LineEvent.ocid).in_(list(ocids)[:500]),
        LineEvent.currency == line.currency,
        col(LineEvent.replaced_by).is_(None),
    )
    found: dict[str, Share] = {}
    with index.session() as session:
        for ocid, kind, amount in session.exec(query):
            share = found.setdefault(str(ocid), Share())
            share.committed += amount if kind == "commitment" else 0
            share.paid += amount if kind == "payment" else 0
    return found


def org_finding_codes(index: Projections, org: str) -> list[str]:
    """The rules that an organisation's budget lines and processes break, in order."""
    query = select(OrgFindingTotal.code).where(
        OrgFindingTotal.org == org, OrgFindingTotal.status == "broken", OrgFindingTotal.count > 0
    )
    with index.session() as session:
        return sorted(session.exec(query).all())


def bounded(limit: int) -> int:
    """A page size between 0 and MAX_PAGE."""
    return max(0, min(limit, MAX_PAGE))


def _currency(row: BudgetTotal | ContractTotal) -> str:
    return row.currency


def _year(row: BudgetTotal | ContractTotal) -> str:
    return row.fiscal_year


def _budget_sum(org: str, row: BudgetTotal | YearTotal) -> BudgetSum:
    return BudgetSum(
        org,
        row.currency,
        row.lines,
        row.approved,
        row.change,
        row.committed,
        row.direct,
        row.paid,
    )
