"""What a reader sees when something is not there, not readable or not well."""

from __future__ import annotations

import threading
import time

import pytest
from bs4 import BeautifulSoup

from tests.web.sites import found, served
from web.catalogue import read
from web.problems import wants_json
from web.refusals import refusal

MISSING = (
    "/nowhere",
    "/e/999999",
    "/process/ocds-none",
    "/orgs/none",
    "/line/none/2026/1",
    "/budgets/1850",
    "/findings/none",
)


@pytest.mark.parametrize("path", MISSING)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_is_missing_is_said_in_the_readers_language(district, path, language):
    """404 as a page with a search box, in the language asked for."""
    with district.client(language) as client:
        answer = client.get(path)
    assert answer.status_code == 404
    page = BeautifulSoup(answer.text, "html5lib")
    assert page.h1.text == {"id": "Tidak ada di sini", "en": "Not here"}[language]
    assert page.find("input", {"name": "q"})


ASKED = (
    *MISSING,
    "/process/ocds-none?at=soon",
    "/process/ocds-none?at=999999",
    "/budgets/2025?at=1999-01-01",
    "/log?before=-1",
    "/orgs/x?before=1e9",
    "/search?q=" + "x" * 1500,
    "/trace/nobody",
    "/flows?year=1825",
    "/budgets/2025/colour",
    "/budgets/2025/fund?value=none",
    "/orgs/3201234567890123",
    "/log/checkpoints/999999",
    "/cases/999999",
)


@pytest.mark.parametrize("path", ASKED)
def test_why_not_is_said_in_the_readers_language_only(district, path):
    """No page in Indonesian or English has the sentence that programs are told."""
    address, mark, query = path.partition("?")
    with district.client() as client:
        told = client.get(f"{address}.json{mark}{query}").json()["detail"]
    assert told
    leads = {}
    for language in ("id", "en"):
        with district.client(language) as client:
            page = BeautifulSoup(client.get(path).text, "html5lib").main
        leads[language] = page.find(class_="lead").get_text()
        assert not page.find(lang="en")
        assert told not in page.get_text()
    assert leads["id"] != leads["en"]


def test_a_limit_is_said_in_the_readers_language():
    """Too much at a time, and a database that is busy: each has its words."""
    english = read("en")
    for sentence in (
        "too many requests are in hand",
        "too many pages of the past are being made",
        "no database connection is free",
        "the database does not answer: locked",
        "the body of entry 7 has been erased",
    ):
        said = refusal("error", sentence)
        assert said.whole
        assert english.get(said.message).string


def test_a_value_that_cannot_be_read_is_named(district):
    """Whoever wrote an address by hand learns which part of it is wrong, not only that one is."""
    with district.client("en") as client:
        assert "before" in client.get("/log?before=-1").text
        answer = client.get("/log.json?before=<b>-1")
    assert answer.json()["detail"] == "the address holds a value that cannot be read: before"
    assert answer.json().keys() == {"type", "title", "status", "code", "detail", "remedy"}


@pytest.mark.parametrize("path", MISSING)
def test_programs_get_problem_json(district, path):
    """404 of a twin is RFC 9457, with our code, a sentence and a remedy."""
    with district.client() as client:
        answer = client.get(f"{path}.json")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == 404
    assert found["code"] == "not-found"
    assert found["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/log?before=-1",
        "/log?before=99999999999999999999",
        "/log?anchor=x",
        "/search?q=" + "x" * 1500,
        "/e/99999999999999999999",
        "/orgs/x?before=1e9",
        "/budgets/2025?after=" + "x" * 400,
    ],
)
def test_bounds_of_what_may_be_asked(district, path):
    """Values out of bounds are 422, not an error of ours."""
    with district.client() as client:
        assert client.get(path).status_code == 422


