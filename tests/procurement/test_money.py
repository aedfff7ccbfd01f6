"""Money is exact: parsed by Decimal, bounded, never rounded, never mixed."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from procurement.money import (
    Money,
    add_up,
    format_amount,
    minor_digits,
    parse_money,
    read_number,
    read_value,
    spread,
)

currencies = st.sampled_from(["IDR", "JPY", "KWD", "CLF", "XYZ"])


@given(st.integers(-(2**63) + 1, 2**63 - 1), currencies)
def test_every_amount_is_read_back_as_it_was_written(amount, currency):
    """parse_money is the inverse of format_amount wherever the form allows the digits."""
    text = format_amount(Money(amount, currency))
    if len(text.lstrip("-").split(".")[0]) <= 18:
        assert parse_money(text, currency) == Money(amount, currency)


@given(st.text(), st.text())
def test_nothing_but_malformed_is_raised(amount, currency):
    """Any two texts give money or Malformed."""
    with contextlib.suppress(Malformed):
        parse_money(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1e5", "IDR"),
        ("+1", "IDR"),
        ("1.", "IDR"),
        (".5", "IDR"),
        ("1_0", "IDR"),
        ("٣", "IDR"),
        ("1 ", "IDR"),
        ("1.23456", "CLF"),
        ("0.005", "IDR"),
        ("0.1", "JPY"),
        ("999999999999999999", "IDR"),
        ("1", "idr"),
        ("1", "RUPIAH"),
        ("NaN", "IDR"),
    ],
)
def test_amounts_out_of_form_are_refused(amount, currency):
    """Signs, blanks, exponents, foreign digits, too many decimals, 2^63 and beyond."""
    with pytest.raises(Malformed):
        parse_money(amount, currency)


def test_minor_units_are_those_of_the_currency():
    """ISO 4217: none for the yen, two for the rupiah, three for the dinar of Kuwait."""
    assert [minor_digits(code) for code in ("JPY", "IDR", "KWD", "CLF")] == [0, 2, 3, 4]
    assert parse_money("1250000000.00", "IDR") == Money(125_000_000_000, "IDR")
    assert parse_money("1.500", "KWD") == Money(1500, "KWD")
    assert parse_money("12.3400", "IDR") == Money(1234, "IDR")


@pytest.mark.parametrize(
    ("number", "minor"),
    [
        (1, 100),
        (Decimal("1234.50"), 123450),
        (Decimal("1E+5"), 10_000_000),
        (Decimal("1.100"), 110),
        (Decimal("-0.01"), -1),
        ("203179.71", 20317971),
        (Decimal("1.005"), None),
        (Decimal("92233720368547758.07"), 2**63 - 1),
        (Decimal("92233720368547758.08"), None),
        (Decimal("1E+400"), None),
        (Decimal("1E-400"), None),
        (Decimal("0E+400"), 0),
        (Decimal("1234567890123456789012345678901234567890.00"), None),
        (Decimal("1.0000000000000000000000000000000000001"), None),
        (True, None),
        ("", None),
        ("1,5", None),
        (None, None),
    ],
)
def test_numbers_of_others_are_exact_or_unknown(number, minor):
    """OCDS amounts: exact minor units, or None; nothing is rounded."""
    assert read_number(number, "MXN") == (None if minor is None else Money(minor, "MXN"))


def test_a_value_may_take_the_currency_around_it():
    """A `Value` without a currency has the default; without either it is unknown."""
    assert read_value({"amount": 5}, "MXN") == Money(500, "MXN")
    assert read_value({"amount": 5, "currency": "mdl"}) == Money(500, "MDL")
    assert read_value({"amount": 5}) is None
    assert read_value({"amount": 5, "currency": 9}) is None
    assert read_value("5 MXN", "MXN") is None


def test_currencies_are_never_summed():
    """Sums are by currency."""
    assert add_up([Money(1, "IDR"), Money(2, "USD"), Money(3, "IDR")]) == {"IDR": 4, "USD": 2}


@given(
    st.integers(0, 2**63),
    st.lists(st.integers(0, 2**63), min_size=1, max_size=8).filter(any),
)
def test_a_spread_loses_nothing(amount, weights):
    """Shares add up to the amount, none is off by a unit or more, weight zero gets nothing."""
    shares = spread(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)
