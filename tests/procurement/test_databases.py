"""The same entries give the same projections on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from procurement import queries, sums
from procurement.follower import Follower
from tests.procurement.test_follower import LINE, OCID, a_year, state
from tests.procurement.town import ORG, found_town, value


def test_a_year_on_each_database(database_url: str, tmp_path: Path):
    """Followed in groups, built again, searched: nothing depends on the database."""
    with closing(found_town(tmp_path, url=database_url)) as town:
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


def test_ids_that_no_index_takes(database_url: str, tmp_path: Path):
    """U+0000, ids of any length and ids made to collide stop no database."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        long = "x" * 20_000
        party = {"id": long, "name": "PT\0Satu", "roles": [long]}
        transactions = [{"id": "b/c", "value": value(1)}, {"id": long, "value": value(1)}]
        contracts = [
            {
                "id": number,
                "awardID": long,
                "status": "active",
                "value": value(5),
                "title": "a\0b",
                "implementation": {"transactions": [*transactions, {"value": value(1)}]},
            }
            for number in ("a", "a/b", "a#b", long, long + "y", "\0", "\ufffd")
        ]
        said = {"date": "2026-01-01T00:00:00Z", "tag": ["contract"], "parties": [party]}
        for number in ("ocds-a", "ocds-a#1", "ocds-a\0"):
            town.release(
                {**said, "ocid": number, "id": "1\0", "contracts": contracts, "buyer": party}
            )
        for number in ("P", "P@9", "Q\0", "Q\ufffd"):
            paid = [(f"{ORG}/2026/\0", "1.00"), (f"{ORG}/{long}", "1.00")]
            town.pay(number, *paid, payee=(long, "\0"), contract=("ocds-a", long))
        town.transfer("t", f"{ORG}/2026/1", f"{ORG}/2026/{long}", "1.00")
        town.follow(3)
        followed = state(town)
        assert len(followed["processes"]) == 3
        assert len(queries.contracts(town.index, ocid="ocds-a")) == 7
        for each in queries.processes(town.index):
            assert queries.process_entries(town.index, each.ocid)
        town.again()
        assert state(town) == followed


def test_two_followers_do_not_count_twice(database_url: str, tmp_path: Path):
    """Several follow one log at once: each entry is projected once."""
    with closing(found_town(tmp_path, url=database_url)) as town:
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
