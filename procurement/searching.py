"""Words to be searched for: the same on SQLite (FTS5) and PostgreSQL (tsvector).

Words are runs of letters and digits, without case and accents; an id such as
`ocds-a1b2c3-0001/2026` is the words `ocds a1b2c3 0001 2026` in this order.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from procurement.index import SEARCH, Found

MAX_WORDS = 400
MAX_TERMS = 12

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")


def words(text: str) -> list[str]:
    """The words of a text, in order, each at most 60 characters."""
    if text.isascii():
        folded = text.lower()
    else:
        folded = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return [word[:60] for word in _WORD.findall(folded)]


def document(*texts: str | None) -> str:
    """The words of several texts, at most 400, as they are stored."""
    return " ".join(words(" ".join(filter(None, texts)))[:MAX_WORDS])


def match(dialect: str, text: str) -> ColumnElement[bool] | None:
    """The condition on `Found` that every term of `text` is there; None without any word.

    Terms stand between blanks; the words of a term must follow each other; the last word may be
    the beginning of one.
    """
    terms = [found for term in text.split()[:MAX_TERMS] if (found := words(term))]
    if not terms:
        return None
    matching: Any
    if dialect == "postgresql":
        asked = func.to_tsquery("simple", _tsquery(terms))
        matching = SEARCH.c.words.op("@@")(asked)
    else:
        matching = SEARCH.c.words.op("MATCH")(_fts5(terms))
    return col(Found.id).in_(select(SEARCH.c.rowid).where(matching))


def _fts5(terms: list[list[str]]) -> str:
    return " AND ".join('"' + " ".join(term) + '"' for term in terms) + " *"


def _tsquery(terms: list[list[str]]) -> str:
    return " & ".join("(" + " <-> ".join(term) + ")" for term in terms[:-1]) + (
        (" & " if len(terms) > 1 else "") + "(" + " <-> ".join(terms[-1]) + ":*)"
    )
