"""One box finds anything: identifiers lead straight to what they name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
