"""The streams of a year, line after line: what the pages' query must come to.

As slow as it is plain: it reads every line of the year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

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


def streams(index: Projections, year: str, org: str | None = None) -> list[Link]:
    """The links of a fiscal year, of all organisations or of one, the largest first by layer."""
    names: dict[str, str] = {}
    sums: dict[tuple[int, Node, Node, str], int] = {}
    with store.reading(index.engine) as connection:
        for layer, source, target, currency, amount in _pieces(connection, year, org, names):
            at = (layer, source, target, currency)
            sums[at] = sums.get(at, 0) + amount
    links = [Link(*at, amount) for at, amount in sums.items() if amount]
    links.sort(key=lambda link: (link.layer, -link.amount, link.source.name, link.target.name))
    return links


_Piece = tuple[int, Node, Node, str, int]


def _pieces(
    connection: Connection, year: str, org: str | None, names: dict[str, str]
) -> Iterator[_Piece]:
    where = [_LINE.c.fiscal_year == year, *([_LINE.c.org == org] if org else [])]
    rows = connection.execute(select(_LINE).where(*where)).mappings().all()
    committed = _committed(connection, where)
    contracted = _contracted(connection, year, names)
    for row in rows:
        if row["currency"]:
            yield from _line_pieces(dict(row), committed.get(row["id"], {}), contracted)
    for flow in _unlined(connection, year, org, names):
        yield from _unlined_pieces(flow)


def _line_pieces(
    row: Mapping[str, Any],
    committed: Mapping[tuple[str, str], int],
    contracted: Mapping[tuple[str, str, str], Mapping[str, int]],
) -> Iterator[_Piece]:
    """A line: what enters it is what it makes available, and what is bound beyond that."""
    code, said = row["currency"], row["classifications"]
    org = Node(ORG, row["org"])
    programme = Node(PROGRAMME, str(said.get("programme") or ""))
    bound = row["committed"] + row["direct"]
    available = row["available"]
    free = 0 if available is None else max(0, available - bound)
    fund = Node(FUND, str(said.get("fund") or ""))
    if available is None:
        yield 0, Node(UNKNOWN), org, code, bound
    else:
        yield 0, fund, org, code, available
        yield 0, Node(BEYOND), org, code, bound + free - available
    yield 1, org, programme, code, bound + free
    for (ocid, currency), amount in committed.items():
        if currency == code:
            shares = contracted.get((row["id"], ocid, code), {})
            for end, part in _ends(amount, shares).items():
                yield 2, programme, end, code, part
    yield 2, programme, Node(DIRECT), code, row["direct"]
    yield 2, programme, Node(FREE), code, free


def _ends(amount: int, shares: Mapping[str, int]) -> dict[Node, int]:
    """What a process commits on a line, by the suppliers of its contracts where that is certain."""
    if not shares:
        return {Node(UNCONTRACTED): amount}
    if sum(shares.values()) == amount:
        return {_supplier(each): part for each, part in shares.items()}
    if len(shares) == 1:
        return {_supplier(next(iter(shares))): amount}
    return {Node(UNDIVIDED): amount}


def _supplier(supplier: str) -> Node:
    return Node(SUPPLIER, supplier) if supplier else Node(UNDIVIDED)


def _committed(connection: Connection, where: Iterable[Any]) -> dict[str, Any]:
    query = (
        select(_EVENT.c.line, _EVENT.c.ocid, _EVENT.c.currency, func.sum(_EVENT.c.amount))
        .join(_LINE, _LINE.c.id == _EVENT.c.line)
        .where(*where, _EVENT.c.kind == "commitment", _EVENT.c.replaced_by.is_(None))
        .group_by(_EVENT.c.line, _EVENT.c.ocid, _EVENT.c.currency)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for line, ocid, currency, amount in connection.execute(query):
        found.setdefault(line, {})[ocid, currency] = int(amount)
    return found


def _contracted(
    connection: Connection, year: str, names: dict[str, str]
) -> dict[tuple[str, str, str], dict[str, int]]:
    """What contracts commit, by line, process and currency, then by supplier."""
    query = select(_FLOW).where(
        _FLOW.c.fiscal_year == year, _FLOW.c.line != "", _FLOW.c.committed != 0
    )
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in connection.execute(query).mappings():
        names.setdefault(row["supplier"], row["supplier_name"])
        shares = found.setdefault((row["line"], row["ocid"], row["currency"]), {})
        shares[row["supplier"]] = shares.get(row["supplier"], 0) + row["committed"]
    return found


def _unlined(
    connection: Connection, year: str, org: str | None, names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """Contracts and payments that name no budget line."""
    query = select(_FLOW).where(_FLOW.c.fiscal_year == year, _FLOW.c.line == "")
    if org:
        query = query.where(_FLOW.c.org == org)
    for row in connection.execute(query).mappings():
        names.setdefault(row["supplier"], row["supplier_name"])
        yield dict(row)


def _unlined_pieces(row: Mapping[str, Any]) -> Iterator[_Piece]:
    direct = row["origin"].startswith("payment:")
    amount = row["paid"] if direct else row["committed"]
    org, programme = Node(ORG, row["org"] or ""), Node(PROGRAMME)
    end = Node(DIRECT) if direct else _supplier(row["supplier"])
    yield 0, Node(UNKNOWN), org, row["currency"], amount
    yield 1, org, programme, row["currency"], amount
    yield 2, programme, end, row["currency"], amount
