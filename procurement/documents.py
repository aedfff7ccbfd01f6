"""Finding documents by their words, without reading all that hold them.

The same on SQLite (FTS5) and PostgreSQL (tsvector): numbers of documents, the newest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from procurement import searching
from procurement.index import SEARCH
from procurement.matching import Match, Place
from procurement.searching import Term


@dataclass(frozen=True)
class Ranked:
    """A page of documents, and the cursor of the page after, None after the last."""

    numbers: list[int]
    next: int | None


def find(
    connection: Connection,
    terms: Sequence[Term],
    limit: int,
    before: int | None = None,
    kind: str | None = None,
) -> list[int]:
    """Numbers of the documents that hold every term, newest first.

    Where nothing holds the last word, it is taken for the beginning of one.
    """
    match = _match(connection, terms, kind)
    return _page(connection, match, limit, before) if match else []


def holds(connection: Connection, terms: Sequence[Term], kind: str | None = None) -> bool:
    """Whether a document holds every term, as a whole word."""
    return bool(terms and _page(connection, Match(terms, kind), 1, None))


def ranked(
    connection: Connection,
    terms: Sequence[Term],
    limit: int,
    after: int | None = None,
    kind: str | None = None,
) -> Ranked:
    """The same documents: first those with every term in the title, then the others.

    A cursor is twice the number of the last document shown, and 1 more as long as these are titles.
    """
    if after is not None:
        match = _match(connection, terms, kind)
        return _ranked(connection, match, limit, after) if match else Ranked([], None)
    if not terms:
        return Ranked([], None)
    page = _ranked(connection, Match(terms, kind), limit, None)
    beginning = Match(terms, kind, beginning=True)
    if not page.numbers and _page(connection, beginning, 1, None):
        return _ranked(connection, beginning, limit, None)
    return page


def _ranked(connection: Connection, match: Match, limit: int, after: int | None) -> Ranked:
    number, in_titles = divmod(after, 2) if after is not None else (None, True)
    entitled: list[int] = []
    if in_titles:
        entitled = _page(connection, replace(match, place=Place.TITLE), limit, number)
        number = None
    others: list[int] = []
    if len(entitled) < limit:
        # Where no title has them, all that holds the terms holds them elsewhere.
        place = Place.ANYWHERE if after is None and not entitled else Place.ELSEWHERE
        others = _page(connection, replace(match, place=place), limit - len(entitled), number)
    numbers = entitled + others
    following = 2 * numbers[-1] + (not others) if len(numbers) == limit else None
    return Ranked(numbers, following)


def _match(connection: Connection, terms: Sequence[Term], kind: str | None) -> Match | None:
    """What is asked for: whole words where they are held, else a beginning; None where nothing."""
    if not terms:
        return None
    for beginning in (False, True):
        match = Match(terms, kind, beginning)
        if _page(connection, match, 1, None):
            return match
    return None


def _page(connection: Connection, match: Match, limit: int, before: int | None) -> list[int]:
    if connection.dialect.name == "postgresql":
        return _newest(connection, match.tsquery(), limit, before)
    # In order of rowid: FTS5 stops at the limit instead of gathering every document.
    query = select(SEARCH.c.rowid).where(SEARCH.c.words.op("MATCH")(match.fts5()))
    if before is not None:
        query = query.where(SEARCH.c.rowid < before)
    query = query.order_by(SEARCH.c.rowid.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def _newest(
    connection: Connection, asked: ColumnElement[Any], limit: int, before: int | None
) -> list[int]:
    """The newest documents, sought in longer and longer stretches of them.

    PostgreSQL would gather every document that holds a word, or walk through all of them. It is
    asked for all stretches at once, and looks into none once those before it have given enough.
    """
    upto = before
    if upto is None:
        upto = 1 + (connection.execute(select(func.max(SEARCH.c.rowid))).scalar() or 0)
    parts = []
    for level, first in _stretches(upto):
        parts.append(_among(asked, level, first, upto, limit))
        upto = first
    rows = connection.execute(union_all(*parts).limit(limit) if parts[1:] else parts[0])
    return [number for (number,) in rows]


def _stretches(upto: int) -> Iterator[tuple[int | None, int]]:
    """Stretches of documents below a number: a level of marks, and the first of the stretch."""
    for level in searching.LEVELS:
        first = max(0, ((upto - 1) >> level) - 1) << level
        yield level, first
        upto = first
        if upto == 0:
            return
    yield None, 0


def _among(
    asked: ColumnElement[Any], level: int | None, first: int, upto: int, limit: int
) -> Select[Any]:
    """The newest documents of a stretch."""
    query = asked
    if level is not None:
        marks = range(first >> level, ((upto - 1) >> level) + 1)
        either = " | ".join(f"'|{level}|{mark}'" for mark in marks)
        query = query.op("&&")(cast(either, TSQUERY))
    # The search is done first, by its index: then only is it known how little is left to sort.
    held = select(SEARCH.c.rowid).where(SEARCH.c.words.op("@@")(query)).cte(f"held_{level or 0}")
    held = held.prefix_with("MATERIALIZED")
    ordered = select(held.c.rowid).where(held.c.rowid >= first, held.c.rowid < upto)
    return ordered.order_by(held.c.rowid.desc()).limit(limit)
