"""Lists as CSV and Atom: whole, safe, and the same as the pages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from procurement import listing, queries
from tests.web.sites import Deployed, found, served
from web import addresses
from web import named as naming
from web.pages import budgets
from web.tables import FORMULA, Figure, cell, format_rows
from web.views import amount

ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = {
    "entries": "/entries",
    "processes": "/processes",
    "tenders": "/tenders",
    "organisations": "/orgs",
    "search": "search",
    "process": "process",
    "buyer": "buyer",
    "supplier": "supplier",
    "budgets": "/budgets",
    "budget": "budget",
    "line": "line",
    "findings": "/findings",
    "cases": "/cases",
    "rule": "rule",
    "log": "/log",
}


@pytest.fixture(params=LISTS)
def listed(request, addresses) -> str:
    """The address of each list's page."""
    address = LISTS[request.param]
    return address if address.startswith("/") else addresses[address]


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Iterator[Deployed]:
    """A log with tenders that still take offers: the year of the district is over."""
    deployed = found(tmp_path_factory.mktemp("market"))
    key = deployed.key("ID-DINAS", "procurement")
    for name in ("road", "school"):
        ocid = f"ocds-213czf-{name}"
        tender = {
            "id": ocid,
            "title": f"A {name}",
            "status": "active",
            "tenderPeriod": {"endDate": "2999-01-31T15:00:00Z"},
        }
        release = {
            "ocid": ocid,
            "id": f"{ocid}-1",
            "date": "2026-01-01T00:00:00Z",
            "tag": ["tender"],
            "initiationType": "tender",
            "buyer": {"id": "ID-DINAS", "name": "Dinas"},
            "tender": tender,
        }
        deployed.publish(key, "ocds/release", ocid, release)
    deployed.follow()
    with served(deployed) as site:
        yield site


@pytest.fixture
def site(request, listed) -> Deployed:
    """A site on which the list has rows."""
    deployed: Deployed = request.getfixturevalue(
        "market" if listed == LISTS["tenders"] else "district"
    )
    return deployed


def in_form(address: str, form: str) -> str:
    """The address of a list in another form."""
    path, mark, query = address.partition("?")
    return f"{path}.{form}{mark}{query}"


def rows_of(district: Deployed, address: str) -> list[dict[str, str]]:
    """A CSV, read by the standard library."""
    with district.client() as client:
        answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["access-control-allow-origin"] == "*"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def test_a_page_names_its_other_forms_and_they_are_there(site, listed):
    """Links in head and foot lead to a CSV with rows and to a feed."""
    with site.client() as client:
        page = BeautifulSoup(client.get(listed).text, "html5lib")
        kinds = {link.get("type"): link["href"] for link in page.head.find_all("link")}
        assert kinds["text/csv"] == in_form(listed, "csv")
        assert kinds["application/atom+xml"] == in_form(listed, "atom")
        assert client.get(kinds["application/atom+xml"]).status_code == 200
        foot = {link["href"] for link in page.footer.find_all("a")}
        assert {kinds["text/csv"], kinds["application/atom+xml"]} <= foot
    assert rows_of(site, kinds["text/csv"])


