"""Every page, in both languages, with its twin, its headers, its links and its markup."""

from __future__ import annotations

import json
from collections import deque
from decimal import Decimal
from urllib.parse import urlsplit

import html5lib
import pytest
from bs4 import BeautifulSoup

from procurement import queries
from procurement.example.planted import PLANTED
from tests.web.sites import LANGUAGES, Deployed

PAGES = (
    "start",
    "search",
    "entries",
    "processes",
    "tenders",
    "orgs",
    "receipt",
    "root",
    "process",
    "budgets",
    "budget",
    "flows",
    "classes",
    "trace",
    "line",
    "buyer",
    "supplier",
    "findings",
    "cases",
    "case",
    "rule",
    "quality",
    "log",
    "status",
    "checkpoint",
    "anchors",
    "audit",
    "compare",
    "sample",
    "download",
    "api",
    "how",
    "glossary",
    "privacy",
    "accessibility",
    "feeds",
)


def twin_of(path: str) -> str:
    """The address of a page's JSON twin."""
    bare, mark, query = path.partition("?")
    return f"{'/index' if bare == '/' else bare}.json{mark}{query}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_in_the_language_asked_for(district, addresses, name, language):
    """A page is 200, says its language in header and markup, and is strictly valid HTML."""
    with district.client(language) as client:
        answer = client.get(addresses[name])
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = BeautifulSoup(answer.text, "html5lib")
    assert page.html["lang"] == language
    assert len(page.find_all("h1")) == 1
    assert page.title.text.strip()
    assert not page.find_all(["script", "style"])
    assert not [tag for tag in page.find_all(True) if tag.has_attr("style")]
    identifiers = [tag["id"] for tag in page.find_all(id=True)]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_twin(district, addresses, name):
    """The same address with .json is JSON that says the log and how far it has read."""
    with district.client() as client:
        answer = client.get(twin_of(addresses[name]))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    found = json.loads(answer.content)
    assert found["origin"] == district.settings.origin
    assert found["position"] == district.log.size


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_it_stands_on(district, addresses, name, language):
    """Every page tells of the development chain, the fictional data and its place in the log."""
    with district.client(language) as client:
        text = BeautifulSoup(client.get(addresses[name]).text, "html5lib").get_text(" ")
    told = {
        "id": ("Tidak ada validator independen", "rekaan", "{size} entri pertama"),
        "en": ("No independent validators", "fictional", "first {size} entries"),
    }[language]
    size = str(district.log.size)
    for sentence in told:
        assert sentence.format(size=size) in text


def test_no_page_of_the_district_lacks_its_translation(district, addresses):
    """No Indonesian sentence of the frame is left on an English page."""
    with district.client("en") as client:
        for name, path in addresses.items():
            text = BeautifulSoup(client.get(path).text, "html5lib").get_text(" ")
            assert "Halaman ini" not in text, name
            assert "Tanda terima" not in text, name


def test_the_address_overrides_the_browser_and_links_keep_it(district):
    """?lang=en beats Accept-Language, every link of the site keeps it, nothing sets a cookie."""
    with district.client("id") as client:
        answer = client.get("/?lang=en")
    assert answer.headers["content-language"] == "en"
    assert "set-cookie" not in answer.headers
    page = BeautifulSoup(answer.text, "html5lib")
    inside = [
        link["href"]
        for link in page.main.find_all("a", href=True)
        if link["href"].startswith("/") and "download" not in link.attrs
    ]
    assert inside
    assert [href for href in inside if "lang=en" not in href] == []


def test_a_reader_of_neither_language_gets_indonesian(district):
    """Without a language that we speak, the page is Indonesian."""
    with district.client("fr-FR,de;q=0.8") as client:
        assert client.get("/").headers["content-language"] == "id"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_links_lead_somewhere(district, language):
    """Starting at the start page, every link inside the site answers; 400 pages are enough."""
    seen, waiting = {"/"}, deque(["/"])
    broken = []
    with district.client(language) as client:
        while waiting and len(seen) < 400:
            address = waiting.popleft()
            answer = client.get(address, follow_redirects=True)
            if answer.status_code != 200:
                broken.append((address, answer.status_code))
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            page = BeautifulSoup(answer.text, "html5lib")
            for link in page.find_all(["a", "link"], href=True):
                href = urlsplit(link["href"])
                if href.netloc or not href.path:
                    continue
                found = href.path + (f"?{href.query}" if href.query else "")
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
    assert broken == []
    assert len(seen) > 100


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/nowhere.json", "/log/checkpoint", "/log?before=x"]
)
def test_every_answer_carries_the_security_headers(district, path):
    """Pages, errors and files forbid scripts of others, framing, sniffing and referrers."""
    with district.client() as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_nothing_comes_from_elsewhere(district, addresses):
    """No page loads anything from another host."""
    with district.client() as client:
        for path in addresses.values():
            page = BeautifulSoup(client.get(path).text, "html5lib")
            for tag in page.find_all(["img", "script", "link", "iframe", "source", "form"]):
                target = tag.get("src") or tag.get("href") or tag.get("action") or ""
                assert urlsplit(target).netloc in ("", urlsplit(district.url).netloc)


def test_the_automatic_documentation_is_off(district):
    """FastAPI's own pages, which load from a CDN, do not exist."""
    with district.client() as client:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert client.get(path).status_code == 404


