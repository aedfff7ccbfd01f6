"""Codes of functions of government are shown with what they are called."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bs4 import BeautifulSoup

from procurement import queries
from tests.web.sites import Deployed
from web.functions import class_label

CODE = "04.5.1"
WORDS = {"id": "Transportasi", "en": "Transport"}


@pytest.mark.parametrize("language", WORDS)
def test_a_code_stands_with_its_words_wherever_it_is_shown(district: Deployed, language: str):
    """On the line, the page of the classification and the receipt, in the reader's language."""
    line = next(
        each
        for each in queries.lines(district.index, "2025")
        if each.classifications.get("functional") == CODE
    )
    pages = (
        f"/line/{line.id}",
        "/budgets/2025/functional",
        f"/budgets/2025/functional?value={CODE}",
        f"/e/{line.first_index}",
    )
    with district.client(language) as client:
        for page in pages:
            text = BeautifulSoup(client.get(page).text, "html5lib").main.get_text(" ", strip=True)
            assert CODE in text
            assert WORDS[language] in text
        told = json.loads(client.get(f"/line/{line.id}.json").content)["line"]
        by_class = json.loads(client.get("/budgets/2025/functional.json").content)["classes"]
        table = list(csv.DictReader(io.StringIO(client.get("/budgets/2025.csv").text)))
    assert told["classLabels"] == {"functional": WORDS[language]}
    assert {each["value"]: each["label"] for each in by_class}[CODE] == WORDS[language]
    (row,) = [each for each in table if each["id"] == line.id]
    assert (row["functionalIndonesian"], row["functionalEnglish"]) == tuple(WORDS.values())


@pytest.mark.parametrize("language", WORDS)
def test_what_is_no_code_of_ours_has_no_words(language: str):
    """A code of another classification, or none, stays as it is."""
    for code in ("", None, "11", "04.0", "4.5", "045", "04.5.1.2", "04.51", "04.5\n", "Jalan"):
        assert class_label("functional", code, language) == ""
    assert class_label("economic", CODE, language) == ""
    assert class_label("functional", "04", language) != class_label("functional", CODE, language)


def test_every_division_has_words_in_both_languages():
    """Ten divisions, 69 groups, each said in Indonesian and in English."""
    divisions = [f"{n:02}" for n in range(1, 11)]
    groups = [f"{code}.{n}" for code in divisions for n in range(1, 10)]
    for language in WORDS:
        assert all(class_label("functional", code, language) for code in divisions)
        assert sum(bool(class_label("functional", code, language)) for code in groups) == 69