def test_a_feed_is_atom_with_stable_ids(site, listed):
    """What RFC 4287 asks for; ids are unique tags, and the same in both languages."""
    ids_of = {}
    for language in ("id", "en"):
        with site.client(language) as client:
            answer = client.get(in_form(listed, "atom"))
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        feed = ET.fromstring(answer.content)
        assert feed.tag == f"{ATOM}feed"
        for part in (feed, *feed.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(part.findall(ATOM + name)) == 1
                assert part.find(ATOM + name).text
        assert feed.find(f"{ATOM}author/{ATOM}name").text
        relations = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert relations["self"].startswith(site.url)
        ids_of[language] = [e.find(f"{ATOM}id").text for e in feed.findall(f"{ATOM}entry")]
    ids = ids_of["id"]
    assert ids == ids_of["en"]
    assert ids
    assert len(set(ids)) == len(ids)
    assert all(each.startswith(f"tag:{site.settings.origin},") for each in ids)


def test_a_feed_leads_on_to_every_entry(district):
    """Following `next` from the newest feed passes every entry of the log once."""
    following, seen = "/entries.atom", []
    with district.client() as client:
        while following:
            feed = ET.fromstring(client.get(following).content)
            seen += [each.find(f"{ATOM}id").text for each in feed.findall(f"{ATOM}entry")]
            links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
            following = links.get("next")
    numbers = [int(each.rpartition("/")[2]) for each in seen]
    assert numbers == list(range(district.log.size - 1, -1, -1))


def test_a_line_is_whole_however_many_events_it_has(district, monkeypatch):
    """Its table has each event once, and its page all that each process commits."""
    events = max(
        (queries.line_events(district.index, each.id) for each in queries.lines(district.index)),
        key=lambda found: len({each.ocid for each in found}),
    )
    newest = next(each for each in events if each.ocid)
    own = [each for each in events if each.ocid == newest.ocid and each.kind == "commitment"]
    monkeypatch.setattr(listing, "STEP", 2)
    monkeypatch.setattr(budgets, "EVENTS", events.index(newest) + 1)
    address = addresses.line(newest.line)
    rows = rows_of(district, f"{address}.csv")
    assert len(rows) == len(events) > 3
    with district.client() as client:
        page = client.get(f"{address}.json").json()
    shares = {each["ocid"]: each for each in page["processes"]}
    committed = amount(sum(each.amount for each in own), newest.currency)
    assert committed is not None
    assert shares[newest.ocid]["committed"]["amount"] == committed.amount


def test_a_csv_has_all_of_its_list(district):
    """Entries, processes and lines are as many as the projections hold."""
    assert len(rows_of(district, "/entries.csv")) == district.log.size
    processes = rows_of(district, "/processes.csv")
    assert len(processes) == len(queries.processes(district.index, 1000))


def test_the_lines_add_up_to_the_page(district, addresses):
    """Sums of the CSV of a year are those of its page, to the minor unit."""
    with district.client() as client:
        twin = json.loads(client.get(f"{addresses['budget']}.json").content)
    rows = rows_of(district, f"{addresses['budget']}.csv")
    (total,) = twin["totals"]
    for name in ("available", "committed", "direct", "paid"):
        assert sum(Decimal(row[name]) for row in rows) == Decimal(total[name]["amount"])
    for row in rows:
        parts = (Decimal(row[name]) for name in ("committed", "direct", "unexplained"))
        assert sum(parts) == Decimal(row["available"])


def test_all_contracts_of_a_supplier_are_one_request(district, addresses):
    """The CSV of a supplier's page has each of its contracts, with value and paid."""
    supplier = addresses["supplier"]
    with district.client() as client:
        twin = json.loads(client.get(f"{supplier}.json").content)
    rows = [row for row in rows_of(district, f"{supplier}.csv") if row["role"] == "supplier"]
    assert {(row["ocid"], row["contractId"]) for row in rows} >= {
        (each["ocid"], each["id"]) for each in twin["contracts"]
    }
    values = sum(Decimal(row["value"]) for row in rows)
    known = [each for of_year in twin["supplied"] for each in of_year["sums"]]
    assert values == sum(Decimal(each["value"]["amount"]) for each in known)


@pytest.mark.parametrize("name", ["entries", "supplier", "budgets", "budget", "rule"])
def test_an_organisation_is_named_beside_its_id(district, addresses, monkeypatch, name):
    """Whoever opens a table reads who buys, spends or signed, not a number alone."""
    monkeypatch.setattr(naming, "TOGETHER", 3)
    address = addresses.get(name, f"/{name}")
    column = "buyer{}" if name == "supplier" else "org{}"
    known = {row["id"]: row["name"] for row in rows_of(district, "/orgs.csv")}
    rows = rows_of(district, f"{address}.csv")
    ids = [row[column.format("Id" if name == "supplier" else "")] for row in rows]
    assert [row[column.format("Name")] for row in rows] == [known.get(each, "") for each in ids]
    assert len(set(ids) & set(known)) > 0


@given(st.text(max_size=40))
def test_no_text_is_a_formula(text):
    """Whatever a publisher writes, no cell begins with a sign of a formula."""
    assert not cell(text).startswith(FORMULA)
    (row,) = csv.reader(io.StringIO(format_rows([[text, 1]]).decode(), newline=""))
    assert row[1] == "1"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Figure("-1250000.00"), "-1250000.00"),
        (-5, "-5"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (None, ""),
        (True, "true"),
        (["a", "=b"], "a;=b"),
        ("3201234567890123", "••••••"),
    ],
)
def test_figures_are_never_touched(value, written):
    """An apostrophe stands before texts only; personal numbers are left out here, too."""
    assert cell(value) == written


def test_a_reader_who_has_it_is_not_sent_it_again(site, listed):
    """Page, JSON, CSV and feed have a tag, and answer 304 to who knows it."""
    with site.client() as client:
        for address in (listed, *(in_form(listed, form) for form in ("json", "csv", "atom"))):
            tag = client.get(address).headers["etag"]
            again = client.get(address, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
            other = client.get(address, headers={"If-None-Match": '"other"'})
            assert other.status_code == 200


def test_a_table_is_compressed_as_it_is_sent(district):
    """With gzip the same rows come, and the names of the columns come first, alone."""
    with district.client() as client:
        plain = client.get("/entries.csv", headers={"Accept-Encoding": "identity"}).content
        packed = client.get("/entries.csv", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain
        assert client.head("/entries.csv").content == b""


def test_what_is_not_there_is_a_problem_for_programs(district):
    """A CSV or feed of an unknown thing is 404 in the form of RFC 9457."""
    with district.client() as client:
        for path in ("/process/none.csv", "/orgs/none.atom", "/budgets/1800.csv", "/line/a.csv"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/orgs/3201234567890123.csv").status_code == 404


def test_nothing_hostile_breaks_a_feed_or_a_table(hostile):
    """Whatever was published, every feed parses, and every link of it stays on this site."""
    with hostile.client() as client:
        for path in ("/entries", "/processes", "/orgs", "/findings", "/search"):
            query = "?q=a" if path == "/search" else ""
            feed = ET.fromstring(client.get(f"{path}.atom{query}").content)
            for link in feed.iter(f"{ATOM}link"):
                assert urlsplit(link.get("href")).netloc == urlsplit(hostile.url).netloc
            table = client.get(f"{path}.csv{query}").content.decode()
            for row in csv.reader(io.StringIO(table, newline="")):
                assert not any(each.startswith(("=", "+", "@")) for each in row)
