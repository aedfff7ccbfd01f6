"""The gas table of the contract's README is what an anchor costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import gas, toolchain
from ledger.merkle import verify_consistency

GREATEST = 2**64 - 1


@given(st.integers(2, GREATEST), st.data())
def test_what_is_measured_is_consistent(new: int, data: st.DataObject) -> None:
    """The made-up trees that gas is measured on are verified by the ledger too."""
    growth = gas.grow(data.draw(st.integers(1, new - 1)), new)
    verify_consistency(growth.old, growth.new, growth.old_root, growth.new_root, growth.proof)


def test_the_worst_is_the_worst() -> None:
    """Among all pairs of small sizes none asks for more hashing than the one that is measured."""
    most = max(gas.grow(old, new).hashed for new in range(2, 65) for old in range(1, new))
    assert gas.worst_growth(64).hashed == most


@pytest.mark.anvil
def test_the_readme_says_what_an_anchor_costs(anvil: Path) -> None:
    """Measured again on a node with the rules of London, every number of the table is the same."""
    with gas.london() as url:
        table = gas.format_table(*gas.measure(url))
    assert table in (toolchain.ROOT / "README.md").read_text(encoding="utf-8")
