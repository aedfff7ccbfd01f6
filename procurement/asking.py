"""Searching as a reader does: results in order, what else was searched for, what may be meant."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from sqlmodel import col, select

from procurement.documents import holds, ranked
from procurement.index import Found
from procurement.projections import Projections
from procurement.suggesting import suggest
from procurement.sums import PAGE, bounded
from procurement.widening import Wide, read


@dataclass(frozen=True)
class Results:
    """A page of results and the cursor of the next; `also` are the other forms searched for.

    Only where nothing is found, `near` and `shorter` are queries that find something: with words
    like those typed, and with one of them left out.
    """

    found: list[Found]
    next: int | None = None
    also: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    shorter: tuple[str, ...] = ()


def search(
    index: Projections,
    text: str,
    limit: int = PAGE,
    after: int | None = None,
    kind: str | None = None,
    *,
    exact: bool = False,
) -> Results:
    """What holds every term of `text`, those with all of them in the title first.

    Otherwise as `procurement.queries.search`; the cursor is `Results.next`.
    """
    wide = read(text, exact)
    with index.session() as session:
        connection = session.connection()
        page = ranked(connection, wide.terms, bounded(limit), after, kind)
        if not page.numbers and after is None:
            return _suggest(connection, text, kind, wide)
        rows = session.exec(select(Found).where(col(Found.id).in_(page.numbers))).all()
        found = {row.id: row for row in rows}
        ordered = [found[number] for number in page.numbers if number in found]
        return Results(ordered, page.next, wide.also)


def _suggest(connection: Connection, text: str, kind: str | None, wide: Wide) -> Results:
    def finds(query: str) -> bool:
        return holds(connection, read(query, False).terms, kind)

    near, shorter = suggest(connection, text, finds)
    return Results([], None, wide.also, tuple(near), tuple(shorter))
