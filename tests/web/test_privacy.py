"""What never reaches a page."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.privacy import WITHHELD, is_personal, withhold, without_contacts

NIK = "3201234567890123"
BORN = "3273014103900001"

WRITTEN = [
    NIK,
    f"ID-NIK-{NIK}",
    f"Siti ({NIK})",
    f"NIK: {NIK}.",
    f"NIK.{NIK}",
    f"NIK{NIK}",
    f"nik{NIK}a.n. Siti",
    f"No.{NIK}",
    f"KTP no. {NIK}",
    "NIK 3201 2345 6789 0123, Siti",
    "e-KTP 3.201.234.567.890.123",
    "3273 0141 0390 0001",
    "3273-0141-0390-0001",
    "32.73.01.410390.0001",
    "327301 410390 0001",
    "3273.0141.0390.0001",
    "3273 - 0141 - 0390 - 0001",
    "327 301 410 390 0001",
    "3 2 7 3 0 1 4 1 0 3 9 0 0 0 0 1",
    "3273\u00a00141\u20110390\u20130001",
    "2026 3273 0141 0390 0001 5 orang",
    "\uff13\uff12\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12\uff13",
    "\u0663\u0662\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662\u0663",
    "3273\u200b0141\u200b0390\u200b0001",
]
OTHERS = [
    "0123456789012345",  # a firm's tax number
    "320123456789012",
    "32012345678901234",
    f"a{NIK}",
    f"{NIK}.50",
    f"0.{NIK}",
    f"Rp{NIK}",
    "f" * 20 + NIK + "0" * 28,
    "Rp3.201.234.567.890.123",
    "Rp1.234.567.890.123.456",
    "1,234,567,890,123,456.00",
    "1 234 567 890 123 456",
    "3.273.014.103.900.001",
    "01.234.567.8-901.000",  # a tax number of the old form
    "0012-01-123456-50-9",  # a bank account
    "0812-3456-7890 0813-4567-8901",
    "+62 812 3456 7890, +62 21 555 0101",
    "11-01-2026 - 12-06-2026",
    "11-01-2026 2026-06-12",
    "2026-01-11 2026-06-12",
    "1101.2026.1301.2026",
    "1.03.10.2.01.0013.5.1.02.01.01.0024",  # a budget code
    "ID-PUPR/2026/5.1.02.01.01.0024.32.73",
    "51.02.01.01.0024.0001",
    "ocds-h6vhtk-32730141-0390-0001-77",
    "RUP 12345678, tender 87654321",
    "550e8400-e29b-41d4-a716-446655440000",
    "3273 0172 0390 0001",  # no such day
    "3273 0141 1390 0001",  # no such month
    "2073 0141 0390 0001",  # no such province
    "Bidang Teknik 1.234.567.890.123.456",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_identity_numbers_are_taken_out(text):
    """Alone, in groups, after its name, in any script: nothing of the number is left."""
    assert is_personal(text)
    assert WITHHELD in withhold(text)
    assert not is_personal(withhold(text))
    assert sum(each.isdecimal() for each in withhold(text)) <= 5


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_stay(text):
    """Tax numbers of firms, amounts, accounts, telephones, dates, codes and hashes."""
    assert not is_personal(text)
    assert withhold(text) == text


GROUPINGS = [(4, 4, 4, 4), (6, 6, 4), (2, 2, 2, 6, 4), (2,) * 6 + (4,), (6, 10), (12, 4), (16,)]
PLACES = st.sampled_from(["110101", "327301", "530799", "947112"])
NUMBERS = st.builds(
    lambda place, born, woman, order: f"{place}{born.day + 40 * woman:02}{born:%m%y}{order:04}",
    PLACES,
    st.dates(date(1930, 1, 1), date(2020, 1, 1)),
    st.booleans(),
    st.integers(1, 9999),
)


@given(
    NUMBERS,
    st.sampled_from(GROUPINGS),
    st.sampled_from([" ", ".", "-", " - ", "\u00a0", "\u2013", "\u200b"]),
    st.sampled_from(["", "a.n. Siti ", "(", "NIK", "no. "]),
    st.sampled_from(["", ")", ", Siti", " "]),
)
def test_any_identity_number_in_any_grouping_is_taken_out(number, sizes, between, before, after):
    """Whoever it is, and however it is written."""
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    text = f"{before}{between.join(parts)}{after}"
    assert withhold(text) == f"{before}{WITHHELD}{after}"


@given(st.integers(0, 10**18), st.sampled_from([".", ",", " ", "\u00a0"]), st.booleans())
def test_an_amount_grouped_by_thousands_stays(amount, between, named):
    """Whatever the amount: it is never taken for a person."""
    text = ("Rp " if named else "") + f"{amount:,}".replace(",", between)
    assert withhold(text) == text


@given(st.text(), st.text(alphabet="0123456789 .-NIKa\u200b\u0661", max_size=60))
def test_withholding_is_done_once_and_for_all(words, numbers):
    """Any text comes out without an identity number, and unchanged where it had none."""
    for text in (words, numbers):
        left = withhold(text)
        assert is_personal(text) == (left != text)
        assert withhold(left) == left


def test_contacts_are_left_out_at_any_depth():
    """Contact points and identity numbers are gone, everything else is as it was."""
    record = {
        "parties": [
            {"id": NIK, "contactPoint": {"email": "x"}, "name": "A"},
            {"id": "b", "persons": [], "address": {"locality": "Kota"}},
        ],
        "n": 3201234567890123,
    }
    assert without_contacts(record) == {
        "parties": [{"id": WITHHELD, "name": "A"}, {"id": "b", "address": {"locality": "Kota"}}],
        "n": 3201234567890123,
    }
