"""Other forms of words, and the distance between two."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from procurement.matching import Match, Place
from procurement.searching import MAX_TERMS, TITLE, document, phrases, words
from procurement.suggesting import distance
from procurement.widening import MAX_FORMS, synonyms, typed, widen

NEAR = st.text("abc", max_size=6)
FORMS = st.lists(st.sampled_from(sorted(synonyms())), max_size=30).map(" ".join)


def slips(one: str, other: str) -> int:
    """Optimal string alignment as it is defined."""
    if not one or not other:
        return len(one) + len(other)
    least = min(
        slips(one[:-1], other) + 1,
        slips(one, other[:-1]) + 1,
        slips(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if one[-2:] == other[-2:][::-1] and len(one) > 1 < len(other):
        least = min(least, slips(one[:-2], other[:-2]) + 1)
    return least


@given(NEAR, NEAR, st.sampled_from([1, 2]))
def test_distance_is_that_of_optimal_string_alignment(one, other, most):
    """Up to the bound the number of slips, above it only that there are more."""
    assert distance(one, other, most) == min(slips(one, other), most + 1)


def test_the_list_of_forms_is_written_as_words():
    """Each form is found as it stands, has others, and none of them is itself."""
    assert len(synonyms()) > 150
    for form, others in synonyms().items():
        assert others
        assert form not in others
        assert len(others) == len(set(others)) <= MAX_FORMS
        for each in (form, *others):
            assert " ".join(words(each)) == each
    names = {"pt", "cv", "ud"}
    assert not names & {word for form in synonyms() for word in form.split()}


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(sorted(synonyms())), max_size=30).map(" ".join)
)
def test_widening_is_bounded_and_keeps_what_was_typed(text):
    """Every word that was typed is still one way to be found, in its order; forms are bounded."""
    asked = phrases(text)
    wide = widen(asked)
    assert len(asked) <= MAX_TERMS
    assert len(wide.also) <= MAX_FORMS
    kept = [word for term in wide.terms for phrase in term[0] for word in phrase]
    assert kept == [word for phrase in asked for word in phrase]
    assert sum(len(term) - 1 for term in wide.terms) <= MAX_TERMS * MAX_FORMS
    assert typed(asked).also == ()


@given(st.text(max_size=100))
def test_a_query_holds_nothing_but_words(text):
    """What is typed reaches FTS5 only as quoted letters and digits."""
    terms = widen(phrases(text)).terms
    if terms:
        for place in Place:
            parts = Match(terms, "process", True, place).fts5().split('"')
            assert all(set(outside) <= set(" ()*ANDORT") for outside in parts[::2])
            for quoted in parts[1::2]:
                assert words(quoted.replace(TITLE, "")) == quoted.replace(TITLE, "").split()


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_title_is_kept_once_more_behind_its_mark(title, said):
    """No text brings a mark of its own; the words of the title stand in the second line only."""
    first, second = document("line", "x/1", title, said).split("\n")
    assert TITLE not in first
    marked = second.split(" ")
    assert [TITLE + word for word in dict.fromkeys(words(title or "x/1"))] == marked or not words(
        title
    )
    assert all(one != other for one, other in pairwise(marked))
