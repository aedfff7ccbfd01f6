"""Pages of checkpoints and anchors: what they show can be checked against the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.indexing import projected
from audit.sample_commands import payments_in
from audit.sampling import draw
from ledger.merkle import verify_consistency
from tests.web.sites import Deployed, found, served


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log with two checkpoints and no chain."""
    deployed = found(tmp_path_factory.mktemp("growing"))
    deployed.follow()
    for number in range(3):
        deployed.key(f"XX-{number}", "treasury")
    deployed.follow()
    with served(deployed) as site:
        yield site


def test_the_proof_leads_from_the_checkpoint_before(growing):
    """The proof on the page verifies between the roots of both pages, and no other."""
    with growing.client() as client:
        later = client.get(f"/log/checkpoints/{growing.log.size}.json").json()
        earlier = client.get(f"/log/checkpoints/{later['previous']}.json").json()
    old, new = (bytes.fromhex(each["checkpoint"]["root"]) for each in (earlier, later))
    proof = [bytes.fromhex(each) for each in later["proof"]]
    verify_consistency(later["previous"], growing.log.size, old, new, proof)
    assert later["note"].split("\n")[1] == str(growing.log.size)
    assert [each["name"] for each in later["signatures"]] == [growing.settings.origin]
    assert later["anchor"] is None


def test_a_size_without_checkpoint_is_not_found(growing):
    """A size that nobody signed is 404, one out of bounds is refused."""
    with growing.client() as client:
        assert client.get("/log/checkpoints/3").status_code == 404
        assert client.get(f"/log/checkpoints/{2**64}").status_code == 422


def test_an_anchor_says_how_long_it_took(district):
    """Each anchor has its block, its lag, and a link to its checkpoint, which names it."""
    with district.client() as client:
        found = client.get("/anchors.json").json()
        newest = found["anchors"][0]
        size = newest["anchor"]["size"]
        checkpoint = client.get(f"/log/checkpoints/{size}.json").json()
        assert f"/log/checkpoints/{size}" in client.get("/anchors").text
    assert isinstance(newest["lag"], int)
    assert checkpoint["anchor"] == newest["anchor"]


def test_a_sample_on_a_page_is_that_of_the_command(district):
    """Seeded by the first anchor after the size announced; a page draws what anybody draws."""
    size = 300
    asked = {"size": size, "count": 7, "currency": "IDR"}
    with district.client() as client:
        told = client.get("/audit/sample.json", params=asked).json()
        page = client.get("/audit/sample", params=asked)
        newest = client.get("/anchors.json").json()["anchors"][0]["anchor"]
        assert client.get(f"/audit/sample?size={district.log.size}").status_code == 200
        for wrong in ({"size": 2**63}, {"count": 0}, {"currency": "idr"}, {"size": size * 9}):
            assert client.get("/audit/sample", params={**asked, **wrong}).status_code == 422
    assert told["seed"] == newest["blockHash"]
    with projected(district.log, size) as indexed:
        items = payments_in(indexed.index, "IDR")
    drawn = draw(items, 7, bytes.fromhex(told["seed"][2:])).drawn
    assert [(each["payment"], each["entry"], each["hits"]) for each in told["drawn"]] == [
        (each.item.key, each.item.index, each.hits) for each in drawn
    ]
    assert max(each["entry"] for each in told["drawn"]) < size
    assert all(f"/e/{each['entry']}" in page.text for each in told["drawn"])
    assert f"jejak sample --of {district.url} --at {size} --count 7 --currency IDR" in page.text
