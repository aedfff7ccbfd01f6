"""Widening what is searched for by other forms of the same words, as `synonyms.txt` lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from procurement.searching import Alternative, Phrase, Term, phrases, words

# The forms that a whole query is widened by, at most: each is one more list to be read.
MAX_FORMS = 40


@dataclass(frozen=True)
class Wide:
    """The terms of a query with their other forms, and these forms as they are written."""

    terms: tuple[Term, ...]
    also: tuple[str, ...] = ()


def read(text: str, exact: bool) -> Wide:
    """The terms of a text: as typed if `exact`, else with other forms of their words."""
    return (typed if exact else widen)(phrases(text))


def typed(phrases: Sequence[Phrase]) -> Wide:
    """Nothing but what was typed."""
    return Wide(tuple(((phrase,),) for phrase in phrases))


def widen(phrases: Sequence[Phrase]) -> Wide:
    """Each term or the other forms of its words; the form that was typed is the first."""
    phrases = _apart(phrases)
    terms: list[Term] = []
    also: list[str] = []
    at = 0
    while at < len(phrases):
        length, others = _forms_at(phrases, at)
        others = others[: max(0, MAX_FORMS - len(also))]
        also += [form for form in others if form not in also]
        written: Alternative = tuple(phrases[at : at + length])
        if others:
            terms.append((written, *((tuple(form.split()),) for form in others)))
        else:
            terms += [((phrase,),) for phrase in written]
        at += length
    return Wide(tuple(terms), tuple(also))


def _apart(phrases: Sequence[Phrase]) -> list[Phrase]:
    """`jl.merdeka` is typed for two words, `ocds-a1-7` for one id."""
    found: list[Phrase] = []
    for phrase in phrases:
        abbreviated = phrase[0] in synonyms() and all(word.isalpha() for word in phrase)
        found += [(word,) for word in phrase] if abbreviated else [phrase]
    return found


def _forms_at(phrases: Sequence[Phrase], at: int) -> tuple[int, tuple[str, ...]]:
    """How many terms from `at` on are one form of the list, the longest first, and the others."""
    for length in range(min(_longest(), len(phrases) - at), 0, -1):
        run = phrases[at : at + length]
        others = synonyms().get(" ".join(word for (word, *_) in run))
        if others and all(len(phrase) == 1 for phrase in run):
            return length, others
    return 1, ()


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """The other forms of each form."""
    found: dict[str, dict[str, None]] = {}
    text = resources.files("procurement").joinpath("synonyms.txt").read_text("utf-8")
    for line in text.splitlines():
        alike, narrower = _read_line(line)
        for form in alike:
            others = [other for other in (*alike, *narrower) if other != form]
            found.setdefault(form, {}).update(dict.fromkeys(others))
    return {form: tuple(others) for form, others in found.items()}


@cache
def listed() -> frozenset[str]:
    """The words of all forms of the list."""
    return frozenset(word for form in synonyms() for word in form.split())


def _read_line(line: str) -> tuple[list[str], list[str]]:
    alike, _, narrower = line.partition("#")[0].partition(">")
    return _forms(alike), _forms(narrower)


def _forms(listed: str) -> list[str]:
    return [form for each in listed.split(",") if (form := " ".join(words(each)))]


@cache
def _longest() -> int:
    return max(len(form.split()) for form in synonyms())
