"""Words to be searched for: the same on SQLite (FTS5) and PostgreSQL (tsvector).

Words are runs of letters and digits, without case and accents; an id such as
`ocds-a1b2c3-0001/2026` is the words `ocds a1b2c3 0001 2026` in this order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, array

from procurement.index import SEARCH

MAX_WORDS = 300
MAX_TERMS = 12
# Documents that PostgreSQL marks together, as powers of two.
LEVELS = (12, 16)

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_APART = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


def words(text: str) -> list[str]:
    """The words of a text, in order, each at most 60 characters."""
    folded = text.lower()
    if not text.isascii():
        folded = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    # The same words, found much faster.
    found = folded.translate(_APART).split() if folded.isascii() else _WORD.findall(folded)
    return [word[:60] for word in found]


def document(*texts: str | None) -> str:
    """The words of several texts, at most 400, as they are stored."""
    return " ".join(words(" ".join(filter(None, texts)))[:MAX_WORDS])


def kind_word(kind: str) -> str:
    """The word by which documents of a kind are told apart."""
    return f"kind{kind}"


def stored(dialect: str, number: Any, text: Any) -> Any:
    """What is kept of the words of a document with this number.

    PostgreSQL keeps with them which thousands of documents it is one of, in a form no word has.
    """
    if dialect != "postgresql":
        return text
    marks = array(
        [
            func.concat(f"|{level}|", number.op("/")(literal_column(f"{1 << level}")))
            for level in LEVELS
        ]
    )
    named: ColumnElement[Any] = func.array_to_tsvector(cast(marks, ARRAY(Text)))
    return func.to_tsvector(literal_column("'simple'"), text).op("||")(named)


def find(
    connection: Connection, text: str, limit: int, before: int | None, kind: str | None
) -> list[int]:
    """Numbers of the documents that hold every term of `text`, newest first.

    Terms stand between blanks, and the words of a term follow each other. Where nothing holds the
    last word, it is taken for the beginning of one.
    """
    terms = [found for term in text.split()[:MAX_TERMS] if (found := words(term))]
    if not terms:
        return []
    if kind is not None:
        terms.insert(0, [kind_word(kind)])
    for beginning in (False, True):
        if before is None or _page(connection, terms, beginning, 1, None):
            numbers = _page(connection, terms, beginning, limit, before)
            if numbers or before is not None:
                return numbers
    return []


def _page(
    connection: Connection,
    terms: list[list[str]],
    beginning: bool,
    limit: int,
    before: int | None,
) -> list[int]:
    if connection.dialect.name == "postgresql":
        return _newest(connection, _tsquery(terms, beginning), limit, before)
    # In order of rowid: FTS5 stops at the limit instead of gathering every document.
    phrases = " AND ".join(f'"{" ".join(term)}"' for term in terms)
    matching = SEARCH.c.words.op("MATCH")(phrases + (" *" if beginning else ""))
    query = select(SEARCH.c.rowid).where(matching)
    if before is not None:
        query = query.where(SEARCH.c.rowid < before)
    query = query.order_by(SEARCH.c.rowid.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def _tsquery(terms: list[list[str]], beginning: bool) -> str:
    phrases = [f"({' <-> '.join(term)})" for term in terms]
    if beginning:
        phrases[-1] = f"({' <-> '.join(terms[-1])}:*)"
    return " & ".join(phrases)


def _newest(connection: Connection, asked: str, limit: int, before: int | None) -> list[int]:
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
    rows = connection.execute(union_all(*parts).limit(limit))
    return [number for (number,) in rows]


def _stretches(upto: int) -> Iterator[tuple[int | None, int]]:
    """Stretches of documents below a number: a level of marks, and the first of the stretch."""
    for level in LEVELS:
        first = max(0, ((upto - 1) >> level) - 1) << level
        yield level, first
        upto = first
        if upto == 0:
            return
    yield None, 0


def _among(asked: str, level: int | None, first: int, upto: int, limit: int) -> Select[Any]:
    """The newest documents of a stretch."""
    query: ColumnElement[Any] = func.to_tsquery(literal_column("'simple'"), asked)
    if level is not None:
        marks = range(first >> level, ((upto - 1) >> level) + 1)
        either = " | ".join(f"'|{level}|{mark}'" for mark in marks)
        query = query.op("&&")(cast(either, TSQUERY))
    # The search is done first, by its index: then only is it known how little is left to sort.
    held = select(SEARCH.c.rowid).where(SEARCH.c.words.op("@@")(query)).cte(f"held_{level or 0}")
    held = held.prefix_with("MATERIALIZED")
    ordered = select(held.c.rowid).where(held.c.rowid >= first, held.c.rowid < upto)
    return ordered.order_by(held.c.rowid.desc()).limit(limit)
