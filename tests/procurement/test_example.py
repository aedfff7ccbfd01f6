"""The fictional district: one story for everybody, and the irregularities planted in it."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import deployment, store
from ledger import settings as settings_
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.settings import Settings
from procurement import example, queries, sums
from procurement.example.district import BRIDGE, BRIDGE_BEFORE
from procurement.example.planted import BRIDGE_OCID
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index
from procurement.publish import publish_example
from procurement.rules import CODES
from procurement.schema import check_release

ORIGIN = "example.jejak.example"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Log, Projections]]:
    """The district's year in a log, with its projections."""
    folder = tmp_path_factory.mktemp("district")
    settings = Settings(folder, ORIGIN)
    settings_.write_secret(folder / "log.key", secrets.token_bytes(32))
    engine = store.open_engine(store.sqlite_url(folder / "log.db"), store.SCHEMA)
    deployment.create_log(engine)
    log = Log(engine, ORIGIN, KINDS)
    registrar = SigningKey(secrets.token_bytes(32))
    log.append_one(deployment.demonstration_root(ORIGIN, registrar))
    publish_example(settings, log, [registrar])
    assert publish_example(settings, log, [registrar]) == 0
    index = open_index(f"sqlite:///{folder / 'index.db'}")
    Follower(log, index).run()
    yield log, index
    log.close()
    index.engine.dispose()


def test_the_story_is_the_same_for_everybody() -> None:
    """The same seed gives the same bytes, in order of day."""
    acts = example.tell()
    assert acts == example.tell()
    assert [act.day for act in acts] == sorted(act.day for act in acts)
    assert acts != example.tell(seed=1)


def test_its_releases_are_valid() -> None:
    """The example sets one: not a release of it fails the schema."""
    for act in example.tell():
        if act.kind == "ocds/release":
            assert check_release(json.loads(act.body)) == [], act.subject


def test_about_six_hundred_entries(published: tuple[Log, Projections]) -> None:
    """Enough for a believable year, small enough for a modest machine."""
    log, index = published
    assert 550 <= log.size <= 650
    assert Follower(log, index).position() == log.size


def test_a_year_told_by_another_version_is_left_as_it_is(
    published: tuple[Log, Projections], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A demonstration, or a practice, starts again after the example has changed."""
    log, _ = published
    before = log.size
    monkeypatch.setattr(example, "tell", lambda: example.story.tell(seed=1))
    assert publish_example(Settings(tmp_path, ORIGIN), log, []) == 0
    assert log.size == before


def test_exactly_the_planted_irregularities_are_found(
    published: tuple[Log, Projections],
) -> None:
    """Each planted one is a finding, broken or not computable, and there is no other."""
    _, index = published
    found = [
        (each.code, each.subject, each.status)
        for each in queries.findings(index, status=None, limit=100)
    ]
    planted = [(each.code, each.subject, each.status) for each in example.PLANTED]
    assert Counter(found) == Counter(planted)


def test_every_rule_is_broken_somewhere() -> None:
    """Whoever tries the example sees each of them."""
    assert {each.code for each in example.PLANTED if each.status == "broken"} == set(CODES)


def test_a_contract_over_two_years_is_charged_to_both(published: tuple[Log, Projections]) -> None:
    """The bridge: split by the amounts of its plan, and paid from the line of each year."""
    _, index = published
    lines = [queries.line(index, line.id) for line in (BRIDGE_BEFORE, BRIDGE)]
    assert [line.committed for line in lines] == [5_376_000_000_00, 8_064_000_000_00]
    assert [line.paid for line in lines] == [5_376_000_000_00, 8_064_000_000_00]
    assert [line.direct for line in lines] == [0, 0]
    contract = queries.contracts(index, ocid=BRIDGE_OCID)[0]
    assert (contract.paid, contract.unpaid) == (13_440_000_000_00, 0)


def test_currencies_stand_apart(published: tuple[Log, Projections]) -> None:
    """One contract in dollars is a sum of its own, in no sum of rupiah."""
    _, index = published
    signed = {each.currency: each for each in sums.contract_totals(index, "2025")}
    assert (signed["USD"].contracts, signed["USD"].value) == (1, 58_000_00)
    contracts = queries.contracts(index, limit=1000)
    rupiah = [each for each in contracts if each.currency == "IDR" and each.fiscal_year == "2025"]
    assert signed["IDR"].value == sum(each.value or 0 for each in rupiah)
    assert {each.currency for each in sums.totals(index, "2025")} == {"IDR"}
