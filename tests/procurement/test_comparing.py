"""Sums are compared in one currency and on one basis of tax, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.comparing import Allowance, Side, Verdict, compare
from procurement.money import Money, add_up, read_value
from procurement.taxes import NOTHING, Taxed, added, read_taxed
from tests.procurement.town import value

AMOUNTS = st.integers(0, 10**15)
CODES = st.sampled_from(["IDR", "USD", "JPY"])


def taxed(amount: Any, basis: Any = "", other: Any = None, code: str = "IDR") -> Taxed:
    """A value of minor units that says its basis, and perhaps its other form."""
    return Taxed(Money(amount, code), basis, None if other is None else Money(other, code))


def judged(used: list[Taxed], limit: Taxed, **more: Any) -> Verdict:
    """The values compared with the limit."""
    return compare("code", "subject", Side("paid", used), ("contracted", limit), [1], **more)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, ("", None)),
        ({"valueAddedTaxIncluded": True}, ("gross", None)),
        ({"valueAddedTaxIncluded": False}, ("net", None)),
        ({"valueAddedTaxIncluded": True, "amountNet": 90}, ("gross", 9_000)),
        ({"amountNet": "90.50"}, ("gross", 9_050)),
        ({"amountGross": Decimal("111.00")}, ("net", 11_100)),
        ({"amountGross": 111, "valueAddedTaxIncluded": False}, ("net", 11_100)),
        # What contradicts itself says nothing.
        ({"amountNet": 90, "amountGross": 111}, ("", None)),
        ({"amountNet": 90, "valueAddedTaxIncluded": False}, ("", None)),
        ({"amountGross": 111, "valueAddedTaxIncluded": True}, ("", None)),
        ({"valueAddedTaxIncluded": "yes"}, ("", None)),
        ({"amountNet": {}, "valueAddedTaxIncluded": None}, ("", None)),
    ],
)
def test_what_a_value_says_of_its_tax(said, expected):
    """Read from the members that publishers write beside the amount."""
    published = {**value(100), **said}
    found = read_taxed(published, read_value(published))
    assert found.money == Money(10_000, "IDR")
    assert (found.basis, found.other.amount if found.other else None) == expected


@pytest.mark.parametrize(
    ("used", "limit", "outcome"),
    [
        # Both say the same, or neither says anything.
        (taxed(111, "gross"), taxed(110, "gross"), "broken"),
        (taxed(110, "net"), taxed(110, "net"), "holds"),
        (taxed(111), taxed(110), "broken"),
        # The other form is published: compare on that basis.
        (taxed(111, "gross"), taxed(100, "net", 111), "holds"),
        (taxed(112, "gross"), taxed(100, "net", 111), "broken"),
        (taxed(111, "gross", 100), taxed(100, "net"), "holds"),
        (taxed(112, "gross", 101), taxed(100, "net"), "broken"),
        # Paid with tax, contracted without: more may be right, less certainly is.
        (taxed(111, "gross"), taxed(100, "net"), "not-computable"),
        (taxed(100, "gross"), taxed(100, "net"), "holds"),
        # Paid without tax, contracted with it: more is certainly wrong, less may be right.
        (taxed(112, "net"), taxed(111, "gross"), "broken"),
        (taxed(105, "net"), taxed(111, "gross"), "not-computable"),
        # One of them does not say: only what is certain either way.
        (taxed(105), taxed(100, "net"), "not-computable"),
        (taxed(99), taxed(100, "net"), "holds"),
        (taxed(112), taxed(111, "gross"), "broken"),
        (taxed(111, "gross"), taxed(100), "not-computable"),
        (taxed(101, "net"), taxed(100), "broken"),
    ],
)
def test_tax_makes_no_false_excess(used, limit, outcome):
    """Broken or held only where it is so whatever the tax may be."""
    verdict = judged([used], limit)
    assert verdict.outcome == outcome
    assert ("tax" in verdict.reason) == (outcome == "not-computable")
    bases = {each.tax for each in verdict.figures}
    if outcome == "not-computable" or used.basis == limit.basis:
        shown = [(each.money, each.tax) for each in verdict.figures]
        assert shown == [(used.money, used.basis), (limit.money, limit.basis)]
    if used.other or limit.other:
        assert len(bases) == 1


def test_the_figures_are_those_compared():
    """With the tax that was published beside the contract, so that the difference can be read."""
    verdict = judged([taxed(400, "gross"), taxed(280, "gross")], taxed(600, "net", 666))
    assert [(each.money.amount, each.tax) for each in verdict.figures if each.money] == [
        (680, "gross"),
        (666, "gross"),
    ]


def test_a_reversal_among_values_with_and_without_tax_is_not_computable():
    """What comes back cannot be bounded: nothing is certain."""
    used = [taxed(200, "gross"), taxed(-50, "net")]
    assert judged(used, taxed(100, "net")).outcome == "not-computable"
    assert judged([taxed(200), taxed(-100)], taxed(100)).outcome == "holds"


@pytest.mark.parametrize("growing", [True, False])
def test_other_currencies_are_named(growing):
    """Never added: the reason says which currencies stand against which."""
    used = [taxed(50), taxed(5, code="USD"), taxed(7, code="EUR")]
    verdict = judged(used, taxed(100), growing=growing)
    assert verdict.outcome == "not-computable"
    assert verdict.reason == "paid in EUR, IDR, USD, contracted in IDR"
    assert {each.money for each in verdict.figures} == {
        Money(50, "IDR"), Money(5, "USD"), Money(7, "EUR"), Money(100, "IDR"),
    }  # fmt: skip


def test_what_is_known_may_already_be_too_much_in_one_currency():
    """A sum that only grows is broken by its part in the currency of the limit."""
    used = [taxed(101), taxed(5, code="USD")]
    assert judged(used, taxed(100)).outcome == "broken"
    assert judged(used, taxed(100), growing=False).outcome == "not-computable"
    assert judged([taxed(1, code="USD")], taxed(100)).outcome == "not-computable"


def test_a_value_not_known_is_not_zero():
    """Neither on the one side nor on the other."""
    assert judged([taxed(1), NOTHING], taxed(100)).reason == "a value paid is not known"
    assert judged([taxed(1)], NOTHING).reason == "the value contracted is not known"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([taxed(1), taxed(2)], Taxed(Money(3, "IDR"))),
        ([taxed(1, "net"), taxed(3, "gross", 2)], Taxed(Money(3, "IDR"), "net")),
        ([taxed(1, "net", 2), taxed(3, "gross")], Taxed(Money(5, "IDR"), "gross")),
        ([taxed(1, "net"), taxed(3, "gross")], NOTHING),
        ([taxed(1), taxed(3, "gross")], NOTHING),
        ([taxed(1), taxed(3, code="USD")], NOTHING),
        ([taxed(1), NOTHING], NOTHING),
    ],
)
def test_lots_are_added_on_one_basis(values, expected):
    """In one currency, with tax or without; else their sum is not known."""
    assert added(values) == expected


@given(st.lists(st.tuples(AMOUNTS, CODES), min_size=1, max_size=8))
def test_sums_are_conserved_and_never_cross_currencies(amounts):
    """The figures of a comparison add up, currency by currency, to what went in."""
    used = [taxed(amount, code=code) for amount, code in amounts]
    verdict = judged(used, taxed(0), growing=False)
    shown = add_up(each.money for each in verdict.figures[:-1] if each.money)
    assert shown == add_up(Money(amount, code) for amount, code in amounts)
    foreign = {code for _, code in amounts} - {"IDR"}
    assert (verdict.outcome == "not-computable") == bool(foreign)


@given(st.lists(AMOUNTS, min_size=1, max_size=6), AMOUNTS, AMOUNTS)
def test_a_reversal_leaves_no_trace_in_a_comparison(paid, reversed_, limit):
    """A payment and its reversal change no outcome."""
    used = [taxed(amount) for amount in paid]
    both = [*used, taxed(reversed_), taxed(-reversed_)]
    expected = "broken" if sum(paid) > limit else "holds"
    assert judged(used, taxed(limit), growing=False).outcome == expected
    assert judged(both, taxed(limit), growing=False).outcome == expected


@given(AMOUNTS, AMOUNTS, st.integers(0, 5_000), st.integers(0, 5_000))
def test_no_rate_of_tax_contradicts_an_answer(paid, contracted, one, other):
    """Whatever tax the values turn out to have, what was answered without it stays true."""

    def gross(value: Taxed, rate: int) -> int:
        assert value.money is not None
        amount = value.money.amount
        return amount if value.basis == "gross" else amount + amount * rate // 10_000

    for used, limit in (
        (taxed(paid, "gross"), taxed(contracted, "net")),
        (taxed(paid, "net"), taxed(contracted, "gross")),
    ):
        outcome = judged([used], limit).outcome
        if outcome == "broken":
            assert gross(used, one) > gross(limit, other)
        if outcome == "holds":
            assert gross(used, one) <= gross(limit, other)


def test_what_is_allowed_is_exact():
    """Hundredths of a percent of the limit, and minor units beside."""
    allowance = Allowance(basis_points=1_000, units=1)
    assert judged([taxed(111)], taxed(100), allowance=allowance).outcome == "holds"
    assert judged([taxed(112)], taxed(100), allowance=allowance).outcome == "broken"
