"""The catalogues hold what the interface says, all of it and nothing else."""

from __future__ import annotations

import re

import pytest

from web import catalogue
from web.language import LANGUAGES, LOCALE, SOURCE, choose_language, translations

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?\w+")
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


def variants(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """A message in singular and, where there is one, plural."""
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_is_up_to_date(language):
    """Python -m web.catalogue would change nothing."""
    written = (LOCALE / f"{language}.po").read_bytes()
    assert catalogue.format_catalogue(catalogue.update(language)) == written


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language):
    """No message is empty or fuzzy; placeholders and tags are those of the source."""
    known = catalogue.read(language)
    for message in catalogue.extract():
        if not message.id:
            continue
        found = known.get(message.id)
        assert found is not None, message.id
        assert not found.fuzzy
        for source, said in zip(variants(message.id), variants(found.string), strict=True):
            assert said, message.id
            # A singular may do without the number it is about.
            assert set(PLACEHOLDER.findall(said)) <= set(PLACEHOLDER.findall(source)), said
            assert sorted(TAG.findall(said)) == sorted(TAG.findall(source)), said
        last = variants(found.string)[-1]
        assert set(PLACEHOLDER.findall(last)) == set(PLACEHOLDER.findall(variants(message.id)[-1]))


def test_plurals_follow_the_language():
    """English tells one from several, Indonesian does not."""
    said = "%(shown)s pembayaran"
    english, indonesian = translations("en"), translations("id")
    assert english.ngettext(said, said, 1) == "%(shown)s payment"
    assert english.ngettext(said, said, 2) == "%(shown)s payments"
    assert indonesian.ngettext(said, said, 2) == said


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        (None, None, "id"),
        ("en", "id", "en"),
        ("id", "en", "id"),
        ("xx", "en", "en"),
        (None, "en-GB,id;q=0.9", "en"),
        (None, "in-ID", "id"),
        (None, "fr, en;q=0.5, id;q=0.7", "id"),
        (None, "en;q=0", "id"),
        (None, "en;q=x", "id"),
        (None, "," * 5000, "id"),
        (None, "en;q=1.0.0;;", "id"),
    ],
)
def test_the_language_is_chosen(asked, accepted, expected):
    """The address first, then the best range of Accept-Language, then Indonesian."""
    assert choose_language(asked, accepted) == expected
