"""Whole lists, read a page at a time: what tables for download are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from sqlmodel import col, select

from procurement import queries
from procurement.index import ContractRow, EntrySummary, Line, Organisation
from procurement.projections import Projections
from procurement.sums import PAGE, bounded

STEP = 500
ROLES = ("buyer", "supplier")

_Row = TypeVar("_Row")


def walk(
    read: Callable[[int, int | None], Sequence[_Row]], cursor: Callable[[_Row], int]
) -> Iterator[_Row]:
    """All rows of a list, newest first; `read` takes a limit and the cursor of the row before."""
    before: int | None = None
    while True:
        rows = read(STEP, before)
        yield from rows
        if len(rows) < STEP:
            return
        before = cursor(rows[-1])


def all_lines(index: Projections, year: str | None, org: str | None) -> Iterator[Line]:
    """All budget lines of a year, also of one organisation, in order of id."""
    after: str | None = None
    while rows := queries.lines(index, year, org, STEP, after):
        yield from rows
        after = rows[-1].id


def organisations(
    index: Projections, limit: int = PAGE, before: int | None = None
) -> list[Organisation]:
    """Organisations, those met last first; the cursor is `first_index`.

    Several are met in one entry: a page ends with all of its last one.
    """
    ordered = select(Organisation).order_by(
        col(Organisation.first_index).desc(), col(Organisation.id)
    )
    asked = ordered if before is None else ordered.where(Organisation.first_index < before)
    with index.session() as session:
        rows = list(session.exec(asked.limit(bounded(limit))).all())
        if len(rows) < bounded(limit) or not rows:
            return rows
        last = rows[-1].first_index
        rest = session.exec(ordered.where(Organisation.first_index == last)).all()
    return [each for each in rows if each.first_index != last] + list(rest)


def contracts_of(
    index: Projections, org: str, role: str | None = None
) -> Iterator[tuple[str, ContractRow]]:
    """All contracts in which an organisation is `buyer` or `supplier`, alone or with others."""
    for each in ROLES if role is None else (role,):
        seen: set[str] = set()
        involved = walk(
            partial(queries.involvements, index, org, each),
            lambda row: row[0].first_index,
        )
        for _, process in involved:
            if process.ocid in seen:
                continue
            seen.add(process.ocid)
            for contract in queries.contracts(index, ocid=process.ocid):
                if _takes_part(contract, org, each):
                    yield each, contract


def _takes_part(contract: ContractRow, org: str, role: str) -> bool:
    if role == "buyer":
        return contract.buyer_id == org
    return any(each.get("id") == org for each in contract.suppliers)


def recorded_at(index: Projections, numbers: Sequence[int]) -> dict[int, str]:
    """When the log recorded entries (at most 500), by their indices."""
    asked = list(numbers)[:500]
    query = select(EntrySummary.index, EntrySummary.at).where(col(EntrySummary.index).in_(asked))
    with index.session() as session:
        return dict(session.exec(query).all())
