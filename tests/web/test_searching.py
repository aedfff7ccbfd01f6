"""One box finds anything: identifiers lead straight to what they name."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from procurement.searching import words
from procurement.widening import synonyms
from tests.web import hostile as bad
from tests.web.test_plans import grows, queried, steps
from web.identifiers import MAX_QUERY, read_query


def lands(client, query: str) -> str:
    """Where a search ends."""
    return client.get("/search", params={"q": query}, follow_redirects=True).url.path


def test_identifiers_lead_to_what_they_name(district, addresses):
    """A number, a hash, an ocid, a line, an organisation and a payment lead to their page."""
    with district.client() as client:
        receipt = json.loads(client.get(f"{addresses['receipt']}.json").content)
        for query in (
            str(receipt["index"]),
            f"#{receipt['index']}",
            receipt["leafHash"],
            receipt["body"],
            receipt["body"].upper(),
        ):
            assert lands(client, query) == addresses["receipt"]
        for name in ("process", "line", "buyer"):
            address = addresses[name]
            assert lands(client, address.split("/", 2)[2]) == address
        paid = client.get("/search.json", params={"q": "sp2d", "type": "payment"}).json()["results"]
        assert paid
        assert lands(client, paid[0]["id"]) == paid[0]["page"]


def test_words_find_processes_and_can_be_narrowed(district):
    """Words are found, and a type narrows them."""
    with district.client() as client:
        found = client.get("/search.json", params={"q": "jalan"}).json()
        only = client.get("/search.json", params={"q": "jalan", "type": "process"}).json()
    assert found["results"]
    assert {each["type"] for each in only["results"]} == {"process"}


@pytest.mark.parametrize("query", ["", " ", "%", '"', "' OR 1=1 --", "a* NEAR b", "😀", "\\", "()"])
def test_any_text_may_be_searched_for(district, query):
    """No text breaks the search."""
    with district.client() as client:
        assert client.get("/search", params={"q": query}, follow_redirects=True).status_code == 200


def test_more_results_are_on_the_next_page(district):
    """The next page goes on where the first ended, without doubles."""
    with district.client() as client:
        first = client.get("/search.json", params={"q": "dinas"}).json()
        assert first["next"]
        second = client.get("/search.json", params={"q": "dinas", "before": first["next"]}).json()
    ids = [(each["type"], each["id"]) for each in first["results"] + second["results"]]
    assert len(ids) == len(set(ids))


def test_who_finds_nothing_is_led_on(district):
    """No results is no dead end; and a supplier's contracts are taken along from beside them."""
    with district.client("en") as client:
        nothing = client.get("/search", params={"q": "jln zzz"}).text
        supplier = client.get("/orgs/XI-USAHA-0104").text
    assert 'Or see the lists: <a href="/processes">' in nothing
    assert '<a href="/orgs/XI-USAHA-0104.csv">Download all its contracts (CSV)</a>' in supplier


@given(st.text(max_size=300))
def test_a_query_is_bounded_and_has_one_meaning(text):
    """Whatever is typed becomes at most one kind of identifier, of bounded length."""
    asked = read_query(text)
    assert len(asked.text) <= MAX_QUERY
    meanings = [asked.number, asked.digest, asked.identifier]
    assert sum(each is not None for each in meanings) <= 1


def test_other_forms_are_searched_for_and_need_not_be(district):
    """Abbreviations count for their words; the page says so, and one link asks for less."""
    with district.client("en") as client:
        wide = client.get("/search", params={"q": "jl", "type": "process"}).text
        assert "Also searched for: jalan, jln" in wide
        address = re.search(r'href="([^"]*exact=1)"', wide)[1].replace("&amp;", "&")
        exact = client.get(address).text
        assert "Searched for exactly what was typed." in exact
        for form in (".json", ".csv", ".atom"):
            found = client.get(f"/search{form}", params={"q": "jl", "type": "process"}).text
            assert "/process/" in found
            assert "/process/" not in client.get(address.replace("?", f"{form}?")).text


