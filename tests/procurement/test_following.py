"""A follower in a process beside an import: its tables are those of following afterwards."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from procurement import following
from procurement.following import followed
from tests.procurement.test_follower import a_year, state
from tests.procurement.town import found_town
from tests.waiting import until


@pytest.mark.parametrize("fate", ["lives", "dies", "other threads"])
def test_what_is_appended_is_projected(fate: str, database_url: str, tmp_path: Path) -> None:
    """Whether the other process lives, is killed or cannot be, all tables are up to date."""
    # A fresh process: whoever runs the tests may have threads, and then none is forked.
    story = multiprocessing.get_context("spawn").Process(
        target=import_a_year, args=(fate, database_url, tmp_path)
    )
    story.start()
    story.join()
    assert story.exitcode == 0


def import_a_year(fate: str, database_url: str, folder: Path) -> None:
    """What the test says, in a process with one thread."""
    following._FEW = 1
    town, done = found_town(folder, url=database_url), threading.Event()
    children: list[int] = []
    fork = os.fork

    def noted_fork() -> int:
        children.append(fork())
        return children[-1]

    os.fork = noted_fork
    if fate == "other threads":
        threading.Thread(target=done.wait).start()
    with followed(town.log, town.index):
        a_year(town)
        if fate == "lives":
            # Only the other process moves the cursor.
            until(lambda: town.follower.position() == town.log.size, lambda: "it does not follow")
        if fate == "dies":
            os.kill(children[0], signal.SIGKILL)
    done.set()
    assert len(children) == (fate != "other threads")
    assert town.follower.position() == town.log.size
    beside = state(town)
    town.again()
    assert state(town) == beside
    town.close()
