"""Samples by money: the same for everybody, in proportion, and chosen by nobody."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from audit.sampling import Item, draw
from jejak import cli
from ledger.errors import InvalidInput, NotFound

ITEMS = st.lists(st.integers(1, 10**12), min_size=1, max_size=60).map(
    lambda amounts: [Item(f"payment:{at}", at, amount) for at, amount in enumerate(amounts)]
)
SEEDS = st.binary(min_size=32, max_size=32)


@given(ITEMS, st.integers(1, 100), SEEDS, st.randoms())
def test_as_many_points_as_asked(items, count, seed, random):
    """Every point hits one item, whatever the order in which the items come."""
    sample = draw(items, count, seed)
    assert sum(each.hits for each in sample.drawn) == count
    assert sample.interval * count == sample.total == sum(each.amount for each in items)
    assert 0 <= sample.start < sample.interval
    assert draw(random.sample(items, len(items)), count, seed) == sample


@given(ITEMS, st.integers(1, 100), SEEDS)
def test_large_items_are_drawn_for_certain(items, count, seed):
    """An item of an interval or more is drawn, and each as often as its money allows."""
    sample = draw(items, count, seed)
    hits = {each.item: each.hits for each in sample.drawn}
    for item in items:
        fair = Fraction(item.amount) / sample.interval
        assert fair - 1 < hits.get(item, 0) < fair + 1


def test_each_unit_has_the_same_chance():
    """Over many seeds an item is drawn in proportion to its amount."""
    items = [Item("a", 0, 100), Item("b", 1, 300), Item("c", 2, 600)]
    counts = dict.fromkeys("abc", 0)
    for at in range(2000):
        for each in draw(items, 1, hashlib.sha256(b"%d" % at).digest()).drawn:
            counts[each.item.key] += 1
    assert abs(counts["a"] - 200) < 50
    assert abs(counts["b"] - 600) < 80
    assert abs(counts["c"] - 1200) < 80


@pytest.mark.parametrize(
    ("items", "count"),
    [([], 1), ([Item("a", 0, 0)], 1), ([Item("a", 0, -5)], 1), ([Item("a", 0, 5)], 0)],
)
def test_nothing_to_draw(items, count):
    """Without money, or without points, there is no sample."""
    with pytest.raises(InvalidInput):
        draw(items, count, bytes(32))


def test_the_example_sampled(tmp_path: Path):
    """A sample of the example's payments, seeded by the anchor that came after; drawn twice."""

    def run(*arguments: str):
        command = ["--data", str(tmp_path / "data"), "--json", *arguments]
        result = CliRunner().invoke(cli, command, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return json.loads(result.stdout) if arguments[0] == "sample" else None

    run("demo", "--once")
    asked = ["sample", "--at", "500", "--count", "12", "--currency", "IDR"]
    first, again = run(*asked), run(*asked)
    assert first == again
    assert sum(each["hits"] for each in first["drawn"]) == 12
    assert all(each["entry"] < 500 and each["amount"] > 0 for each in first["drawn"])
    assert "first anchor after 500 entries" in first["seedFrom"]
    other = run(*asked, "--seed", "0x" + "07" * 32)
    assert other["total"] == first["total"]
    assert other["drawn"] != first["drawn"]
    with pytest.raises(NotFound):
        run("sample", "--at", "100000", "--count", "12", "--currency", "IDR")
