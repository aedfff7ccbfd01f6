"""Who may speak about which process and line: what is another's is shown, and moves no sum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procurement import queries, sums
from tests.procurement.town import ORG, OTHER, Town, found_town, value

LINE = f"{ORG}/2026/1.03"
OWN_LINE = f"{OTHER}/2026/1.03"
OCID = "ocds-town00-0001"
OTHER_OCID = "ocds-other0-0001"
SUPPLIER = {"id": "ID-NPWP-1", "name": "PT Satu"}


def prepared(town: Town) -> Town:
    """With a contract of 90 on a line of 100, half paid."""
    town.registrar(
        "registry/institution",
        ORG,
        {
            "id": ORG,
            "names": {"id": "Kota", "en": "Town"},
            "parent": None,
            "ocids": ["ocds-town00"],
            "validFrom": "2026-01-01T00:00:00Z",
        },
    )
    town.appropriate(LINE, "100.00")
    town.release(release(OCID, "1"))
    town.pay("SP2D-1", (LINE, "45.00"), contract=(OCID, "K"))
    town.follow()
    return town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town with a contract of 90 on a line of 100, half paid."""
    town = prepared(found_town(tmp_path))
    yield town
    town.close()


@pytest.fixture
def town_anywhere(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The same on SQLite and on PostgreSQL."""
    town = prepared(found_town(tmp_path, url=database_url))
    yield town
    town.close()


def release(ocid: str, number: str, line: str = LINE, amount: Any = 90) -> dict[str, Any]:
    """A process from its line to its contract, of an amount."""
    contract = {
        "id": "K",
        "awardID": "A",
        "status": "active",
        "value": value(amount),
        "dateSigned": "2026-03-01T00:00:00+07:00",
        "period": {"endDate": "2026-11-30T00:00:00+07:00"},
    }
    return {
        "ocid": ocid,
        "id": number,
        "date": "2026-03-01T00:00:00Z",
        "tag": ["contract"],
        "initiationType": "tender",
        "planning": {"budget": {"id": line, "amount": value(amount)}},
        "awards": [
            {"id": "A", "status": "active", "value": value(amount), "suppliers": [SUPPLIER]}
        ],
        "contracts": [contract],
    }


def summed(town: Town) -> list[Any]:
    """Every sum and finding about the town's process and line, and the totals of the year."""
    process = queries.process(town.index, OCID).model_dump()
    for name in ("marks", "last_index"):
        process.pop(name)
    return [
        process,
        [each.model_dump() for each in queries.contracts(town.index, ocid=OCID)],
        queries.line(town.index, LINE).model_dump(),
        [each.model_dump() for each in queries.findings(town.index, status=None)],
        sums.totals(town.index, "2026"),
        sums.contract_totals(town.index, "2026"),
        sorted(sums.flows(town.index, "2026", org=ORG), key=str),
    ]


@pytest.mark.parametrize("step", [1, 500])
@pytest.mark.parametrize("amount", [1, 500])
def test_a_foreign_release_is_shown_and_not_merged(town, amount, step):
    """Neither more nor less money, no finding, no supplier: only the entry with its mark."""
    before = summed(town)
    foreign = town.release(release(OCID, "2", amount=amount), "stranger")
    town.follow(step)
    assert summed(town) == before
    assert town.marks(foreign) == ["other-owner"]
    shown = {each.index: each.merged for each in queries.process_entries(town.index, OCID)}
    assert shown[foreign] is False
    assert "other-owner" in queries.process(town.index, OCID).marks


def test_what_an_importer_copies_of_foreign_publishers_stands_apart(town):
    """A copier with the scope of everybody is merged and says that it copies; sums stay apart."""
    before = summed(town)
    copied = town.release(release("ocds-abc123-1", "1", "a project", 70), "importer")
    town.follow()
    assert town.marks(copied) == []
    assert queries.entry(town.index, copied).copied
    found = queries.process(town.index, "ocds-abc123-1")
    assert (found.copied, found.owner, found.contracted) == (True, "XX-COPY", 7_000)
    after = summed(town)
    assert after[:4] == before[:4]
    assert sums.contract_totals(town.index, "2026")[0].value == 16_000


@pytest.mark.parametrize("step", [1, 500])
def test_a_process_of_another_commits_nothing_on_a_line(town, step):
    """Its own sums stand; the line of somebody else is not charged, and its rule not broken."""
    before = queries.line(town.index, LINE).model_dump()
    claim = town.release(release(OTHER_OCID, "1", amount=500), "stranger")
    town.follow(step)
    town.release(
        {**release(OTHER_OCID, "2", amount=600), "date": "2026-04-01T00:00:00Z"}, "stranger"
    )
    town.follow(step)
    assert town.marks(claim) == ["other-line"]
    assert queries.line(town.index, LINE).model_dump() == before
    assert queries.findings(town.index, status=None) == []
    found = queries.process(town.index, OTHER_OCID)
    assert (found.contracted, found.committed) == (60_000, 60_000)
    (flow,) = [each for each in sums.flows(town.index, "2026") if each.committed == 60_000]
    assert (flow.line, flow.org) == ("", OTHER)
    town.again()
    assert queries.line(town.index, LINE).committed == 9_000


def test_its_owner_may_let_another_draw_on_a_line(town_anywhere):
    """Once a release of somebody with the scope of its owner names the line, it is charged."""
    town = town_anywhere
    town.release(release(OTHER_OCID, "1", amount=5), "stranger")
    town.follow()
    assert queries.line(town.index, LINE).committed == 9_000
    said = {**release(OTHER_OCID, "2", amount=5), "date": "2026-04-01T00:00:00Z"}
    town.release(said, "importer")
    town.follow()
    assert queries.line(town.index, LINE).committed == 9_500


@pytest.mark.parametrize("step", [1, 500])
def test_a_stranger_pays_nothing_for_anothers_contract(town, step):
    """His advance is shown beside the process with a mark; the contract is not overpaid by it."""
    before = summed(town)
    strange = pay(town, "X-1", "900.00", contract=(OCID, "K"))
    town.follow(step)
    assert summed(town) == before
    assert town.marks(strange) == ["other-owner"]
    assert strange in {each.index for each in queries.process_entries(town.index, OCID)}


def test_a_stranger_takes_no_payment_back(town):
    """A reversal comes from whoever paid: the payment stands, and is not found reversed."""
    before = summed(town)
    strange = pay(town, "X-1", "-45.00", reverses="SP2D-1")
    more = pay(town, "X-2", "-900.00", reverses="SP2D-1", contract=(OTHER_OCID, "K"))
    town.follow()
    assert summed(town) == before
    assert town.marks(strange) == town.marks(more) == ["other-owner"]


def test_without_a_prefix_the_first_publisher_owns_a_process(town):
    """As for releases: his payments count, those of others do not, in one group or in several."""
    number = "ocds-free00-1"
    town.release(release(number, "1", OWN_LINE, 50), "stranger")
    own = pay(town, "X-1", "20.00", contract=(number, "K"))
    strange = town.pay("SP2D-9", (None, "30.00"), contract=(number, "K"))
    town.follow()
    assert (town.marks(own), town.marks(strange)) == ([], ["other-owner"])
    (contract,) = queries.contracts(town.index, ocid=number)
    assert contract.paid == 2_000
    again = town.pay("SP2D-10", (None, "30.00"), contract=(number, "K"))
    town.follow()
    assert town.marks(again) == ["other-owner"]


def pay(town: Town, number: str, amount: str, **more: Any) -> int:
    """An advance of the stranger's treasury, or what it takes back."""
    contract, reverses = more.get("contract"), more.get("reverses")
    body = {
        "salt": "0123456789abcdef0123456789abcdef",
        "id": number,
        "date": "2026-06-01",
        "method": "UP",
        "payee": {"id": "ID-NPWP-1", "name": "PT Satu"},
        "items": [],
        "net": {"amount": amount, "currency": "IDR"},
        "contract": {"ocid": contract[0], "id": contract[1]} if contract else None,
        "reverses": reverses,
    }
    return town.publish("stranger", "budget/payment", number, body)
