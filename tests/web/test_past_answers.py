"""`?at=` on either database: days, refusals, too many readers, and bodies erased since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger import settings as settings_of
from procurement import rewinding
from procurement.rewinding import Rewinder
from tests.web.sites import Deployed, found, served
from tests.web.test_erasure import LINE, OCID, ORG, SECRET, personal
from tests.web.test_past import bare, with_at
from web import app

PAGES = (f"/line/{LINE}", "/budgets/2026", f"/orgs/{ORG}", f"/process/{OCID}", "/orgs/XX-9")
DAYS = [datetime(2031, 5, day, 16, 59, 59, tzinfo=UTC) for day in (1, 2, 4)]
MIDNIGHT = datetime(2031, 5, 2, 17, tzinfo=UTC)  # the third of May begins in Jakarta


@dataclass
class Town:
    """A small log over some days: where it stood at the end of each, and what pages showed."""

    deployed: Deployed
    indices: list[int]
    rewinder: Rewinder
    shown: dict[tuple[int, str], tuple[int, str]]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Town]:
    """An appropriation, a process and a payment, each followed at once."""
    if not database_url.startswith("sqlite"):
        monkeypatch.setenv(settings_of.DATABASE_VARIABLE, database_url)
    deployed = found(tmp_path / "town")
    clock = [DAYS[0]]
    monkeypatch.setattr(deployed.log, "_clock", lambda: clock[0])
    rewinder = Rewinder()
    monkeypatch.setattr(app, "Rewinder", lambda: rewinder)
    officer = deployed.key(ORG, "budget", "treasury", "procurement")
    shown: dict[tuple[int, str], tuple[int, str]] = {}
    said, indices = personal(""), []
    with served(deployed) as site:
        for name, now in zip(
            ("appropriation", "release", "payment"), (*DAYS[:2], MIDNIGHT), strict=True
        ):
            clock[0] = now
            indices.append(site.publish(officer, *said[name]))
            site.follow()
            shown |= {(indices[-1], page): read(site, page) for page in PAGES}
        clock[0] = DAYS[2]
        yield Town(site, indices, rewinder, shown)


def read(deployed: Deployed, page: str) -> tuple[int, str]:
    """The status of a page, and the page without what tells of its time."""
    with deployed.client("id") as client:
        answer = client.get(page)
    return answer.status_code, bare(answer.content)


def stood(town: Town, at: str) -> tuple[int, int | None]:
    """The status of the line's twin as of a day or an entry, and the entry it stands at."""
    with town.deployed.client() as client:
        answer = client.get(f"/line/{LINE}.json?at={at}")
    return answer.status_code, answer.json().get("asKnownOn", {}).get("index")


def test_the_past_is_answered_on_either_database(town: Town, monkeypatch: pytest.MonkeyPatch):
    """To the last byte what was shown; a day is its last entry; else it is said what is wrong."""
    shown = {key: page for key, page in town.shown.items() if page[0] == 200}
    assert {page for _, page in shown} == set(PAGES)
    assert {(at, page): read(town.deployed, with_at(page, at)) for at, page in shown} == shown

    first, second, last = town.indices
    days = {1: first, 2: second, 3: last, 4: last, 9: last}
    assert {day: stood(town, f"2031-05-0{day}")[1] for day in days} == days
    assert stood(town, "2020-04-30")[0] == stood(town, str(last + 1))[0] == 404
    for asked in ("2031-02-30", "9999-12-31", "2031-5-1", "-1", "01", "٣", "now", "1" * 19):
        assert stood(town, asked)[0] == 422, asked

    monkeypatch.setattr(rewinding, "WAIT_SECONDS", 0)
    with ExitStack() as others:
        for _ in range(rewinding.AT_ONCE):
            others.enter_context(town.rewinder.memory())
        assert stood(town, str(last))[0] == 503
        assert read(town.deployed, PAGES[0])[0] == 200
    assert stood(town, str(last)) == (200, last)


def test_what_was_erased_since_is_told_of_no_past(town: Town):
    """No page of the past names the person again; each says so, and sums stay as they were."""
    log = town.deployed.log
    town.deployed.erase(*(log.record(index).entry.statement.body for index in town.indices))
    town.deployed.follow()
    with town.deployed.client("id") as client:
        for at, page in town.shown:
            answer = client.get(with_at(page, at))
            assert SECRET not in answer.text, (at, page)
            assert ("kemudian dihapus" in answer.text) == (answer.status_code == 200), (at, page)
        years = [client.get(f"/budgets/2026.json?at={at}").json() for at in town.indices]
    sums = [year["totals"][0] for year in years]
    assert [each["available"]["amount"] for each in sums] == ["5.00"] * 3
    assert [each["paid"]["amount"] for each in sums] == ["0.00", "0.00", "5.00"]
