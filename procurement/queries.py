"""Reading the projections: what pages, feeds and commands ask of them.

Each function takes the projections first and opens one short transaction. Lists are pages: at most
`limit` rows, newest first, and `before` is the cursor of the last row of the page before (a log
index where nothing else is said). A page of contracts or payments is longer where several share
its last index. Rows are those of `procurement.index`, no longer attached. Sums
are asked of `procurement.sums`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ledger.errors import NotFound
from procurement.documents import find
from procurement.index import (
    ContractRow,
    Cursor,
    EntrySummary,
    FindingRow,
    Found,
    Involvement,
    Line,
    LineEvent,
    Organisation,
    Payment,
    Process,
)
from procurement.projections import Projections
from procurement.sums import MAX_PAGE, PAGE, bounded
from procurement.widening import read

_Row = TypeVar("_Row", bound=SQLModel)
_MOVED = (LineEvent.place, LineEvent.kind, LineEvent.line, LineEvent.currency)


@dataclass(frozen=True)
class Position:
    """Entries below `position` are in the tables; `at` is the log's time of the last one."""

    position: int
    at: str


def position(index: Projections) -> Position:
    """How far the projections have followed the log."""
    with index.session() as session:
        cursor = session.get(Cursor, 1)
    return Position(cursor.position, cursor.at) if cursor else Position(0, "")


def latest(
    index: Projections,
    limit: int = PAGE,
    before: int | None = None,
    *,
    kind: str | None = None,
    org: str | None = None,
) -> list[EntrySummary]:
    """The newest entries, also of one kind or signed for one organisation."""
    query = select(EntrySummary)
    if kind is not None:
        query = query.where(EntrySummary.kind == kind)
    if org is not None:
        query = query.where(EntrySummary.org == org)
    return _page(index, query, EntrySummary.index, limit, before)


def entry(index: Projections, number: int) -> EntrySummary:
    """The entry at a log index. Raises NotFound."""
    return _one(index, EntrySummary, number, f"entry {number}")


def entry_by_hash(index: Projections, leaf_hash: str) -> EntrySummary:
    """The entry with this leaf hash (hex). Raises NotFound."""
    query = select(EntrySummary).where(EntrySummary.leaf_hash == leaf_hash)
    with index.session() as session:
        found = session.exec(query).first()
    if found is None:
        raise NotFound(f"there is no entry with leaf hash {leaf_hash[:64]}")
    return found


def process(index: Projections, ocid: str) -> Process:
    """A contracting process. Raises NotFound."""
    return _one(index, Process, ocid, f"process {ocid!r}")


def processes(
    index: Projections,
    limit: int = PAGE,
    before: int | None = None,
    *,
    year: str | None = None,
    owner: str | None = None,
) -> list[Process]:
    """Processes, newest first; the cursor is `first_index`."""
    query = select(Process)
    if year is not None:
        query = query.where(Process.fiscal_year == year)
    if owner is not None:
        query = query.where(Process.owner == owner)
    return _page(index, query, Process.first_index, limit, before)


def process_entries(
    index: Projections, ocid: str, limit: int = MAX_PAGE, before: int | None = None
) -> list[EntrySummary]:
    """The releases of a process and the payments of its contracts."""
    query = select(EntrySummary).where(EntrySummary.ocid == ocid)
    return _page(index, query, EntrySummary.index, limit, before)


def contracts(
    index: Projections,
    *,
    ocid: str | None = None,
    supplier: str | None = None,
    limit: int = MAX_PAGE,
    before: int | None = None,
) -> list[ContractRow]:
    """The contracts of a process, or of a supplier; the cursor is `index`."""
    query = select(ContractRow)
    if ocid is not None:
        query = query.where(ContractRow.ocid == ocid)
    if supplier is not None:
        query = query.where(ContractRow.supplier_id == supplier)
    return _whole_page(
        index, query, ContractRow.index, (ContractRow.ocid, ContractRow.contract_id), limit, before
    )


