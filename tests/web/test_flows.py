"""Budget pages, flows, trace and tables agree to the last minor unit, and nothing gets lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session

from procurement import listing, queries, sums
from procurement.classes import CLASSIFICATIONS, largest_classes
from procurement.importing import import_files
from procurement.index import Line
from procurement.projections import Projections, open_index
from procurement.streams import Link
from procurement.sums import BudgetSum
from procurement.trail import trace
from procurement.year_streams import year_links
from tests.procurement.sets import SETS, real_lines
from tests.web.line_streams import streams
from tests.web.sites import COPIER, Deployed, found


@pytest.fixture(scope="module", params=SETS)
def real(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """A log into which one real set has been imported."""
    deployed = found(tmp_path_factory.mktemp("real"))
    key = deployed.key(COPIER, "importer", covers=("*",))
    path = deployed.settings.folder / "set.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(real_lines(shared_data / request.param))))
    import_files(deployed.log, [path], key=key, org=COPIER)
    deployed.follow()
    yield deployed
    deployed.log.close()
    deployed.index.close()


def check_nodes(links: list[Link]) -> None:
    """What enters an organisation or a programme also leaves it."""
    for layer in (0, 1):
        entering, leaving = Counter(), Counter()
        for link in links:
            if link.layer == layer:
                entering[link.target, link.currency] += link.amount
            elif link.layer == layer + 1:
                leaving[link.source, link.currency] += link.amount
        assert entering == leaving


def assert_same(links: Sequence[Link], one_by_one: Sequence[Link]) -> None:
    """What the database adds up is what line after line comes to."""
    assert len(links) == len(one_by_one)
    assert set(links) == set(one_by_one)


def check_sums(index: Projections) -> None:
    """For every year: flows, budget sums, lines, their trace, and contracts agree."""
    for year in sums.years(index):
        links = year_links(index, year)
        assert_same(links, streams(index, year))
        check_nodes(links)
        ends = Counter()
        for link in links:
            at = link.source.kind if link.layer == 0 else f"to-{link.target.kind}"
            if link.layer != 1:
                ends[at, link.currency] += link.amount
        lines = list(listing.all_lines(index, year, None))
        for total in sums.totals(index, year):
            own = [line for line in lines if line.currency == total.currency]
            known = sum(line.available for line in own if line.available is not None)
            assert known == ends["fund", total.currency]
            assert total.committed == sum(line.committed for line in own)
            assert total.direct == sum(line.direct for line in own)
            assert total.paid == sum(line.paid for line in own)
            free = sum(max(0, line.unexplained or 0) for line in own)
            assert free == ends["to-free", total.currency]
            beyond = sum(max(0, -(line.unexplained or 0)) for line in own)
            assert beyond == ends["beyond", total.currency]
            check_parts(index, year, total)
        for line in lines:
            check_trace(index, line.id)
        for org in {link.target.name for link in links if link.layer == 0}:
            if org:
                own = year_links(index, year, org)
                assert_same(own, streams(index, year, org))
                check_nodes(own)


def check_parts(index: Projections, year: str, total: BudgetSum) -> None:
    """The sums of organisations, and those of each classification, add up to that of the year."""
    parts = {"organisations": list(sums.all_totals_by_org(index, year))}
    parts |= {name: largest_classes(index, year, name, 1000)[0] for name in CLASSIFICATIONS}
    for listed in parts.values():
        own = [each for each in listed if each.currency == total.currency]
        for name in ("lines", "approved", "change", "committed", "direct", "paid"):
            assert sum(getattr(each, name) for each in own) == getattr(total, name)


def check_trace(index: Projections, line: str) -> None:
    """Below and above a line, steps and remainder add up to what is available."""
    trail = trace(index, line)
    if trail.subject.money is not None:
        amount = trail.subject.money.amount
        assert sum(step.money.amount for step in trail.down if step.money) == amount
        assert sum(step.money.amount for step in trail.up if step.money) == amount


def test_every_real_set_adds_up(real: Deployed):
    """No set of releases loses or gains a minor unit on its way through the flows."""
    check_sums(real.index)
    for year in sums.years(real.index):
        for total in sums.contract_totals(real.index, year):
            flowing = sum(
                link.amount
                for link in year_links(real.index, year)
                if link.layer == 2 and link.currency == total.currency
            )
            assert flowing <= total.value + total.paid


def test_the_district_adds_up(district: Deployed):
    """The example district does so too, with lines, transfers, corrections and reversals."""
    check_sums(district.index)


def test_page_twin_and_table_of_the_flows_agree(district: Deployed):
    """The page draws the figures of its table; the CSV adds up to the same; the budget page too."""
    with district.client("en") as client:
        view = json.loads(client.get("/flows.json?year=2025").content)
        page = client.get("/flows?year=2025").text
        table = list(csv.DictReader(io.StringIO(client.get("/flows.csv?year=2025").text)))
        budget = json.loads(client.get("/budgets/2025.json").content)
    (flows,) = view["currencies"]
    amounts = {name: Decimal(flows[name]["amount"]) for name in ("whole", "free", "direct")}
    parts = ("contracted", "uncontracted", "direct", "free")
    assert sum(Decimal(flows[part]["amount"]) for part in parts) == amounts["whole"]
    for layer in range(3):
        shown = [Decimal(e["amount"]["amount"]) for e in flows["streams"] if e["layer"] == layer]
        rows = [Decimal(row["amount"]) for row in table if row["layer"] == str(layer)]
        assert sum(shown) == sum(rows) == amounts["whole"]
    funded = sum(Decimal(row["amount"]) for row in table if row["sourceKind"] == "fund")
    assert funded == Decimal(budget["totals"][0]["available"]["amount"])
    html5lib.HTMLParser(strict=True).parse(page)
    drawn = BeautifulSoup(page, "html5lib")
    assert len(drawn.select("svg.sankey path")) == len(flows["streams"])
    assert "Not bound by" in drawn.select_one("svg.sankey").get_text()


def test_sums_of_many_lines_may_leave_64_bits(database_url: str):
    """Lines that add up to more than a database's number are added up to the last minor unit."""
    most = 2**63 - 1
    lines = [
        Line(
            id=f"XX-A/2025/{n}",
            org="XX-A",
            fiscal_year="2025",
            code=str(n),
            classifications={"fund": "PAD"},
            currency="IDR",
            approved=most,
            available=most,
            direct=3,
            unexplained=most - 3,
            first_index=n,
            last_index=n,
        )
        for n in range(3)
    ]
    index = open_index(database_url)
    try:
        with Session(index.engine) as session:
            session.add_all(lines)
            session.commit()
        links = year_links(index, "2025")
        assert_same(links, streams(index, "2025"))
    finally:
        index.close()
    ends = {(link.source.kind, link.target.kind): link.amount for link in links}
    assert ends["fund", "org"] == ends["org", "programme"] == 3 * most
    assert ends["programme", "free"] == 3 * (most - 3)
    assert ends["programme", "direct"] == 9


