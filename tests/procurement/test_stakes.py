"""What is at stake in an entry: no sum is overlooked, and no body is too odd to be asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.money import Money
from procurement.ocds import RELEASE
from procurement.stakes import changed_sums, own_sums

NAMES = ["tender", "awards", "contracts", "planning", "value", "amount", "currency", "id", "status"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["IDR", "idr", "cancelled", "C1", "1e9", ""])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=20,
)


def rupiah(amount: int) -> dict[str, Any]:
    """An OCDS value."""
    return {"amount": amount, "currency": "IDR"}


@given(JSON, JSON)
def test_any_json_has_sums_or_none(release, record):
    """Whatever stands in a release and in what is known: sums, unknown ones, and no error."""
    known = record if isinstance(record, dict) else {}
    for found in (own_sums(RELEASE, release), changed_sums(release, known)):
        assert all(each is None or isinstance(each, Money) for each in found)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.sampled_from(NAMES[1:3]))
def test_the_total_of_awards_or_contracts_counts(amounts, name):
    """Each sum counts, and all of them together."""
    found = own_sums(RELEASE, {name: [{"value": rupiah(each)} for each in amounts]})
    assert {Money(each * 100, "IDR") for each in amounts} <= set(found)
    assert Money(sum(amounts) * 100, "IDR") in found


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"contracts": [{"id": "C1", "value": rupiah(1)}]}, {70}),
        ({"contracts": [{"id": "C2", "value": rupiah(1)}]}, set()),
        ({"contracts": [{"id": "C1"}]}, {70, 50}),
        ({"contracts": None, "planning": {"budget": {"amount": rupiah(1)}}}, {70}),
        ({"tender": {"status": "cancelled"}}, {70, 50}),
        ({"tender": {"status": ["cancelled"]}, "awards": [{"value": rupiah(1)}]}, set()),
        ({"tender": {"value": None}, "awards": [{"value": rupiah(1)}]}, {50}),
    ],
)
def test_what_a_release_changes(release, expected):
    """The contract of the same id, what is taken away, the tender that ends; all, if none named."""
    record = {
        "tender": {"id": "T", "value": rupiah(50)},
        "contracts": [{"id": "C1", "value": rupiah(70)}],
    }
    found = {each.amount // 100 for each in changed_sums(release, record) if each}
    assert found == expected