def payments(
    index: Projections,
    *,
    ocid: str | None = None,
    contract: str | None = None,
    payee: str | None = None,
    org: str | None = None,
    limit: int = MAX_PAGE,
    before: int | None = None,
) -> list[Payment]:
    """Payments and OCDS transactions, those replaced too; by process, contract, payee or org."""
    query = select(Payment)
    for column, value in (
        (Payment.ocid, ocid),
        (Payment.contract_id, contract),
        (Payment.payee_id, payee),
        (Payment.org, org),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    return _whole_page(index, query, Payment.index, (Payment.key,), limit, before)


def payment(index: Projections, number: str) -> Payment:
    """The payment in force with this id. Raises NotFound."""
    return _one(index, Payment, f"payment:{number}", f"payment {number!r}")


def reversals(index: Projections, number: str, limit: int = PAGE) -> list[Payment]:
    """The payments in force that take back the payment with this id, the newest first."""
    query = select(Payment).where(Payment.reverses == number, col(Payment.replaced_by).is_(None))
    return _page(index, query, Payment.index, limit, None)


def lines(
    index: Projections,
    year: str | None = None,
    org: str | None = None,
    limit: int = PAGE,
    after: str | None = None,
) -> list[Line]:
    """Budget lines in order of id; `after` is the id of the last line of the page before."""
    query = select(Line)
    if year is not None:
        query = query.where(Line.fiscal_year == year)
    if org is not None:
        query = query.where(Line.org == org)
    if after is not None:
        query = query.where(Line.id > after)
    query = query.order_by(col(Line.id)).limit(bounded(limit))
    with index.session() as session:
        return list(session.exec(query).all())


def line(index: Projections, number: str) -> Line:
    """A budget line by its id `<org>/<fiscal year>/<code>`. Raises NotFound."""
    return _one(index, Line, number, f"budget line {number!r}")


def line_events(
    index: Projections, number: str, limit: int = MAX_PAGE, before: int | None = None
) -> list[LineEvent]:
    """What moved a line, newest first; the cursor is `index`."""
    query = select(LineEvent).where(LineEvent.line == number)
    return _whole_page(index, query, LineEvent.index, _MOVED, limit, before)


def process_lines(index: Projections, ocid: str) -> list[LineEvent]:
    """What a process has committed on budget lines and what was paid from them for it."""
    query = select(LineEvent).where(LineEvent.ocid == ocid)
    return _whole_page(index, query, LineEvent.index, _MOVED, MAX_PAGE, None)


def organisation(index: Projections, number: str) -> Organisation:
    """An organisation. Raises NotFound."""
    return _one(index, Organisation, number, f"organisation {number!r}")


def organisation_names(index: Projections, numbers: Sequence[str]) -> dict[str, Organisation]:
    """The organisations known among these ids (at most 500), by id."""
    query = select(Organisation).where(col(Organisation.id).in_(list(numbers)[:500]))
    with index.session() as session:
        return {each.id: each for each in session.exec(query).all()}


def involvements(
    index: Projections,
    org: str,
    role: str | None = None,
    limit: int = PAGE,
    before: int | None = None,
) -> list[tuple[Involvement, Process]]:
    """Processes in which an organisation has a role; the cursor is `first_index`."""
    query = (
        select(Involvement, Process)
        .where(Involvement.org == org, Involvement.ocid == Process.ocid)
        .order_by(col(Involvement.first_index).desc(), col(Involvement.role).desc())
        .limit(bounded(limit))
    )
    if role is not None:
        query = query.where(Involvement.role == role)
    if before is not None:
        query = query.where(Involvement.first_index < before)
    with index.session() as session:
        return list(session.exec(query).all())


def search(
    index: Projections,
    text: str,
    limit: int = PAGE,
    before: int | None = None,
    kind: str | None = None,
    *,
    exact: bool = False,
) -> list[Found]:
    """What holds every word of `text`; ids are words too, and the last may be a beginning.

    Other forms of a word count for it (procurement.widening) unless `exact`. `kind` is a
    `Found.type`. Newest first; the cursor is `Found.id`. Nothing is found for a text
    without letters or digits.
    """
    terms = read(text, exact).terms
    with index.session() as session:
        numbers = find(session.connection(), terms, bounded(limit), before, kind)
        if not numbers:
            return []
        query = select(Found).where(col(Found.id).in_(numbers))
        return list(session.exec(query.order_by(col(Found.id).desc())).all())


def findings(
    index: Projections,
    code: str | None = None,
    status: str | None = "broken",
    *,
    ocid: str | None = None,
    line: str | None = None,
    org: str | None = None,
    limit: int = PAGE,
    before: int | None = None,
) -> list[FindingRow]:
    """Broken money rules (status None: also those not computable); the cursor is `id`."""
    query = select(FindingRow)
    for column, value in (
        (FindingRow.code, code),
        (FindingRow.status, status),
        (FindingRow.ocid, ocid),
        (FindingRow.line, line),
        (FindingRow.org, org),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    return _page(index, query, FindingRow.id, limit, before)


def subject_findings(
    index: Projections, *, ocid: str | None = None, line: str | None = None, limit: int = PAGE
) -> list[FindingRow]:
    """Broken money rules of one process or line, by code."""
    query = select(FindingRow).where(FindingRow.status == "broken")
    for column, value in ((FindingRow.ocid, ocid), (FindingRow.line, line)):
        if value is not None:
            query = query.where(col(column) == value)
    named = (FindingRow.code, FindingRow.subject, FindingRow.index)
    with index.session() as session:
        return list(session.exec(query.order_by(*map(col, named)).limit(bounded(limit))).all())


def _page(
    index: Projections, query: SelectOfScalar[_Row], cursor: Any, limit: int, before: int | None
) -> list[_Row]:
    if before is not None:
        query = query.where(col(cursor) < before)
    query = query.order_by(col(cursor).desc()).limit(bounded(limit))
    with index.session() as session:
        return list(session.exec(query).all())


def _whole_page(
    index: Projections,
    query: SelectOfScalar[_Row],
    cursor: Any,
    ties: Sequence[Any],
    limit: int,
    before: int | None,
) -> list[_Row]:
    """A page by a cursor that several rows share: it ends with all rows of its last one."""
    ordered = query.order_by(col(cursor).desc(), *map(col, ties))
    asked = ordered if before is None else ordered.where(col(cursor) < before)
    with index.session() as session:
        rows = list(session.exec(asked.limit(bounded(limit))).all())
        if not rows or len(rows) < bounded(limit):
            return rows
        last = getattr(rows[-1], cursor.key)
        rest = session.exec(ordered.where(col(cursor) == last).limit(MAX_PAGE)).all()
        return [row for row in rows if getattr(row, cursor.key) != last] + list(rest)


def _one(index: Projections, model: type[_Row], key: object, what: str) -> _Row:
    with index.session() as session:
        found = session.get(model, key)
    if found is None:
        raise NotFound(f"there is no {what[:240]}", "search for it")
    return found
