"""Sums of the projections: by year, organisation and currency, never across currencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from procurement.index import BudgetTotal, ContractTotal, FindingTotal, FlowRow
from procurement.index_history import OrgFindingTotal
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


def years(index: Projections) -> list[str]:
    """Fiscal years with budget lines or contracts, newest first."""
    with index.session() as session:
        lines, signed = BudgetTotal.lines > 0, ContractTotal.contracts > 0
        budgets = session.exec(select(BudgetTotal.fiscal_year).where(lines).distinct()).all()
        contracts = session.exec(select(ContractTotal.fiscal_year).where(signed).distinct()).all()
    return sorted({*budgets, *contracts}, reverse=True)


def totals(index: Projections, year: str) -> list[BudgetSum]:
    """Approved, committed and paid in a fiscal year, one sum a currency, most lines first."""
    with index.session() as session:
        same = (BudgetTotal.fiscal_year == year, BudgetTotal.lines > 0)
        rows = session.exec(select(BudgetTotal).where(*same)).all()
    sums: dict[str, list[BudgetTotal]] = {}
    for row in rows:
        sums.setdefault(row.currency, []).append(row)
    found = [_budget_sum("", currency, each) for currency, each in sums.items()]
    return sorted(found, key=lambda each: (-each.lines, each.currency))


def totals_by_org(index: Projections, year: str) -> list[BudgetSum]:
    """The same by organisation, the largest available sum first."""
    with index.session() as session:
        same = (BudgetTotal.fiscal_year == year, BudgetTotal.lines > 0)
        rows = session.exec(select(BudgetTotal).where(*same)).all()
    found = [_budget_sum(row.org, row.currency, [row]) for row in rows]
    return sorted(found, key=lambda each: (-each.available, each.org, each.currency))


def org_budgets(index: Projections, org: str) -> dict[str, list[BudgetSum]]:
    """The sums of an organisation's lines by fiscal year, newest first."""
    with index.session() as session:
        same = (BudgetTotal.org == org, BudgetTotal.lines > 0)
        rows = session.exec(select(BudgetTotal).where(*same)).all()
    by_year: dict[str, list[BudgetSum]] = {}
    for row in sorted(sorted(rows, key=_currency), key=_year, reverse=True):
        by_year.setdefault(row.fiscal_year, []).append(_budget_sum(org, row.currency, [row]))
    return by_year


def contract_totals(index: Projections, year: str) -> list[ContractSum]:
    """Contracts signed in a year (by their buyers), one sum a currency, most contracts first."""
    sums = (
        func.sum(ContractTotal.contracts),
        func.sum(ContractTotal.value),
        func.sum(ContractTotal.paid),
    )
    query = (
        select(ContractTotal.currency, *sums)
        .where(
            ContractTotal.fiscal_year == year,
            ContractTotal.role == "buyer",
            ContractTotal.contracts > 0,
        )
        .group_by(ContractTotal.currency)
    )
    with index.session() as session:
        rows = session.exec(query).all()
    found = [ContractSum(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]
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


def _budget_sum(org: str, currency: str, rows: Sequence[BudgetTotal]) -> BudgetSum:
    return BudgetSum(
        org,
        currency,
        sum(row.lines for row in rows),
        sum(row.approved for row in rows),
        sum(row.change for row in rows),
        sum(row.committed for row in rows),
        sum(row.direct for row in rows),
        sum(row.paid for row in rows),
    )
