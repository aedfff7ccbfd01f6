"""What somebody who writes picks from: lines, processes, contracts, parties, payments, entries.

Scopes are organisation ids whose subjects the writer may speak about; None stands for all. Words
are looked for in ids and titles without regard to case. Lists are pages as in
`procurement.queries`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from procurement.budget import split_line
from procurement.index import (
    ContractRow,
    EntrySummary,
    Line,
    Organisation,
    Payment,
    Process,
)
from procurement.projections import Projections
from procurement.sums import PAGE, bounded

MAX_WORDS = 6

Scope = Collection[str] | None


def lines(
    index: Projections,
    scope: Scope,
    words: str = "",
    after: str | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """Budget lines that somebody has appropriated, the newest fiscal year first, then by id.

    `after` is the id of the last line of the page before.
    """
    query = select(Line).where(col(Line.approved).is_not(None))
    query = _about(_within(query, Line.org, scope), words, Line.id, Line.title)
    parts = split_line(after or "")
    if after is not None and parts is not None:
        same = and_(col(Line.fiscal_year) == parts[1], col(Line.id) > after)
        query = query.where(or_(col(Line.fiscal_year) < parts[1], same))
    query = query.order_by(col(Line.fiscal_year).desc(), col(Line.id)).limit(bounded(limit))
    with index.session() as session:
        return list(session.exec(query).all())


def lines_named(index: Projections, numbers: Collection[str]) -> dict[str, Line]:
    """The lines among these ids (at most 200) that somebody has appropriated, by id."""
    query = select(Line).where(
        col(Line.id).in_(list(numbers)[:200]), col(Line.approved).is_not(None)
    )
    with index.session() as session:
        return {each.id: each for each in session.exec(query).all()}


def currencies(index: Projections, scope: Scope) -> list[str]:
    """The currencies of the lines in a scope, the one of most lines first."""
    query = select(Line.currency, func.count()).where(col(Line.currency).is_not(None))
    query = _within(query, Line.org, scope).group_by(col(Line.currency))
    with index.session() as session:
        counted = [(count, str(code)) for code, count in session.exec(query).all()]
    return [code for _, code in sorted(counted, key=lambda each: (-each[0], each[1]))]


def processes(
    index: Projections,
    scope: Scope,
    words: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Process]:
    """Processes whose owner is in the scope, newest first; the cursor is `first_index`."""
    query = _within(select(Process), Process.owner, scope)
    query = _about(query, words, Process.ocid, Process.title)
    return _newest(index, query, Process.first_index, before, limit)


def contracts(
    index: Projections,
    scope: Scope,
    words: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[ContractRow]:
    """Contracts of processes whose owner is in the scope, newest first; the cursor is `index`."""
    query = select(ContractRow)
    if scope is not None:
        query = query.where(
            ContractRow.ocid == Process.ocid, col(Process.owner).in_(sorted(scope)[:500])
        )
    names = (ContractRow.contract_id, ContractRow.title, ContractRow.supplier_name)
    query = _about(query, words, *names)
    return _newest(index, query, ContractRow.index, before, limit)


def parties(
    index: Projections, words: str = "", before: int | None = None, limit: int = PAGE
) -> list[Organisation]:
    """Organisations met so far, newest first; the cursor is `first_index`."""
    query = _about(select(Organisation), words, Organisation.id, Organisation.name)
    return _newest(index, query, Organisation.first_index, before, limit)


def payments(
    index: Projections, org: str, words: str = "", before: int | None = None, limit: int = PAGE
) -> list[Payment]:
    """Payments in force that an organisation has published; the cursor is `index`."""
    query = select(Payment).where(
        Payment.org == org, Payment.source == "payment", col(Payment.replaced_by).is_(None)
    )
    query = _about(query, words, Payment.id, Payment.payee_name)
    return _newest(index, query, Payment.index, before, limit)


def correctable(
    index: Projections, org: str, words: str = "", before: int | None = None, limit: int = PAGE
) -> list[EntrySummary]:
    """Entries of an organisation that can be corrected: not yet, nor acts of registrars."""
    query = select(EntrySummary).where(
        EntrySummary.org == org,
        col(EntrySummary.replaced_by).is_(None),
        col(EntrySummary.kind).not_like("registry/%"),
        EntrySummary.kind != "note",
        col(EntrySummary.erased).is_(False),
    )
    if words:
        # Many a release has no title of its own: it goes by that of its process.
        query = query.outerjoin(Process, col(Process.ocid) == col(EntrySummary.ocid))
    query = _about(query, words, EntrySummary.subject, EntrySummary.title, Process.title)
    return _newest(index, query, EntrySummary.index, before, limit)


def _within(query: Any, column: Any, scope: Scope) -> Any:
    return query if scope is None else query.where(col(column).in_(sorted(scope)[:500]))


def _about(query: Any, words: str, *columns: Any) -> Any:
    """The rows in which every word stands somewhere."""
    for word in words.lower().split()[:MAX_WORDS]:
        found = (func.lower(col(each)).contains(word, autoescape=True) for each in columns)
        query = query.where(or_(*found))
    return query


def _newest(
    index: Projections, query: SelectOfScalar[Any], cursor: Any, before: int | None, limit: int
) -> list[Any]:
    if before is not None:
        query = query.where(col(cursor) < before)
    query = query.order_by(col(cursor).desc()).limit(bounded(limit))
    with index.session() as session:
        return list(session.exec(query).all())