def test_titles_come_first_and_every_result_once(district):
    """On the page those with all words in the title lead; it lists what the table lists."""
    with district.client() as client:
        found, before = [], None
        while True:
            asked = {"q": "dinas jalan", **({"before": before} if before else {})}
            page = client.get("/search.json", params=asked).json()
            found += page["results"]
            before = page["next"]
            if before is None:
                break
        table = client.get("/search.csv", params={"q": "dinas jalan"}).text
    titled = [holds_all(each["title"]) for each in found]
    assert titled == sorted(titled, reverse=True)
    names = [(each["type"], each["id"]) for each in found]
    assert len(names) == len(set(names)) == len(list(csv.reader(io.StringIO(table)))) - 1


def holds_all(title: str) -> bool:
    """Whether a title holds a form of both words."""
    held = set(words(title))
    forms = [{word, *synonyms()[word]} for word in ("dinas", "jalan")]
    return all(held & each for each in forms)


@pytest.mark.parametrize(
    ("language", "near", "shorter"),
    [
        ("id", "Mungkin maksud Anda", "Dengan kata yang lebih sedikit"),
        ("en", "Did you mean", "With fewer words"),
    ],
)
def test_a_slip_is_answered_with_links(district, language, near, shorter):
    """A mistyped word and a word too many lead on, by links that find something."""
    with district.client(language) as client:
        for query, said in (("jalna", near), ("jalan zzzz", shorter)):
            page = client.get("/search", params={"q": query}).text
            assert said in page
            twin = client.get("/search.json", params={"q": query}).json()
            proposed = twin["near"] + twin["shorter"]
            assert not twin["results"]
            assert "jalan" in proposed
            for each in proposed:
                assert client.get("/search.json", params={"q": each}).json()["results"]
        assert near not in client.get("/search", params={"q": "jalan"}).text


HARD = ("jl " * 60, "sekolah* NEAR x", "\ue000jalan", '" OR "', "-jalan ^x {words}:y", "a" * 900)


@pytest.mark.parametrize("query", HARD)
@pytest.mark.parametrize("form", ["", ".json", ".csv", ".atom"])
def test_no_operator_is_taken_from_what_is_typed(district, query, form):
    """Marks and operators are words or nothing, in each form, exact or not."""
    with district.client() as client:
        for exact in ("", "1"):
            asked = {"q": query, "exact": exact}
            assert client.get(f"/search{form}", params=asked).status_code == 200
        assert client.get(f"/search{form}", params={"q": "a", "exact": "2"}).status_code == 422


@pytest.mark.parametrize("query", ["jl", "sekolah jalan", "jalna", "jalan zzzz", "dinas jalan"])
def test_no_search_reads_a_table_from_end_to_end(district, query):
    """Other forms, titles first and near words are found by an index, in the order shown."""
    engines = district.log.engine, district.index.engine
    with queried(*engines) as asked, district.client() as client:
        assert client.get("/search", params={"q": query}).status_code == 200
        assert client.get("/search", params={"q": query, "before": 41}).status_code == 200
    assert asked
    slow = [
        (step, said)
        for said, (engine, given) in asked.items()
        for step in steps(engine, said, given)
        if grows(said, step)
    ]
    assert not slow


@pytest.mark.parametrize(
    "query", [f"{bad.NIK} zzzz", f"zzzz {bad.NIK} PT", "sitti pribadii", "siti"]
)
@pytest.mark.parametrize("form", ["", ".json"])
def test_no_personal_data_is_proposed(hostile, query, form):
    """Neither an identity number nor the name of a contact person comes back as a proposal."""
    with hostile.client() as client:
        text = client.get(f"/search{form}", params={"q": query}).text
    shown = BeautifulSoup(text, "html5lib").get_text()
    assert bad.NIK not in shown
    assert "siti pribadi" not in shown.lower()