def test_flows_of_one_institution(district: Deployed):
    """`from` follows one institution; a year that is not there is not found."""
    with district.client("id") as client:
        org = json.loads(client.get("/budgets/2025.json").content)["orgs"][0]
        one = json.loads(client.get(f"/flows.json?year=2025&from={org['org']['id']}").content)
        assert client.get("/flows?year=1825").status_code == 404
        assert client.get("/flows").status_code == 200
    funded = [e for e in one["currencies"][0]["streams"] if e["source"]["kind"] == "fund"]
    assert sum(Decimal(each["amount"]["amount"]) for each in funded) == Decimal(
        org["sums"]["available"]["amount"]
    )


def test_lines_are_found(district: Deployed):
    """The year that is checked has lines: silence means that they add up."""
    assert len(queries.lines(district.index, "2025")) > 10


def walked(steps: list[dict]) -> list[dict]:
    """Steps and all below them."""
    return [each for step in steps for each in (step, *walked(step["steps"]))]


def test_the_trail_of_a_line_ends_with_what_nothing_explains(district: Deployed):
    """One page leads from a line to payments and back, and its parts add up to the line."""
    lines = queries.lines(district.index, "2025")
    line = next(line for line in lines if line.committed and line.paid)
    with district.client("en") as client:
        answer = client.get(f"/trace/{line.id}")
        html5lib.HTMLParser(strict=True).parse(answer.text)
        assert "The rest: Neither bound nor paid" in answer.text
        told = json.loads(client.get(f"/trace/{line.id}.json").content)
        assert told["down"][-1]["kind"] == "remainder"
        for way in ("up", "down"):
            parts = sum(Decimal(step["amount"]["amount"]) for step in told[way])
            assert parts == Decimal(told["subject"]["amount"]["amount"])
        steps = walked(told["down"])
        for contract in (step for step in steps if step["kind"] == "contract"):
            paid = sum(Decimal(e["amount"]["amount"]) for e in contract["steps"] if e["amount"])
            assert paid == Decimal(contract["amount"]["amount"])
        for kind in ("process", "contract", "payment", "payee"):
            step = next(each for each in steps if each["kind"] == kind)
            page = step["trail"] or f"/trace/{step['id']}"
            back = client.get(f"{page}.json")
            assert back.status_code == 200
            above = json.loads(back.content)["up"]
            assert line.id in {each["id"] for each in walked(above)}
    with district.client() as client:
        assert client.get("/trace/nobody").status_code == 404


def test_a_year_adds_up_by_every_classification(district: Deployed):
    """Each division of the year has the sums of the year, the year before beside them."""
    with district.client("en") as client:
        (total,) = json.loads(client.get("/budgets/2025.json").content)["totals"]
        names = json.loads(client.get("/budgets/2025/fund.json").content)["classifications"]
        assert len(names) == 6
        for name in names:
            page = client.get(f"/budgets/2025/{name}")
            html5lib.HTMLParser(strict=True).parse(page.text)
            assert "svg" in page.text
            told = json.loads(client.get(f"/budgets/2025/{name}.json").content)
            for figure in ("available", "committed", "direct", "bound", "paid", "free"):
                parts = sum(Decimal(each[figure]["amount"]) for each in told["classes"])
                assert parts == Decimal(total[figure]["amount"])
        chosen = told["classes"][0]
        asked = {"value": chosen["value"]}
        one = json.loads(client.get(f"/budgets/2025/{name}.json", params=asked).content)
        parts = sum(Decimal(line["paid"]["amount"]) for line in one["lines"])
        assert parts == Decimal(chosen["paid"]["amount"])
        assert one["yearBefore"] == "2024"
        assert client.get("/budgets/2025/colour").status_code == 404
