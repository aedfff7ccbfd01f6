"""Amounts, dates and sizes as each language writes them."""

from __future__ import annotations

import pytest

from web.formats import Formats
from web.views import amount

NO_BREAK = "\u00a0"
INDONESIAN, ENGLISH = Formats("id"), Formats("en")


def plain(text: str) -> str:
    """A text with ordinary blanks."""
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("minor", "currency", "indonesian", "english"),
    [
        (125000000000, "IDR", "Rp1.250.000.000", "Rp1,250,000,000"),
        (50, "IDR", "Rp0,50", "Rp0.50"),
        (-100, "IDR", "−Rp1", "−Rp1"),
        (0, "IDR", "Rp0", "Rp0"),
        (12345, "USD", "US$123,45", "$123.45"),
        (12345, "PYG", "PYG 12.345", "PYG 12,345"),
        (1234567, "KWD", "KWD 1.234,567", "KWD 1,234.567"),
        (2**63 - 1, "IDR", "Rp92.233.720.368.547.758,07", "Rp92,233,720,368,547,758.07"),
    ],
)
def test_amounts_in_full(minor, currency, indonesian, english):
    """Every digit is written, with the language's separators and the currency's sign."""
    assert plain(INDONESIAN.amount(minor, currency)) == indonesian
    assert plain(ENGLISH.amount(minor, currency)) == english


@pytest.mark.parametrize(
    ("minor", "indonesian", "english"),
    [
        (125000000000, "Rp1,25 miliar", "Rp1.25 billion"),
        (350000000, "Rp3,5 juta", "Rp3.5 million"),
        (12087500000000, "Rp120,88 miliar", "Rp120.88 billion"),
        (234567890000000, "Rp2,35 triliun", "Rp2.35 trillion"),
        (-350000000, "−Rp3,5 juta", "−Rp3.5 million"),
        (99999900, "Rp999.999", "Rp999,999"),
    ],
)
def test_amounts_in_words_of_scale(minor, indonesian, english):
    """Juta, miliar and triliun are million, billion and trillion; below that all digits."""
    assert plain(INDONESIAN.short(minor, "IDR")) == indonesian
    assert plain(ENGLISH.short(minor, "IDR")) == english


@pytest.mark.parametrize("currency", ["IDR", "PYG", "KWD", "USD"])
@pytest.mark.parametrize("minor", [0, 1, -1, 99, 100, -12345, 2**63 - 1])
def test_an_amount_in_a_twin_is_its_minor_units(minor, currency):
    """The decimal text of a twin reads back to the same integer."""
    written = amount(minor, currency)
    assert written is not None
    assert written.minor == minor


def test_dates_and_times():
    """Dates are spelled out; times of the log are told in the zone, with its name."""
    assert INDONESIAN.day("2026-08-17") == "17 Agustus 2026"
    assert ENGLISH.day("2026-08-17T23:30:00Z") == "17 August 2026"
    assert plain(INDONESIAN.moment("2026-11-23T20:05:09Z")) == "24 November 2026 03.05.09 WIB"
    assert plain(ENGLISH.moment("2026-11-23T20:05:09Z")) == "24 November 2026 03:05:09 WIB"
    assert INDONESIAN.day("soon") == "soon"


def test_shares_and_sizes():
    """Percentages have one place at most and need a whole; sizes have binary units."""
    assert plain(INDONESIAN.percent(1, 3)) == "33,3 %"
    assert ENGLISH.percent(1, 2) == "50%"
    assert ENGLISH.percent(1, 0) == "–"
    assert plain(ENGLISH.size(1536)) == "1.5 KiB"


def test_a_negative_share_has_the_sign_of_a_negative_amount():
    """Both stand in one row: they look alike."""
    assert ENGLISH.percent(-20, 360) == "−5.6%"
    assert INDONESIAN.percent(-20, 360) == "−5,6\u00a0%"
