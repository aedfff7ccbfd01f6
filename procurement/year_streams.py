"""The streams of a year added up by the database: any number of lines, payments and contracts.

What `procurement.streams` says of one line after the other is said here of all together, in one
query a layer, and comes to the same links. A sum of many lines may leave 64 bits, so the database
adds up the upper and the lower halves of its numbers apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Label,
    Subquery,
    case,
    cast,
    func,
    literal_column,
    select,
)

from ledger import store
from procurement.index import FlowRow, Line, LineEvent
from procurement.projections import Projections
from procurement.streams import (
    BEYOND,
    DIRECT,
    FREE,
    FUND,
    ORG,
    PROGRAMME,
    SUPPLIER,
    UNCONTRACTED,
    UNDIVIDED,
    UNKNOWN,
    Link,
    Node,
)

_LINE: Any = store.table(Line)
_EVENT: Any = store.table(LineEvent)
_FLOW: Any = store.table(FlowRow)
_HALF = 32

_At = tuple[int, Node, Node, str]


def year_links(index: Projections, year: str, org: str | None = None) -> list[Link]:
    """All links of a fiscal year, of all organisations or of one, the largest first by layer."""
    sums: Counter[_At] = Counter()
    with store.reading(index.engine) as connection:
        for layers in (_sources, _programmes, _bound, _divided, _unlined):
            for at, amount in layers(connection, year, org):
                sums[at] += amount
    links = [Link(*at, amount) for at, amount in sums.items() if amount]
    return sorted(links, key=lambda e: (e.layer, -e.amount, e.source.name, e.target.name))


def supplier_names(index: Projections, year: str, suppliers: Collection[str]) -> Mapping[str, str]:
    """What contracts and payments of a year call some of the suppliers (at most 500)."""
    query = select(_FLOW.c.supplier, func.min(_FLOW.c.supplier_name)).where(
        _FLOW.c.supplier.in_(sorted(suppliers)[:500]), _FLOW.c.fiscal_year == year
    )
    with store.reading(index.engine) as connection:
        rows = connection.execute(query.group_by(_FLOW.c.supplier)).all()
    return {row[0]: row[1] for row in rows}


def _sources(connection: Connection, year: str, org: str | None) -> Iterator[tuple[_At, int]]:
    """From sources to organisations: what is available, and what is bound beyond it or without."""
    known = _LINE.c.available.is_not(None).label("is_known")
    query = _lines(year, org, FUND, (_LINE.c.available, *_BOUND, _FREE), known)
    for fund, owner, code, is_known, *halves in connection.execute(query):
        available, committed, direct, free = _whole(halves)
        to = Node(ORG, owner)
        if is_known:
            yield (0, Node(FUND, fund), to, code), available
            yield (0, Node(BEYOND), to, code), committed + direct + free - available
        else:
            yield (0, Node(UNKNOWN), to, code), committed + direct


def _programmes(connection: Connection, year: str, org: str | None) -> Iterator[tuple[_At, int]]:
    """From organisations to programmes, and what leaves these without a contract."""
    query = _lines(year, org, PROGRAMME, (*_BOUND, _FREE))
    for name, owner, code, *halves in connection.execute(query):
        committed, direct, free = _whole(halves)
        programme = Node(PROGRAMME, name)
        yield (1, Node(ORG, owner), programme, code), committed + direct + free
        yield (2, programme, Node(DIRECT), code), direct
        yield (2, programme, Node(FREE), code), free


def _bound(connection: Connection, year: str, org: str | None) -> Iterator[tuple[_At, int]]:
    """What processes commit on lines, where one end has all of it."""
    bound, shares = _committed(year, org), _shares(year)
    alone = shares.c.suppliers == 1
    end = case(
        (shares.c.suppliers.is_(None), UNCONTRACTED), (alone, SUPPLIER), else_=UNDIVIDED
    ).label("end_kind")
    supplier = case((alone, shares.c.supplier), else_="").label("one_supplier")
    group = (bound.c.programme, bound.c.currency, end, supplier)
    query = (
        select(*group, *_halves(bound.c.amount))
        .select_from(bound.outerjoin(shares, _same(bound, shares)))
        .where(shares.c.suppliers.is_(None) | alone | (shares.c.amount != bound.c.amount))
        .group_by(*_named(group))
    )
    for programme, code, kind, name, *halves in connection.execute(query):
        to = _supplier(name) if kind == SUPPLIER else Node(kind)
        (amount,) = _whole(halves)
        yield (2, Node(PROGRAMME, programme), to, code), amount


def _divided(connection: Connection, year: str, org: str | None) -> Iterator[tuple[_At, int]]:
    """What processes commit on lines, where several suppliers' contracts come to just that."""
    bound, shares = _committed(year, org), _shares(year)
    same = _same(bound, shares) & (shares.c.suppliers > 1) & (shares.c.amount == bound.c.amount)
    group = (bound.c.programme, bound.c.currency, _FLOW.c.supplier)
    query = (
        select(*group, *_halves(_FLOW.c.committed))
        .select_from(bound.join(shares, same).join(_FLOW, _same(bound, _FLOW)))
        .where(_FLOW.c.fiscal_year == year, _FLOW.c.committed != 0)
        .group_by(*group)
    )
    for programme, code, supplier, *halves in connection.execute(query):
        (amount,) = _whole(halves)
        yield (2, Node(PROGRAMME, programme), _supplier(supplier), code), amount


