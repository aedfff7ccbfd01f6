"""The pages of the money rules: each says its idea in law, its formula and its limits, twice."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup

from procurement.regulations import REGULATIONS
from procurement.rules import CODES
from web import terms
from web.language import LANGUAGES, translations
from web.money_rules import RULES

REASONS = (
    "the value lots is not known",
    "a value called-off is not known",
    "a payee or a supplier is not named, or only alike",
    "one value is with tax and another without, or does not say",
    "a framework agreement without a value",
    "the contract has no end date",
    "the payment that is reversed has been erased",
    "the payment that is reversed names no contract",
    "called-off in EUR, IDR, ceiling in IDR",
    "also moved in USD",
)


def test_every_rule_has_words():
    """No code without a page, no page without a code, no law for a rule that is none."""
    assert set(RULES) == set(CODES)
    assert set(REGULATIONS) <= set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_a_rule_says_what_it_is(district, code, language):
    """Code, idea in law, regulation, formula and limits, in the language of the reader."""
    said = RULES[code]
    say = translations(language).gettext
    with district.client(language) as client:
        answer = client.get(f"/findings/{code}")
        listed = client.get("/findings")
        found = json.loads(client.get(f"/findings/{code}.json").content)
    page = BeautifulSoup(answer.text, "html5lib")
    text = " ".join(page.get_text(" ").split())
    assert answer.status_code == 200
    for sentence in (said.title, said.idea, said.method, said.caveat):
        assert say(sentence) in text
        assert language == "id" or say(sentence) != sentence
    assert code in text
    assert say(said.title) in listed.text
    laws = [{"title": each.title, "article": each.article} for each in REGULATIONS.get(code, ())]
    assert found["law"] == laws
    assert all(each["title"] in text and each["article"] in text for each in laws)


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_is_said_in_both_languages(reason):
    """What could not be computed, and the currencies that stand against each other."""
    indonesian, english = (
        terms.label(translations(language), "reason", reason) for language in ("id", "en")
    )
    assert reason != indonesian != english
    for code in ("EUR, IDR", "USD"):
        assert (code in reason) == (code in indonesian) == (code in english)
