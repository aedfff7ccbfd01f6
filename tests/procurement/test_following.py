"""A follower in a process beside an import: its tables are those of following afterwards."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from procurement import following
from procurement.following import followed
from tests.procurement.test_follower import a_year, state
from tests.procurement.town import found_town


@pytest.mark.parametrize("fate", ["lives", "dies", "other threads"])
def test_what_is_appended_is_projected(
    fate: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the other process lives, is killed or cannot be, all tables are up to date."""
    monkeypatch.setattr(following, "_FEW", 1)
    town, done = found_town(tmp_path, url=database_url), threading.Event()
    children: list[int] = []
    fork = os.fork

    def noted_fork() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", noted_fork)
    if fate == "other threads":
        threading.Thread(target=done.wait).start()
    with followed(town.log, town.index):
        a_year(town)
        if fate == "lives":
            while town.follower.position() < town.log.size:
                pass  # only the other process moves the cursor
        if fate == "dies":
            os.kill(children[0], signal.SIGKILL)
    done.set()
    assert len(children) == (fate != "other threads")
    assert town.follower.position() == town.log.size
    beside = state(town)
    town.again()
    assert state(town) == beside
    town.close()
