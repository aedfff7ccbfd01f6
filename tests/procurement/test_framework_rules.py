"""What is called off a framework agreement stays within its value, whoever calls it off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement import queries
from procurement.contracting import read_process
from procurement.framework_rules import CalledOff, calloffs_above_framework
from procurement.money import Money
from procurement.taxes import NOTHING, Taxed
from tests.procurement.town import ORG, OTHER, Town, found_town, value

AGREEMENT = "ocds-town00-frame"
CODE = "calloffs-above-framework"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town in which nothing has happened."""
    town = found_town(tmp_path)
    yield town
    town.close()


@pytest.fixture
def town_anywhere(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The same on SQLite and on PostgreSQL."""
    town = found_town(tmp_path, url=database_url)
    yield town
    town.close()


def release(ocid: str, number: str = "1", **parts: Any) -> dict[str, Any]:
    """A release."""
    date = "2026-02-01T00:00:00Z"
    base = {"ocid": ocid, "id": number, "date": date, "tag": ["tender"]}
    return {**base, "initiationType": "tender", **parts}


def agreement(amount: Any = 100, number: str = "1", **more: Any) -> dict[str, Any]:
    """A framework agreement; `amount` None: without a value."""
    worth = {} if amount is None else {"value": value(amount)}
    techniques = {"techniques": {"hasFrameworkAgreement": True}}
    tender = {"id": "T", "status": "complete", **worth, **techniques}
    return release(AGREEMENT, number, tender=tender, **more)


def calloff(ocid: str, amount: Any, number: str = "1", **more: Any) -> dict[str, Any]:
    """A contract called off it, in a process of its own."""
    related = {
        "id": "1",
        "relationship": ["framework"],
        "scheme": "ocid",
        "identifier": AGREEMENT,
    }
    contract = {"id": "K", "awardID": "A", "status": "active", "value": value(amount)}
    parts = {"relatedProcesses": [related], "contracts": [contract], **more}
    return release(ocid, number, **parts)


def found(town: Town) -> list[tuple[str, int]]:
    """The outcome for the agreement and the entry."""
    town.follow()
    rows = queries.findings(town.index, CODE, None)
    assert all((row.subject, row.ocid, row.org) == (AGREEMENT, AGREEMENT, ORG) for row in rows)
    return [(row.status, row.index) for row in rows]


def test_calloffs_in_processes_of_their_own_are_added(town_anywhere):
    """Broken at the one that goes beyond the agreement, and mended with its correction."""
    town = town_anywhere
    town.release(agreement())
    town.release(calloff("ocds-town00-1", 60))
    assert found(town) == []
    beyond = town.release(calloff("ocds-town00-2", "40.01"))
    assert found(town) == [("broken", beyond)]
    town.release(calloff("ocds-town00-2", 40), replaces=beyond)
    assert found(town) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
@pytest.mark.parametrize("together", [True, False])
def test_the_order_of_publication_makes_no_difference(town, order, together):
    """An agreement may be published after what has been called off it."""
    said = [agreement(), calloff("ocds-town00-1", 60), calloff("ocds-town00-2", 41)]
    for at in order:
        town.release(said[at])
        if not together:
            town.follow()
    before = found(town)
    assert [status for status, _ in before] == ["broken"]
    (row,) = queries.findings(town.index, CODE)
    assert [(each["name"], each["amount"]) for each in row.figures] == [
        ("called-off", 10_100),
        ("ceiling", 10_000),
    ]
    town.again()
    assert found(town) == before


def test_contracts_of_the_agreement_itself_are_calloffs(town):
    """Direct call-offs stand in the process of the agreement, and count with the others."""
    own = {"id": "K", "status": "active", "value": value(70)}
    town.release(agreement(contracts=[own]))
    assert found(town) == []
    beyond = town.release(calloff("ocds-town00-1", 31))
    assert found(town) == [("broken", beyond)]


def test_an_agreement_without_value_is_not_computable(town):
    """It is said once something is called off; a value given later answers it."""
    town.release(agreement(None))
    assert found(town) == []
    first = town.release(calloff("ocds-town00-1", 60))
    assert found(town) == [("not-computable", first)]
    (row,) = queries.findings(town.index, CODE, "not-computable")
    assert row.reason == "a framework agreement without a value"
    town.release(agreement(60, "2"))
    assert found(town) == []


def test_other_currencies_are_not_computable(town):
    """Never added."""
    town.release(agreement())
    dollars = {"id": "K", "status": "active", "value": value(1, "USD")}
    said = town.release(calloff("ocds-town00-1", 60, contracts=[dollars]))
    assert found(town) == [("not-computable", said)]


def test_a_stranger_breaks_no_agreement(town):
    """What a stranger claims to call off is named and not counted; a buyer of it does count."""
    town.release(agreement())
    town.release(calloff("ocds-other0-1", 500), "stranger")
    town.release(calloff("ocds-town00-1", 60))
    assert found(town) == []
    town.release(calloff("ocds-town00-2", 60))
    town.follow()
    (row,) = queries.findings(town.index, CODE)
    assert [each.get("text", each.get("amount")) for each in row.figures] == [
        12_000,
        10_000,
        "ocds-other0-1",
    ]
    town.release(agreement(number="2", parties=[{"id": OTHER, "name": "Lain", "roles": ["buyer"]}]))
    town.follow()
    (row,) = queries.findings(town.index, CODE)
    assert row.figures[0]["amount"] == 62_000


def test_whoever_names_a_thousand_agreements_is_not_believed():
    """Each agreement named is judged again with the process: of many only the first count."""
    named = [f"ocds-town00-f{at}" for at in range(1_000)]
    listed = [{"id": each, "relationship": ["framework"], "identifier": each} for each in named]
    process = read_process(calloff("ocds-town00-1", 60, relatedProcesses=listed))
    assert process.agreements == tuple(named[:20])


def test_a_foreign_release_calls_nothing_off(town):
    """Another owner's release about a process is shown, not merged: it relates it to nothing."""
    town.release(agreement())
    town.release(calloff("ocds-town00-1", 60))
    town.release(calloff("ocds-town00-1", 600, "2"), "stranger")
    assert found(town) == []


@pytest.mark.parametrize(
    ("limit", "values", "outcome"),
    [
        (Taxed(Money(100, "IDR")), [60, 40], "holds"),
        (Taxed(Money(100, "IDR")), [60, 41], "broken"),
        (NOTHING, [1], "not-computable"),
        (Taxed(Money(100, "USD")), [1], "not-computable"),
        (Taxed(Money(100, "IDR"), "net"), [111], "not-computable"),
    ],
)
def test_the_rule(limit, values, outcome):
    """Holds, broken, or not computable for want of a value, of its currency, of its tax."""
    called = [
        CalledOff(f"c-{at}", [Taxed(Money(each, "IDR"))], at) for at, each in enumerate(values)
    ]
    verdict = calloffs_above_framework("f", limit, 9, called)
    assert verdict is not None
    assert verdict.outcome == outcome


def test_nothing_called_off_says_nothing():
    """Nor does what only a stranger calls off."""
    limit = Taxed(Money(100, "IDR"))
    strange = CalledOff("c", [Taxed(Money(500, "IDR"))], 1, own=False)
    assert calloffs_above_framework("f", limit, 9, []) is None
    assert calloffs_above_framework("f", limit, 9, [strange]) is None


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.integers(0, 10**13))
def test_however_calloffs_are_cut_the_answer_is_the_same(amounts, limit):
    """One call-off of several contracts, or several of one: conservation."""
    values = [Taxed(Money(each, "IDR")) for each in amounts]
    ceiling = Taxed(Money(limit, "IDR"))
    apart = [CalledOff(f"c-{at}", [each], at) for at, each in enumerate(values)]
    one = calloffs_above_framework("f", ceiling, 9, apart)
    other = calloffs_above_framework("f", ceiling, 9, [CalledOff("c", values, 0)])
    assert one is not None
    assert other is not None
    assert one.outcome == other.outcome == ("broken" if sum(amounts) > limit else "holds")
    assert one.figures[0].money == other.figures[0].money == Money(sum(amounts), "IDR")
