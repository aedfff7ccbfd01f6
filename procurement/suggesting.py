"""What may have been meant by a query that finds nothing: near words, or one word less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Table, select

from ledger import store
from procurement.index_words import TitleWord
from procurement.searching import MAX_TERMS, words
from procurement.widening import listed
from procurement.word_writing import LONGEST, SHORTEST

SHOWN = 5
# Words of one beginning or end and of one length that are looked at.
LOOKED_AT = 300

_WORD: Table = store.table(TitleWord)

# Whether a query finds anything.
Finds = Callable[[str], bool]
# Near words by the position of the term that they may stand for.
Near = Mapping[int, Sequence[str]]


def suggest(connection: Connection, text: str, finds: Finds) -> tuple[list[str], list[str]]:
    """At most five queries with near words, and five with fewer words, that find something.

    Near words stand for those that no title has. Fewer are all but one, as they were typed or else
    as they may have been meant, or else one alone.
    """
    terms = _terms(text)
    near = {at: found for at, term in enumerate(terms) if (found := _near_term(connection, term))}
    corrected = [query for query in _corrected(terms, near) if finds(query)]
    meant = _replaced(terms, near, 0)
    for fewer in (_shorter(terms), _shorter(meant) if near else [], meant[:SHOWN]):
        found = [query for query in dict.fromkeys(fewer) if finds(query)]
        if found or corrected:
            return corrected, found
    return [], []


def _terms(text: str) -> list[str]:
    """The terms of a text; `jl.raya` is two words, an id stays what it is."""
    terms: list[str] = []
    for term in text.split()[:MAX_TERMS]:
        said = words(term)
        terms += said if all(word.isalpha() for word in said) else [term]
    return terms


def _corrected(terms: Sequence[str], near: Near) -> list[str]:
    most = max(map(len, near.values()), default=0)
    return [" ".join(_replaced(terms, near, number)) for number in range(most)]


def _replaced(terms: Sequence[str], near: Near, number: int) -> list[str]:
    """The terms with the near words of this number, or the last there are."""
    found = list(terms)
    for at, others in near.items():
        found[at] = others[min(number, len(others) - 1)]
    return found


def _shorter(terms: Sequence[str]) -> list[str]:
    """Each of the first five terms left out."""
    return [" ".join([*terms[:at], *terms[at + 1 :]]) for at in range(min(len(terms), SHOWN))]


def _near_term(connection: Connection, term: str) -> list[str]:
    said = words(term)
    return near_words(connection, said[0]) if len(said) == 1 else []


def near_words(connection: Connection, word: str) -> list[str]:
    """At most five words one or two slips away, the nearest and then the most used in titles first.

    They stand in a title or in the list of forms. None for a word that does so itself, and for what
    is no word of letters. A slip is a letter too many, too few, another, or two that changed
    places; short words allow for one.
    """
    if not (SHORTEST <= len(word) <= LONGEST and word.isalpha()):
        return []
    if word in listed() or _is_held(connection, word):
        return []
    most = 1 if len(word) < 5 else 2
    found = []
    for other, documents in _candidates(connection, word, most):
        slips = distance(word, other, most)
        if slips <= most:
            found.append((slips, -documents, other))
    return [other for _, _, other in sorted(found)[:SHOWN]]


def _is_held(connection: Connection, word: str) -> bool:
    query = select(_WORD.c.word).where(_WORD.c.word == word)
    return connection.execute(query).first() is not None


def _candidates(connection: Connection, word: str, most: int) -> Iterator[tuple[str, int]]:
    """Words of about this length that begin or end like this one, and all of the list of forms."""
    seen: set[str] = set()
    for length in range(max(SHORTEST, len(word) - most), len(word) + most + 1):
        for part in (_WORD.c.head == word[:2], _WORD.c.tail == word[-2:]):
            query = select(_WORD.c.word, _WORD.c.documents).where(part, _WORD.c.length == length)
            rows = connection.execute(query.order_by(_WORD.c.word).limit(LOOKED_AT))
            for other, documents in rows.all():
                if other not in seen:
                    seen.add(other)
                    yield other, documents
    yield from ((other, 0) for other in sorted(listed() - seen) if len(other) >= SHORTEST)


def distance(one: str, other: str, most: int) -> int:
    """Slips between two words (optimal string alignment), or `most` + 1 where there are more."""
    if len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    earlier: Sequence[int] = ()
    before: Sequence[int] = range(len(other) + 1)
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            cost = min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != against))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, earlier[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        earlier, before = before, now
    return min(before[-1], most + 1)
