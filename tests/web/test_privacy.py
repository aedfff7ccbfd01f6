"""What never reaches a page."""

from __future__ import annotations

import pytest

from web.privacy import WITHHELD, is_personal, withhold, without_contacts

NIK = "3201234567890123"


@pytest.mark.parametrize("text", [NIK, f"ID-NIK-{NIK}", f"Siti ({NIK})", f"NIK: {NIK}."])
def test_identity_numbers_are_taken_out(text):
    """Sixteen digits not beginning with 0 are withheld wherever they stand alone."""
    assert is_personal(text)
    assert NIK not in withhold(text)
    assert WITHHELD in withhold(text)


@pytest.mark.parametrize(
    "text",
    [
        "0123456789012345",  # a firm's tax number
        "320123456789012",
        "32012345678901234",
        f"a{NIK}",
        f"{NIK}.50",
        "f" * 20 + NIK + "0" * 28,
        "Rp3.201.234.567.890.123",
    ],
)
def test_other_numbers_stay(text):
    """Tax numbers of firms, amounts and hashes are not identity numbers."""
    assert not is_personal(text)
    assert withhold(text) == text


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
