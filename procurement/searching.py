"""Words to be searched for: the same on SQLite (FTS5) and PostgreSQL (tsvector).

Words are runs of letters and digits, without case and accents; an id such as
`ocds-a1b2c3-0001/2026` is the words `ocds a1b2c3 0001 2026` in this order. The words of a title are
kept once more behind a mark that no word has: what holds all words there is shown first.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    cast,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

MAX_WORDS = 300
MAX_TERMS = 12
# Of the private use area: FTS5 takes it for a letter, `words` never does.
TITLE = "\ue000"

# Words that follow each other; phrases that must all be held; what may stand for each other.
Phrase = tuple[str, ...]
Alternative = tuple[Phrase, ...]
Term = tuple[Alternative, ...]

# Documents that PostgreSQL marks together, as powers of two: the newest few thousand, then many,
# and from there on twice as many each time, up to more than any log has.
LEVELS = (12, *range(16, 32))

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_APART = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


def words(text: str) -> list[str]:
    """The words of a text, in order, each at most 60 characters."""
    folded = text.lower()
    if not text.isascii():
        # Once more: what NFKD takes apart may be capitals.
        folded = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()
    # The same words, found much faster.
    found = folded.translate(_APART).split() if folded.isascii() else _WORD.findall(folded)
    return [word[:60] for word in found]


def document(kind: str, ref: str, title: str, *texts: str | None) -> str:
    """The words by which something is found, at most 300, and below them those of its title."""
    said = words(" ".join(filter(None, (ref, title, *texts))))
    entitled = " ".join(TITLE + word for word in dict.fromkeys(words(title[:300] or ref)))
    return f"{kind_word(kind)} {' '.join(said[:MAX_WORDS])}\n{entitled}"


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
    entitled = func.string_to_array(_line(text, 2), literal_column("' '"))
    named: ColumnElement[Any] = func.array_to_tsvector(
        cast(marks, ARRAY(Text)).op("||")(cast(entitled, ARRAY(Text)))
    )
    return func.to_tsvector(literal_column("'simple'"), _line(text, 1)).op("||")(named)


def _line(text: Any, number: int) -> ColumnElement[Any]:
    return func.split_part(text, literal_column("chr(10)"), literal_column(str(number)))


def phrases(text: str) -> list[Phrase]:
    """The terms of a text, which stand between blanks: words that follow each other, at most 12.

    A term that comes again asks for nothing more; the last stays the last.
    """
    found = [tuple(said) for term in text.split()[:MAX_TERMS] if (said := words(term))]
    return list(dict.fromkeys(found[::-1]))[::-1]
