"""Bodies of releases: read together where it is known which come next, and never another's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from ledger.errors import NotFound
from ledger.log import Log
from procurement.bodies import Bodies

ERASED = 7


class Counted:
    """A log that counts how often it is asked, with a number as the body of each entry."""

    def __init__(self) -> None:
        self.asked = 0

    def some(self, indices: Sequence[int]) -> list[Any]:
        """Those there are, as `Log.some`."""
        self.asked += 1
        return [Entry(index) for index in sorted(indices) if index < 1000]

    def record(self, index: int) -> Any:
        """One, as `Log.record`."""
        self.asked += 1
        if index >= 1000:
            raise NotFound("there is none", "ask for another")
        return Entry(index)


class Entry:
    """What is read of a record."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.body = None if index == ERASED else str(index).encode()


@pytest.mark.parametrize("kept", [1, 3, 250, 2000])
def test_expected(kept: int) -> None:
    """Each body is its entry's in whatever order, expected or not, kept or not."""
    bodies = Bodies(cast(Log, Counted()), kept)
    bodies.expect(range(0, 600, 3))
    for index in [0, 3, 599, 6, 7, 3, 597, *range(0, 600, 3), 1, 0]:
        assert bodies.get(index) == (None if index == ERASED else index)
    with pytest.raises(NotFound):
        bodies.get(1000)


def test_few_queries() -> None:
    """Five hundred expected bodies cost a handful of queries, asked for again none."""
    log = Counted()
    bodies = Bodies(cast(Log, log))
    bodies.expect(range(500))
    for _ in range(2):
        assert [bodies.get(index) for index in range(500) if index != ERASED] == [
            index for index in range(500) if index != ERASED
        ]
    assert log.asked <= 6


def test_what_is_crowded_out_is_read_together_again() -> None:
    """Bodies that were kept when they were expected, and no longer when asked for, cost few."""
    log = Counted()
    bodies = Bodies(cast(Log, log), 500)
    for index in range(500):
        bodies.put(index, index, 1)
    bodies.expect([*range(500, 1000), *range(500)])
    assert [bodies.get(index) for index in range(500, 1000)] == list(range(500, 1000))
    assert [bodies.get(index) for index in range(8, 500)] == list(range(8, 500))
    assert log.asked <= 12


def test_large_bodies_crowd_out_more() -> None:
    """No more bytes of bodies are kept than allowed, and one is however large it is."""
    log = Counted()
    bodies = Bodies(cast(Log, log), octets=10)
    for index, size in enumerate((4, 4, 4, 40)):
        bodies.put(index, index, size)
    assert (bodies.get(3), log.asked) == (3, 0)
    assert [bodies.get(index) for index in (2, 1)] == [2, 1]
    assert log.asked >= 2