def test_pages_can_be_read_by_head(district, addresses):
    """HEAD answers like GET, without a body."""
    with district.client() as client:
        for path in addresses.values():
            answer = client.head(path)
            assert answer.status_code == 200
            assert answer.content == b""


def test_pages_are_small(district, addresses):
    """Receipt, process, budget and line fit a first round trip; lists are at most 25 KB."""
    small = ("receipt", "process", "budget", "line", "start")
    with district.client() as client:
        client.headers["accept-encoding"] = "gzip"
        for name, path in addresses.items():
            with client.stream("GET", path) as answer:
                size = sum(len(chunk) for chunk in answer.iter_raw())
            assert size <= (14 if name in small else 25) * 1024, name


def test_health_says_how_far_everything_is(district: Deployed):
    """/healthz names the sizes of log, projections and checkpoint."""
    with district.client() as client:
        found = client.get("/healthz").json()
    size = district.log.size
    assert found == {"status": "ok", "size": size, "index": size, "checkpoint": size}


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "Aturan yang dapat dihitung sudah diperiksa"), ("en", "rules that could be computed")],
)
def test_a_process_says_when_its_rules_found_nothing(district, language, said):
    """Without findings the page says that rules were checked; with findings it does not say so."""
    statements = (each.entry.statement for each in district.log.records())
    processes = {each.subject for each in statements if each.subject.startswith("ocds-")}
    broken = (each.subject for each in PLANTED if each.status == "broken")
    planted = {subject.partition("#")[0] for subject in broken} & processes
    with district.client(language) as client:
        silent = {each for each in processes if said not in client.get(f"/process/{each}").text}
    assert silent == planted
    assert planted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feed_that_is_listed_answers(district, language):
    """The page of feeds links each, by the name of its list in the reader's language."""
    with district.client(language) as client:
        page = BeautifulSoup(client.get("/feeds").text, "html5lib")
        links = [each for each in page.main.find_all("a") if each["href"].endswith(".atom")]
        kinds = {client.get(each["href"]).headers["content-type"] for each in links}
        assert {each.text.startswith(district.url) for each in links} == {True}
    assert kinds == {"application/atom+xml; charset=utf-8"}
    assert ("Entri terbaru" in page.main.text) == (language == "id")


def test_the_status_is_that_of_the_log(district):
    """The page of the status says how far log, pages, checkpoint and anchor are."""
    with district.client() as client:
        found = client.get("/status.json").json()
    sizes = (found["followed"], found["checkpoint"]["size"], found["anchor"]["size"])
    assert {found["size"], *sizes} == {district.log.size}
    assert (found["halted"], found["witnesses"]) == (None, [])


@pytest.mark.parametrize(
    ("language", "rule", "outcome", "then"),
    [
        ("id", "Pembayaran melebihi kontrak", "aturannya dilanggar", "hari entrinya dicatat"),
        ("en", "Payments exceed the contract", "the rule is broken", "an entry was recorded"),
    ],
)
def test_no_code_is_left_where_there_are_words(district, language, rule, outcome, then):
    """A case names its rule and outcome; a day before the log says which days count."""
    with district.client(language) as client:
        cases = BeautifulSoup(client.get("/cases").text, "html5lib")
        path = cases.select_one(".entries a.what")["href"]
        case = BeautifulSoup(client.get(path).text, "html5lib").get_text(" ")
        early = client.get("/budgets/2025?at=2001-01-01")
    assert rule in cases.get_text(" ")
    assert "payments-above" not in cases.get_text(" ")
    assert outcome in case
    assert "broken" not in case.replace(outcome, "")
    assert early.status_code == 404
    assert then in early.text


def test_a_title_turns_no_figure_around(district):
    """Whatever sign of direction stands in somebody's words: figures keep an order of their own."""
    with district.client() as client:
        page = BeautifulSoup(client.get("/").content, "html.parser")
        style = client.get(page.find("link", rel="stylesheet")["href"]).text
    rule = next(line for line in style.splitlines() if line.startswith(".num, .nowrap {"))
    assert "unicode-bidi: isolate" in rule


@pytest.mark.parametrize(
    ("language", "whole", "part"),
    [
        ("id", "Terikat seluruhnya", "dibayar tanpa kontrak"),
        ("en", "Bound in all", "paid without a contract"),
    ],
)
def test_a_line_says_why_its_two_figures_differ(district, language, whole, part):
    """What is bound is what is committed and what was paid directly: each has a name of its own."""
    line = next(
        each for each in queries.lines(district.index, "2025") if each.committed and each.direct
    )
    with district.client(language) as client:
        told = client.get(f"/line/{line.id}.json").json()["line"]
        page = BeautifulSoup(client.get(f"/line/{line.id}").text, "html5lib")
    names = [each.get_text(strip=True) for each in page.select("dl.figures dt")]
    assert whole in names
    (said,) = [each.get_text() for each in page.select("p") if whole in each.get_text()]
    assert part in said
    for name in ("bound", "committed", "direct"):
        figure = f"{int(Decimal(told[name]['amount'])):,}"
        assert (figure if language == "en" else figure.replace(",", ".")) in said
    rows = {each.th.get_text(strip=True) for each in page.select("table tr") if each.th}
    assert not rows & set(names)
