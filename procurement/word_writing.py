"""Keeping the words of titles in step with the documents that can be found."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, delete
from sqlalchemy.dialects import postgresql, sqlite

from ledger import store
from procurement.index_words import TitleWord
from procurement.searching import words

# Shorter words have too many neighbours, longer ones are no words.
SHORTEST, LONGEST = 3, 24

_WORD: Table = store.table(TitleWord)


class TitleWords:
    """In how many more titles each word stands, or in how many fewer."""

    def __init__(self) -> None:
        self._moved: Counter[str] = Counter()

    def replace(self, before: str, after: str) -> None:
        """A title was `before` and is now `after`; "" where there is none."""
        if before != after:
            self._moved.update(title_words(after))
            self._moved.subtract(title_words(before))

    def write(self, connection: Connection) -> None:
        """Write what has changed; a word that stands in no title any more goes."""
        moved = sorted((word, by) for word, by in self._moved.items() if by)
        self._moved.clear()
        if not moved:
            return
        connection.execute(_adding(connection), [_row(word, by) for word, by in moved])
        lost = [word for word, by in moved if by < 0]
        for at in range(0, len(lost), 500):
            gone = _WORD.c.word.in_(lost[at : at + 500]), _WORD.c.documents <= 0
            connection.execute(delete(_WORD).where(*gone))


@lru_cache(4096)
def title_words(title: str) -> frozenset[str]:
    """The words of a title that somebody may mistype: of letters only."""
    found = set(words(title))
    return frozenset(word for word in found if SHORTEST <= len(word) <= LONGEST and word.isalpha())


def _row(word: str, by: int) -> dict[str, Any]:
    return {
        "word": word,
        "head": word[:2],
        "tail": word[-2:],
        "length": len(word),
        "documents": by,
    }


def _adding(connection: Connection) -> Any:
    on = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = on.insert(_WORD)
    total = _WORD.c.documents + adding.excluded.documents
    return adding.on_conflict_do_update(index_elements=["word"], set_={"documents": total})
