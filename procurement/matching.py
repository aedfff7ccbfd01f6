"""What is asked of the search index, as FTS5 and as PostgreSQL write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY

from procurement.searching import TITLE, Phrase, Term, kind_word

_Written = Callable[[Phrase, bool], str]


class Place(Enum):
    """Where the terms are to be: anywhere, all in the title, or not all of them there."""

    ANYWHERE = 0
    TITLE = 1
    ELSEWHERE = 2


@dataclass(frozen=True)
class Match:
    """Terms that a document of a kind must hold; the last word may be the beginning of one."""

    terms: Sequence[Term]
    kind: str | None = None
    beginning: bool = False
    place: Place = Place.ANYWHERE

    def fts5(self) -> str:
        """A full-text query of FTS5."""
        held = self._write(_fts5_phrase, " AND ", " OR ", self._whole())
        if self.place is Place.ANYWHERE:
            return held
        entitled = self._write(_fts5_title, " AND ", " OR ", self.terms)
        return f"({held}) {'AND' if self.place is Place.TITLE else 'NOT'} ({entitled})"

    def tsquery(self) -> ColumnElement[Any]:
        """A tsquery of PostgreSQL."""
        held = self._write(_tsquery_phrase, " & ", " | ", self._whole())
        asked: ColumnElement[Any] = func.to_tsquery(literal_column("'simple'"), held)
        if self.place is Place.ANYWHERE:
            return asked
        text = self._write(_tsquery_title, " & ", " | ", self.terms)
        entitled: ColumnElement[Any] = cast(text, TSQUERY)
        return asked.op("&&")(entitled if self.place is Place.TITLE else func.tsquery_not(entitled))

    def _whole(self) -> Sequence[Term]:
        return [*([] if self.kind is None else [(((kind_word(self.kind),),),)]), *self.terms]

    def _write(self, written: _Written, both: str, either: str, terms: Sequence[Term]) -> str:
        alternatives = [
            [[written(phrase, False) for phrase in alternative] for alternative in term]
            for term in terms
        ]
        if self.beginning:
            alternatives[-1][0][-1] = written(terms[-1][0][-1], True)
        return both.join(
            f"({either.join(f'({both.join(phrases)})' for phrases in term)})"
            for term in alternatives
        )


def _fts5_phrase(phrase: Phrase, beginning: bool) -> str:
    return f'"{" ".join(phrase)}"' + (" *" if beginning else "")


def _fts5_title(phrase: Phrase, beginning: bool) -> str:
    return " AND ".join(f'"{TITLE}{word}"' for word in phrase) + (" *" if beginning else "")


def _tsquery_phrase(phrase: Phrase, beginning: bool) -> str:
    return f"({' <-> '.join(phrase)}{':*' if beginning else ''})"


def _tsquery_title(phrase: Phrase, beginning: bool) -> str:
    return " & ".join(f"'{TITLE}{word}'" for word in phrase) + (":*" if beginning else "")