@pytest.mark.parametrize("path", ["/" + "x" * 3000, "/e/%00", "/search?q=%00", "/orgs/a%0Ab"])
def test_addresses_no_page_has(district, path):
    """Endless addresses and control characters are 400."""
    with district.client() as client:
        assert client.get(path).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_only_answer_readers(district, method):
    """Nothing can be written here."""
    with district.client() as client:
        assert client.request(method, "/e/1").status_code == 405


def test_an_error_of_ours_is_told_without_its_insides(tmp_path, monkeypatch):
    """500 is a plain page with the security headers and without a trace of the cause."""
    deployed = found(tmp_path)

    def broken(*_args, **_named):
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("web.pages.start.start_view", broken)
    with served(deployed), deployed.client("en") as client:
        page, twin = client.get("/"), client.get("/index.json")
    assert page.status_code == twin.status_code == 500
    assert "An error on our side" in page.text
    assert "secret" not in page.text + twin.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert twin.headers["content-type"] == "application/problem+json"


def test_a_database_that_does_not_answer_is_503(tmp_path):
    """What is worth trying again says so, also when the frame cannot be filled."""
    deployed = found(tmp_path)
    with served(deployed), deployed.client("en") as client:
        (tmp_path / "index.db").unlink()
        (tmp_path / "index.db").mkdir()
        deployed.index.engine.dispose()
        answer = client.get("/findings")
        health = client.get("/healthz")
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.text
    assert health.status_code == 503


def test_a_slow_reader_does_not_hold_up_the_others(district):
    """While some readers take their time with large files, others are answered."""
    stop = threading.Event()

    def dawdle() -> None:
        with district.client() as client, client.stream("GET", "/log/bodies/000") as answer:
            for _chunk in answer.iter_raw(64):
                if stop.wait(0.05):
                    return

    slow = [threading.Thread(target=dawdle, daemon=True) for _ in range(50)]
    for thread in slow:
        thread.start()
    time.sleep(0.3)
    try:
        with district.client() as client:
            assert client.get("/", timeout=20).status_code == 200
    finally:
        stop.set()
        for thread in slow:
            thread.join(timeout=30)


def test_twins_and_files_are_for_programs():
    """A path tells whether a person or a program reads."""

    class Asked:
        def __init__(self, path: str) -> None:
            self.url = self
            self.path = path

    assert wants_json(Asked("/e/1.json"))
    assert wants_json(Asked("/log/tile/0/000"))
    assert not wants_json(Asked("/log"))
    assert not wants_json(Asked("/e/1"))


@pytest.mark.parametrize(
    "path", ["/budgets/2025?org=X", "/flows?from=X", "/entries?org=X", "/processes?owner=X"]
)
def test_nobody_unknown_gets_a_page(district, path):
    """A name made up in an address is no heading of ours."""
    with district.client("id") as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "belum tercatat" in answer.text


def test_tables_are_not_taken_for_the_past(district, addresses):
    """`at` is not passed over in silence: whoever asks for a table of then does not get today's."""
    with district.client("id") as client:
        answer = client.get(f"{addresses['buyer']}.csv?at=300")
        past = client.get(f"{addresses['buyer']}?at=300").text
    assert answer.status_code == 422
    assert answer.json()["detail"] == "tables are of today"
    assert "CSV dan umpan di halaman ini memuat keadaan hari ini" in past


def test_what_was_not_there_yet_is_not_called_a_mistake(district, addresses):
    """A process that came later is told from one that never was, as far as that is known."""
    with district.client("id") as client:
        answer = client.get(f"{addresses['process']}?at=1")
    assert answer.status_code == 404
    assert "belum tercatat pada saat itu" in answer.text


def test_behind_the_last_page_there_is_a_way_back(district):
    """An empty page of a list or a search that has results does not say that there are none."""
    with district.client("id") as client:
        search = client.get("/search?q=jalan&before=0").text
        listed = client.get("/processes?before=0").text
    assert "Tidak ada yang cocok" not in search
    assert "/search?q=jalan" in search
    assert "Ke awal daftar" in listed
