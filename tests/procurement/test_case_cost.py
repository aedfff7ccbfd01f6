"""What is said in a case costs the same however much was said before, and comes to the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from ledger import store
from ledger.store import sqlite_url
from procurement.follower import Follower
from procurement.index_cases import CaseConcern, CaseRow, CaseSaid
from procurement.projections import Projections, open_index
from procurement.writing import core
from tests.procurement.auditing import open_case, reply
from tests.procurement.test_cases import founded, release_of
from tests.procurement.town import Town

EVERY = 50
SAID = [
    ("procurement", "answer"),
    ("auditor", "resolve"),
    ("second auditor", "reject"),
    ("other auditor", "resolve"),
    ("stranger", "answer"),
]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with auditors, an appropriation and a release."""
    yield from founded(tmp_path, None)


@contextmanager
def work(index: Projections) -> Iterator[list[int]]:
    """How many steps the database makes, in parts of EVERY."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    def watch(raw: Any, *_: Any) -> None:
        raw.set_progress_handler(count, EVERY)

    event.listen(index.engine, "checkout", watch)
    yield steps
    event.remove(index.engine, "checkout", watch)


def _follow(town: Town, group: int) -> int:
    """Follow the rest in groups of this length; the steps that each note took."""
    before, left = town.follower.position(), town.log.size
    with work(town.index) as steps:
        while town.follower.step(group):
            pass
    return steps[0] // (left - before)


@pytest.mark.parametrize("group", [1, 1000])
def test_the_last_note_costs_what_the_first_did(town: Town, group: int) -> None:
    """Of a stranger who writes without end into an open case."""
    about = release_of(town)
    opened = open_case(town, about)
    town.follow()

    def say(first: int, count: int) -> None:
        for at in range(first, first + count):
            reply(town, "other auditor", "resolve", opened, f"Selesai {at}.")

    say(0, 20)
    early = _follow(town, group)
    say(20, 380)
    _follow(town, 1000)
    say(400, 20)
    assert _follow(town, group) <= early * 1.3 + 2


def _tables(index: Projections) -> list[Any]:
    tables = [core(each) for each in (CaseRow, CaseSaid, CaseConcern)]
    with store.reading(index.engine) as opened:
        return [sorted(map(repr, opened.execute(select(each)).all())) for each in tables]


@pytest.mark.parametrize("seed", range(3))
def test_a_case_stands_the_same_however_it_was_followed(
    town: Town, tmp_path: Path, seed: int
) -> None:
    """Note by note or all at once, also when some of them are erased."""
    chance = random.Random(seed)
    about = release_of(town)
    cases = [open_case(town, about), open_case(town, about, about - 1)]
    notes = []
    for at in range(40):
        office, act = chance.choice(SAID)
        notes.append(reply(town, office, act, chance.choice(cases), f"Kata {at}."))
        if chance.random() < 0.15:
            town.erase(notes.pop(chance.randrange(len(notes))))
        if chance.random() < 0.4:
            town.follow()
    town.follow()
    with closing(open_index(sqlite_url(tmp_path / "again.db"))) as again:
        while Follower(town.log, again).step(100_000):
            pass
        assert _tables(again) == _tables(town.index)
    assert len(_tables(town.index)[1]) > 30
