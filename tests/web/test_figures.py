"""The figures on the pages agree with each other to the last minor unit."""

from __future__ import annotations

import json
from decimal import Decimal


def amount(value: dict) -> Decimal:
    """An amount of a twin."""
    return Decimal(value["amount"])


def test_a_line_explains_its_budget_exactly(district, addresses):
    """Committed, paid directly and unexplained add up to what is available."""
    with district.client() as client:
        budget = json.loads(client.get(f"{addresses['budget']}.json").content)
        for each in budget["lines"]:
            line = json.loads(client.get(f"/line/{each['id']}.json").content)["line"]
            parts = ("committed", "direct", "unexplained")
            assert sum(amount(line[part]) for part in parts) == amount(line["available"])
            assert amount(line["approved"]) + amount(line["change"]) == amount(line["available"])


def test_organisations_add_up_to_the_year(district, addresses):
    """The sums of the organisations are the sums of the year, and those of the start page."""
    with district.client() as client:
        budget = json.loads(client.get(f"{addresses['budget']}.json").content)
        start = json.loads(client.get("/index.json").content)
    (total,) = budget["totals"]
    for figure in ("available", "bound", "paid", "free"):
        parts = sum(amount(each["sums"][figure]) for each in budget["orgs"])
        assert parts == amount(total[figure])
    assert start["budgets"] == budget["totals"]


def test_contracts_add_up_to_the_process(district, addresses):
    """What a process has contracted and paid is the sum over its contracts."""
    with district.client() as client:
        process = json.loads(client.get(f"{addresses['process']}.json").content)
    assert sum(amount(each["value"]) for each in process["contracts"]) == amount(
        process["contracted"]
    )
    assert sum(amount(each["paid"]) for each in process["contracts"]) == amount(process["paid"])


def test_the_planted_irregularities_are_told(district):
    """Every rule that is broken names figures, entries and its method."""
    with district.client("en") as client:
        rules = client.get("/findings.json").json()["rules"]
        broken = [each for each in rules if each["broken"]]
        assert broken
        for each in broken:
            found = client.get(f"/findings/{each['code']}.json").json()
            assert len(found["findings"]) == each["broken"]
            assert all(finding["figures"] for finding in found["findings"])
            assert all(finding["entries"] for finding in found["findings"])
            assert "How it is computed" in client.get(f"/findings/{each['code']}").text
