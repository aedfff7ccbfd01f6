"""Money that comes back: no more than was paid, and to the contract it was paid for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procurement import queries, sums
from procurement.money import Money
from procurement.reversal_rules import (
    PaidOut,
    reversal_above_payment,
    reversal_of_other_contract,
)
from tests.procurement.town import ORG, Town, found_town, value

LINE = f"{ORG}/2026/1.03"
OCID = "ocds-town00-0001"


def prepared(town: Town) -> Town:
    """With one line and two contracts, K and L."""
    town.appropriate(LINE, "1000.00")
    town.release(contracts("K", "L"))
    town.follow()
    return town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with one line and two contracts, K and L."""
    town = prepared(found_town(tmp_path))
    yield town
    town.close()


@pytest.fixture
def town_anywhere(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The same on SQLite and on PostgreSQL."""
    town = prepared(found_town(tmp_path, url=database_url))
    yield town
    town.close()


def contracts(*numbers: str, **more: Any) -> dict[str, Any]:
    """A release with contracts of 500 each."""
    supplier = {"id": "ID-NPWP-1", "name": "PT Satu"}
    signed = {"status": "active", "value": value(500), "dateSigned": "2026-01-01T00:00:00Z"}
    listed = [{"id": each, "suppliers": [supplier], **signed, **more} for each in numbers]
    date = "2026-01-01T00:00:00Z"
    return {"ocid": OCID, "id": "1", "date": date, "tag": ["contract"], "contracts": listed}


def found(town: Town) -> dict[str, tuple[str, str, int]]:
    """Code to outcome, subject and entry of the findings about reversals."""
    town.follow()
    rows = queries.findings(town.index, status=None, limit=100)
    return {
        row.code: (row.status, row.subject, row.index)
        for row in rows
        if row.code.startswith("reversal")
    }


def test_a_reversal_of_a_payment_holds(town):
    """All of it or a part, at once or in steps; the line has its money back."""
    town.pay("1", (LINE, "100.00"), contract=(OCID, "K"))
    town.pay("2", (LINE, "-60.00"), reverses="1")
    town.pay("3", (LINE, "-40.00"), contract=(OCID, "K"), reverses="1")
    assert found(town) == {}
    assert queries.line(town.index, LINE).paid == 0


def test_reversals_beyond_the_payment_are_found(town_anywhere):
    """At the reversal that went too far, with both figures; and gone once it is corrected."""
    town = town_anywhere
    town.pay("1", (LINE, "100.00"), contract=(OCID, "K"))
    town.pay("2", (LINE, "-60.00"), reverses="1")
    assert found(town) == {}
    beyond = town.pay("3", (LINE, "-40.01"), reverses="1")
    assert found(town) == {"reversal-above-payment": ("broken", "1", beyond)}
    (row,) = queries.findings(town.index, "reversal-above-payment")
    assert [(each["name"], each["amount"]) for each in row.figures] == [
        ("reversed", 10_001),
        ("paid", 10_000),
    ]
    assert (row.ocid, row.org) == (OCID, ORG)
    town.again()
    assert found(town)["reversal-above-payment"][0] == "broken"
    town.pay("3", (LINE, "-40.00"), reverses="1", replaces=beyond)
    assert found(town) == {}


def test_a_corrected_payment_may_leave_its_reversal_too_large(town):
    """The side that changes may be the payment."""
    paid = town.pay("1", (LINE, "100.00"))
    town.pay("2", (LINE, "-80.00"), reverses="1")
    assert found(town) == {}
    town.pay("1", (LINE, "70.00"), replaces=paid)
    assert [each[0] for each in found(town).values()] == ["broken"]


def test_a_reversal_of_another_contracts_payment_is_found(town):
    """Paid for K and taken back for L: room in L that nobody gave it."""
    town.pay("1", (LINE, "100.00"), contract=(OCID, "K"))
    wrong = town.pay("2", (LINE, "-50.00"), contract=(OCID, "L"), reverses="1")
    assert found(town) == {"reversal-of-other-contract": ("broken", "1", wrong)}
    (row,) = queries.findings(town.index, "reversal-of-other-contract")
    assert [each["text"] for each in row.figures] == [f"{OCID}#K", f"{OCID}#L"]


def test_a_contract_that_becomes_known_answers_what_was_open(town):
    """A transaction with the payment's id says later which contract it was for."""
    town.pay("1", (LINE, "100.00"))
    town.pay("2", (LINE, "-50.00"), contract=(OCID, "K"), reverses="1")
    assert [each[0] for each in found(town).values()] == ["not-computable"]
    made = {"transactions": [{"id": "1", "value": value(100)}]}
    town.release({**contracts("K", implementation=made), "id": "2"})
    assert found(town) == {}


def test_the_reversal_of_an_erased_payment_is_not_computable(town):
    """What was paid is no longer known."""
    gone = town.pay("1", (LINE, "100.00"), contract=(OCID, "K"))
    town.pay("2", (LINE, "-50.00"), contract=(OCID, "K"), reverses="1")
    assert found(town) == {}
    town.erase(gone)
    assert {code: each[0] for code, each in found(town).items()} == {
        "reversal-above-payment": "not-computable",
        "reversal-of-other-contract": "not-computable",
    }


def out(amount: int, code: str = "IDR", contract: str | None = None, index: int = 1) -> PaidOut:
    """A payment or, negative, a reversal."""
    return PaidOut(Money(amount, code), ("o", contract) if contract else None, index)


@pytest.mark.parametrize(
    ("payment", "reversals", "outcome"),
    [
        (out(100), [out(-100)], "holds"),
        (out(100), [out(-60), out(-41)], "broken"),
        # A reversal that is reversed is a payment again, and no more than that.
        (out(-100), [out(100)], "holds"),
        (out(-100), [out(101)], "broken"),
        (out(100), [out(-5, "USD")], "not-computable"),
        (None, [out(-5)], "not-computable"),
    ],
)
def test_no_more_comes_back_than_was_paid(payment, reversals, outcome):
    """Holds, broken or not computable, and the reason is said."""
    verdict = reversal_above_payment("1", payment, reversals)
    assert verdict is not None
    assert verdict.outcome == outcome
    assert bool(verdict.reason) == (outcome == "not-computable")


@pytest.mark.parametrize(
    ("payment", "reversals", "outcome"),
    [
        (out(100, contract="K"), [out(-1, contract="K")], "holds"),
        (out(100, contract="K"), [out(-1, contract="K"), out(-1, contract="L")], "broken"),
        (out(100), [out(-1, contract="K")], "not-computable"),
        (None, [out(-1, contract="K")], "not-computable"),
    ],
)
def test_it_comes_back_to_the_contract_it_was_paid_for(payment, reversals, outcome):
    """Holds, broken or not computable."""
    verdict = reversal_of_other_contract("1", payment, reversals)
    assert verdict is not None
    assert verdict.outcome == outcome


def test_without_reversals_nothing_is_said():
    """Nor about contracts when none is named."""
    assert reversal_above_payment("1", out(100), []) is None
    assert reversal_of_other_contract("1", out(100), [out(-1)]) is None


@settings(max_examples=4)
@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=4), st.data())
def test_reversed_payments_leave_no_trace_in_the_sums(tmp_path_factory, amounts, data):
    """Pay, reverse all of it in two parts: line, contract and flows as if it had never been."""
    folder = tmp_path_factory.mktemp("neutral")
    town = found_town(folder)
    town.appropriate(LINE, "9999999999999.00")
    town.release(contracts("K"))
    for at, amount in enumerate(amounts):
        part = data.draw(st.integers(0, amount))
        town.pay(f"p{at}", (LINE, cents(amount)), contract=(OCID, "K"))
        for each, back in enumerate((part, amount - part)):
            town.pay(f"r{at}-{each}", (LINE, cents(-back)), reverses=f"p{at}")
    town.follow()
    line = queries.line(town.index, LINE)
    (contract,) = queries.contracts(town.index, ocid=OCID)
    assert (line.paid, line.direct, contract.paid, contract.unpaid) == (0, 0, 0, 50_000)
    assert sum(flow.paid for flow in sums.flows(town.index, "2026")) == 0
    assert found(town) == {}
    town.close()


def cents(amount: int) -> str:
    """An amount of minor units as our bodies write it."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}"
