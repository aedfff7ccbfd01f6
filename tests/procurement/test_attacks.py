"""What officers may not do with each other's processes and lines, through a real log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import NotAuthorised, Unacceptable
from procurement import queries
from tests.procurement.test_follower import OCID, award, contract, release, tender
from tests.procurement.town import ORG, OTHER, SALT, Town, found_town, money

LINE = f"{ORG}/2026/1"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose council has money, and a stranger with every role of another institution."""
    made = found_town(tmp_path)
    made.appropriate(LINE, "100.00")
    yield made
    made.close()


def test_treasury_release_does_not_change_an_award(town: Town) -> None:
    """Who pays does not choose the winner, the price, or the tender: the release is shown only."""
    town.release(release("1", tender=tender(100), awards=[award(90)], contracts=[contract(90)]))
    town.follow()
    before = queries.process(town.index, OCID)
    changed = release(
        "2", "2026-06-01T00:00:00Z", tender=tender(1), awards=[award(1)], contracts=[contract(1)]
    )
    town.release(changed, "treasury")
    town.follow()
    after = queries.process(town.index, OCID)
    for name in ("title", "tendered", "awarded", "contracted", "status"):
        assert getattr(after, name) == getattr(before, name), name
    assert len(queries.process_entries(town.index, OCID)) == 2


def test_release_about_anothers_process_is_shown_not_merged(town: Town) -> None:
    """A stranger's award stands in the record, marked, and moves no sum."""
    town.release(release("1", tender=tender(100), awards=[award(90)]))
    foreign = town.release(release("2", "2026-06-01T00:00:00Z", awards=[award(1)]), "stranger")
    town.follow()
    assert queries.process(town.index, OCID).awarded == 9_000
    assert town.marks(foreign) == ["other-owner"]
    assert not queries.entry(town.index, foreign).merged
    assert queries.entry(town.index, foreign).org == OTHER


def test_stranger_does_not_correct_anothers_release(town: Town) -> None:
    """A correction comes from the institution that published: nobody takes it out of the sums."""
    own = town.release(release("1", tender=tender(100), awards=[award(90)]))
    for office in ("stranger", "importer"):
        with pytest.raises(Unacceptable, match="org, kind and subject"):
            town.release(release("1", tender=tender(1)), office, replaces=own)
    town.follow()
    assert queries.process(town.index, OCID).awarded == 9_000


@pytest.mark.parametrize("kind", ["appropriation", "revision", "transfer", "payment"])
def test_stranger_does_not_move_anothers_line(town: Town, kind: str) -> None:
    """Each kind of budget event about a line needs its owner in the key's scope."""
    about = {
        "appropriation": {
            "line": {
                "id": f"{ORG}/2026/2",
                "fiscalYear": "2026",
                "title": "x",
                "org": ORG,
                "classifications": {},
            },
            "amount": money("1.00"),
            "legalBasis": "x",
        },
        "revision": {"id": "R", "line": {"id": LINE}, "change": money("-1.00")},
        "transfer": {
            "id": "T",
            "from": {"id": LINE},
            "to": {"id": f"{OTHER}/2026/1"},
            "amount": money("1.00"),
        },
        "payment": {
            "id": "P",
            "date": "2026-06-01",
            "method": "LS",
            "payee": {"id": "X", "name": "X"},
            "items": [{"line": {"id": LINE}, "amount": money("1.00")}],
            "net": money("1.00"),
        },
    }[kind]
    subject = {"appropriation": f"{ORG}/2026/2", "payment": "P"}.get(kind, LINE)
    said = {"reason": "x", "legalBasis": "x", "salt": SALT, **about}
    size = town.log.size
    with pytest.raises(NotAuthorised):
        town.publish("stranger", f"budget/{kind}", subject, said)
    assert town.log.size == size
