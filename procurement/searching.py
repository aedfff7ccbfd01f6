"""Words to be searched for: the same on SQLite (FTS5) and PostgreSQL (tsvector).

Words are runs of letters and digits, without case and accents; an id such as
`ocds-a1b2c3-0001/2026` is the words `ocds a1b2c3 0001 2026` in this order.
"""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import ColumnElement, Connection, func, select

from procurement.index import SEARCH

MAX_WORDS = 300
MAX_TERMS = 12

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
    # In order of rowid: FTS5 stops at the limit instead of gathering every document.
    query = select(SEARCH.c.rowid).where(_match(connection.dialect.name, terms, beginning))
    if before is not None:
        query = query.where(SEARCH.c.rowid < before)
    query = query.order_by(SEARCH.c.rowid.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def _match(dialect: str, terms: list[list[str]], beginning: bool) -> ColumnElement[bool]:
    matching: ColumnElement[bool]
    if dialect == "postgresql":
        phrases = [f"({' <-> '.join(term)})" for term in terms]
        if beginning:
            phrases[-1] = f"({' <-> '.join(terms[-1])}:*)"
        asked = func.to_tsquery("simple", " & ".join(phrases))
        matching = SEARCH.c.words.op("@@")(asked)
    else:
        phrases = [f'"{" ".join(term)}"' for term in terms]
        ending = " *" if beginning else ""
        matching = SEARCH.c.words.op("MATCH")(" AND ".join(phrases) + ending)
    return matching
