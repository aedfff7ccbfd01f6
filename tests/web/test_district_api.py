"""The year of the example district, published by its officers through the public API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from procurement import example, queries
from procurement.example import Act, Planted
from procurement.example.planted import BROKEN, UNKNOWN
from procurement.follower import Follower
from procurement.publish import enrol_offices, sign_act
from tests.web.publishers import send
from tests.web.sites import Deployed, found, served
from web.api.limits import Limits

PLENTY = Limits(address_per_minute=10**6, key_per_minute=10**6)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployed]:
    """A log in which nobody has published anything, served."""
    with served(found(tmp_path / "district"), PLENTY) as site:
        yield site


def publish_all(site: Deployed, client: httpx.Client) -> dict[int, Act]:
    """Every act of the year in its order, signed with the key of its office; acts by index."""
    keys = enrol_offices(site.settings, site.log, [site.registrar])
    hashes: dict[str, str] = {}
    published: dict[int, Act] = {}
    for act in example.tell():
        replaces = hashes[act.corrects] if act.corrects else None
        submission = sign_act(site.settings.origin, act, keys[act.office], replaces)
        answer = send(client, submission)
        assert answer.status_code == 201, (act.kind, act.subject, answer.text)
        published[answer.json()["index"]] = act
        if act.name:
            hashes[act.name] = answer.json()["leafHash"]
    return published


def listed(planted: Iterable[Planted], status: str) -> list[tuple[str, str]]:
    """Codes and subjects of a status, sorted."""
    return sorted((each.code, each.subject) for each in planted if each.status == status)


def test_the_year_of_the_district_through_the_api(fresh: Deployed) -> None:
    """Each planted irregularity appears as the finding it should be, and no other appears."""
    with fresh.client() as client:
        published = publish_all(fresh, client)
        first, last = min(published), max(published)
        assert list(published) == list(range(first, last + 1))
        assert (len(published), fresh.log.size) == (len(example.tell()), last + 1)
        Follower(fresh.log, fresh.index).run()
        rules = client.get("/findings.json").json()["rules"]
    rows = queries.findings(fresh.index, status=None, limit=1000)
    found_ = sorted((row.code, row.subject) for row in rows if row.status == BROKEN)
    assert found_ == listed(example.PLANTED, BROKEN)
    unknown = sorted((row.code, row.subject) for row in rows if row.status != BROKEN)
    assert unknown == listed(example.PLANTED, UNKNOWN)
    assert {rule["code"]: rule["broken"] for rule in rules} == Counter(code for code, _ in found_)
    for row in rows:
        assert row.figures
        assert set(row.entries) <= set(published)
