"""`jejak findings` and `jejak contradictions` on the fictional district."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from audit.contradictions import Paid, contradictions_of
from audit.flags.flag import Process
from ledger.errors import NotFound
from procurement.example.planted import (
    ABOVE_AWARD,
    ABOVE_TENDER,
    BEFORE_SIGNATURE,
    OVERPAID,
    PLANTED,
    WRONG_PAYEE,
    ocid_of,
)
from procurement.money import Money
from tests.audit.district import say


def test_findings_are_those_planted(district: Path) -> None:
    """Each one with its figures and the entries compared, by index and leaf hash."""
    told = say(district, "jejak findings")["results"]
    planted = [(each.code, each.subject, each.status) for each in PLANTED]
    assert Counter((f["code"], f["subject"], f["status"]) for f in told) == Counter(planted)
    broken = [each for each in told if each["status"] == "broken"]
    assert all(each["figures"] and each["entries"] for each in broken)
    assert {len(entry["leaf"]) for each in told for entry in each["entries"]} == {64}


def test_findings_as_they_were(district: Path) -> None:
    """With the plan alone there is no such finding; with all that was compared, this one."""
    asked = f"jejak findings award-above-tender --subject {ocid_of(ABOVE_TENDER)}"
    (found,) = say(district, asked)["results"]
    first, *_, last = [entry["index"] + 1 for entry in found["entries"]]
    assert say(district, f"{asked} --at {first}")["results"] == []
    assert say(district, f"{asked} --at {last}")["results"] == [found]


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("tender-award-value", ABOVE_TENDER),
        ("award-contract-value", ABOVE_AWARD),
        ("contract-payment-value", OVERPAID),
        ("contract-payment-date", BEFORE_SIGNATURE),
        ("contract-payment-payee", WRONG_PAYEE),
    ],
)
def test_the_systems_disagree_where_it_was_planted(district: Path, code: str, number: int) -> None:
    """What one system says and what the other says of the same process."""
    told = say(district, f"jejak contradictions {code} --subject {ocid_of(number)}")["results"]
    assert told
    assert all(len(each["figures"]) == 2 and each["entries"] for each in told)


@pytest.mark.parametrize("line", ["jejak findings none", "jejak contradictions none"])
def test_an_unknown_code_is_refused(district: Path, line: str) -> None:
    """A misspelt code cannot pass for one that found nothing."""
    with pytest.raises(NotFound):
        say(district, line)


def test_nothing_known_contradicts_nothing() -> None:
    """Other currencies, missing values and records out of form are no contradiction."""
    record = {
        "planning": {"budget": {"amount": {"amount": 10, "currency": "IDR"}}},
        "tender": {"value": {"amount": 20, "currency": "USD"}},
        "awards": [{"id": "a", "status": "active", "value": None}, 7],
        "contracts": [{"id": "c", "awardID": "a", "value": {"amount": 5, "currency": "IDR"}}, None],
    }
    paid = [Paid("p", "c", "X", "soon", None, 3), Paid("q", "d", "X", "", Money(9, "IDR"), 4)]
    assert contradictions_of(Process("ocds-1", record), paid) == []
    assert contradictions_of(Process("ocds-1", {"planning": [], "awards": "x"}), paid) == []


def test_a_tender_above_its_plan() -> None:
    """The two sums stand beside each other, in their currency."""
    record = {
        "planning": {"budget": {"amount": {"amount": 10, "currency": "IDR"}}},
        "tender": {"value": {"amount": 20, "currency": "IDR"}},
    }
    (found,) = contradictions_of(Process("ocds-1", record), [])
    assert found.code == "plan-tender-value"
    assert found.to_json()["figures"] == {"planned": "10.00 IDR", "tendered": "20.00 IDR"}
