"""The same entries give the same projections on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from procurement import queries, searching, sums
from procurement.follower import Follower
from tests.procurement.test_follower import LINE, OCID, a_year, state
from tests.procurement.town import ORG, OTHER, SALT, found_town, money, value


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


def test_the_newest_are_found_first(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whatever stretches documents are sought in: newest first, each once, page after page."""
    monkeypatch.setattr(searching, "LEVELS", (1, 2))
    with closing(found_town(tmp_path, url=database_url)) as town:
        first = town.appropriate(LINE, "1.00")
        about = {"salt": SALT, "about": [town.log.record(first).leaf_hash.hex()]}
        for number in range(20):
            said = {**about, "text": f"sama {number} {'lima' if number % 5 == 0 else ''}"}
            town.publish("budget", "note", about["about"][0], said)
        town.follow(7)

        def found(text: str, limit: int) -> list[int]:
            indices, before = [], None
            while page := queries.search(town.index, text, limit, before):
                indices += [each.index - first - 1 for each in page]
                before = page[-1].id
            return indices

        for limit in (1, 3, 50):
            assert found("sama", limit) == list(range(19, -1, -1))
            assert found("sama lima", limit) == [15, 10, 5, 0]
            assert found("sam", limit) == list(range(19, -1, -1))


def test_organisations_page_after_page(database_url: str, tmp_path: Path):
    """The sums of a year come largest first, each once, in pages of any length."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        for number, (office, org) in enumerate((("budget", ORG), ("stranger", OTHER))):
            for code, amount in (("IDR", 3 + number), ("USD", 4)):
                line = f"{org}/2026/{code}"
                town.publish(
                    office, "budget/appropriation", line, appropriation(line, amount, code)
                )
        town.follow()
        whole = sums.totals_by_org(town.index, "2026")
        assert [each.available for each in whole] == [400, 400, 400, 300]
        paged, below = [], None
        while page := sums.totals_by_org(town.index, "2026", limit=1, below=below):
            paged += page
            below = (page[-1].org, page[-1].currency)
        assert paged == whole


def appropriation(line: str, amount: int, code: str) -> dict[str, object]:
    """An appropriation in a currency."""
    org, year, _ = line.split("/", 2)
    named = {"id": line, "fiscalYear": year, "title": "Jalan", "org": org, "classifications": {}}
    return {"salt": SALT, "line": named, "amount": money(f"{amount}.00", code), "legalBasis": "P"}


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
