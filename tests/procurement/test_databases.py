"""The same entries give the same projections on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from procurement import queries, sums
from procurement.follower import Follower
from tests.procurement.test_follower import LINE, OCID, a_year, state
from tests.procurement.town import found_town


def test_a_year_on_each_database(database_url: str, tmp_path: Path):
    """Followed in groups, built again, searched: nothing depends on the database."""
    town = found_town(tmp_path, url=database_url)
    a_year(town)
    town.follow(4)
    followed = state(town)
    town.again()
    assert state(town) == followed
    assert queries.line(town.index, LINE).available == 105_000
    assert [each.ref for each in queries.search(town.index, "kali jemb")] == [OCID]
    assert queries.search(town.index, "kali utara") == []
    assert [each.ref for each in queries.search(town.index, "ocds-town00-0001")] == [OCID]
    assert sums.years(town.index) == ["2026"]
    town.close()


def test_two_followers_do_not_count_twice(database_url: str, tmp_path: Path):
    """Several follow one log at once: each entry is projected once."""
    town = found_town(tmp_path, url=database_url)
    a_year(town)
    others = [Follower(town.log, town.index) for _ in range(3)]

    def follow(follower: Follower) -> None:
        while follower.step(2):
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(follow, others))
    followed = state(town)
    town.again()
    assert state(town) == followed
    town.close()