def _unlined(connection: Connection, year: str, org: str | None) -> Iterator[tuple[_At, int]]:
    """Contracts and payments that name no budget line."""
    direct = _FLOW.c.origin.startswith("payment:").label("is_direct")
    group = (_FLOW.c.org, _FLOW.c.supplier, _FLOW.c.currency, direct)
    query = select(
        *group, *_halves(case((direct.element, _FLOW.c.paid), else_=_FLOW.c.committed))
    ).where(_FLOW.c.fiscal_year == year, _FLOW.c.line == "", *([_FLOW.c.org == org] if org else []))
    for owner, supplier, code, is_direct, *halves in connection.execute(
        query.group_by(*_named(group))
    ):
        (amount,) = _whole(halves)
        through, programme = Node(ORG, owner or ""), Node(PROGRAMME)
        yield (0, Node(UNKNOWN), through, code), amount
        yield (1, through, programme, code), amount
        yield (2, programme, Node(DIRECT) if is_direct else _supplier(supplier), code), amount


_BOUND = (_LINE.c.committed, _LINE.c.direct)
_FREE = case((_LINE.c.unexplained > 0, _LINE.c.unexplained), else_=0)


def _lines(
    year: str,
    org: str | None,
    classification: str,
    columns: Collection[ColumnElement[int]],
    *further: ColumnElement[Any],
) -> Any:
    """The sums of lines, by a classification, organisation and currency."""
    group = (_value(classification), _LINE.c.org, _LINE.c.currency, *further)
    sums = (half for column in columns for half in _halves(column))
    return select(*group, *sums).where(*_of(year, org)).group_by(*_named(group))


def _committed(year: str, org: str | None) -> Subquery:
    """What each process commits on each line, with the line's programme."""
    in_force = (_EVENT.c.kind == "commitment", _EVENT.c.replaced_by.is_(None))
    return (
        select(
            *(_EVENT.c.line, _EVENT.c.ocid, _EVENT.c.currency),
            func.max(_value(PROGRAMME).element).label("programme"),
            cast(func.sum(_EVENT.c.amount), BigInteger).label("amount"),
        )
        .select_from(_LINE.join(_EVENT, _EVENT.c.line == _LINE.c.id))
        .where(*_of(year, org), *in_force)
        .where(_EVENT.c.currency == _LINE.c.currency)
        .group_by(_EVENT.c.line, _EVENT.c.ocid, _EVENT.c.currency)
        .subquery()
    )


def _shares(year: str) -> Subquery:
    """What the contracts of each process commit on each line, and how many suppliers they have."""
    group = (_FLOW.c.line, _FLOW.c.ocid, _FLOW.c.currency)
    return (
        select(
            *group,
            cast(func.sum(_FLOW.c.committed), BigInteger).label("amount"),
            func.count(_FLOW.c.supplier.distinct()).label("suppliers"),
            func.max(_FLOW.c.supplier).label("supplier"),
        )
        .where(_FLOW.c.fiscal_year == year, _FLOW.c.line != "", _FLOW.c.committed != 0)
        .group_by(*group)
        .subquery()
    )


def _of(year: str, org: str | None) -> list[Any]:
    own = [_LINE.c.org == org] if org else []
    return [_LINE.c.fiscal_year == year, _LINE.c.currency.is_not(None), *own]


def _value(classification: str) -> Label[str]:
    """What a line says of a classification, "" when nothing."""
    said = _LINE.c.classifications[classification].as_string()
    return func.coalesce(said, "").label("class_value")


def _named(group: Iterable[ColumnElement[Any]]) -> Iterator[ColumnElement[Any]]:
    """Columns as GROUP BY calls them: what was computed by its label, as PostgreSQL wants it."""
    for each in group:
        yield literal_column(each.name) if isinstance(each, Label) else each


def _same(one: Any, other: Any) -> Any:
    """The same process on the same line in the same currency."""
    names = ("line", "ocid", "currency")
    line, ocid, currency = (one.c[name] == other.c[name] for name in names)
    return line & ocid & currency


def _halves(column: ColumnElement[int]) -> tuple[Any, Any]:
    """The sums of the upper and of the lower bits of a number of 64 bits."""
    width: ColumnElement[int] = literal_column(str(_HALF))
    mask: ColumnElement[int] = literal_column(str(2**_HALF - 1))
    return func.sum(column.bitwise_rshift(width)), func.sum(column.bitwise_and(mask))


def _whole(halves: list[Any]) -> list[int]:
    """Sums from those of their halves."""
    numbers = [int(each or 0) for each in halves]
    return [(up << _HALF) + low for up, low in zip(numbers[::2], numbers[1::2], strict=True)]


def _supplier(supplier: str) -> Node:
    return Node(SUPPLIER, supplier) if supplier else Node(UNDIVIDED)
