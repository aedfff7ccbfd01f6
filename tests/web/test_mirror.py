"""A mirror over HTTP: who verifies, monitors or mirrors it finds no difference from its origin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import deployment
from ledger.errors import NotFound
from tests.audit.genuine import run
from tests.web.sites import Deployed, found, reader, served, serving
from web.mirror import create_mirror

PATHS = [
    *("checkpoint", "log.json", "anchors/latest", "tile/0/000", "tile/entries/000", "bodies/000"),
    *("tile/1/000.p/1", "body/258", "body/3", "body/4", "body/257", "body/999", "tile/5/000"),
    *("..%2Faudit.db", "%2e%2e/held.note", "body/00", ".checkpoint.1"),
]
ERASED = (3, 257)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log of one full group and a bit, with a body erased in each."""
    deployed = found(tmp_path_factory.mktemp("origin"))
    officer, about = deployed.key("ID-T", "auditor"), deployed.log.record(0).leaf_hash.hex()
    log = deployed.settings.origin
    notes = [
        deployment.body_bytes({"about": [about], "text": f"note {number}"}) for number in range(260)
    ]
    deployed.log.append(
        [deployment.compose(log, "note", about, "ID-T", raw, [officer]) for raw in notes]
    )
    deployed.erase(*(deployed.log.record(index).entry.statement.body for index in ERASED))
    deployed.follow()
    with served(deployed) as site:
        yield site


def test_a_mirror_serves_what_its_origin_serves(origin: Deployed, tmp_path: Path) -> None:
    """Status, bytes and headers; and a verifier, a monitor and a second mirror are content."""
    trust = ["--trust", origin.settings.trust]
    assert run("mirror", origin.url, tmp_path / "one", *trust)[0] == 0
    verified = run("verify", origin.url, *trust, "--json")[1]
    with serving(create_mirror(tmp_path / "one")) as url:
        with origin.client() as ours, reader(url) as theirs:
            for path in PATHS:
                expected, answer = ours.get(f"/log/{path}"), theirs.get(f"/log/{path}")
                assert answer.status_code == expected.status_code, path
                if answer.status_code == 200:
                    assert (path, answer.content) == (path, expected.content)
                told = ("content-type", "cache-control", "access-control-allow-origin")
                assert [answer.headers.get(each) for each in told] == [
                    expected.headers.get(each) for each in told
                ]
            assert [theirs.get(f"/log/body/{index}").status_code for index in ERASED] == [410, 410]
            assert f"{origin.settings.origin}: 264 entri" in theirs.get("/").text
            assert theirs.post("/log/checkpoint").status_code == 405
            assert "content-security-policy" in theirs.get("/").headers
        assert run("verify", url, *trust, "--json") == (0, verified, "")
        assert run("monitor", url, *trust, "--once", "--folder", tmp_path / "monitor")[0] == 0
        assert run("mirror", url, tmp_path / "two", *trust)[0] == 0
    assert run("verify", tmp_path / "two", *trust, "--json") == (0, verified, "")


def test_only_a_mirror_is_served_as_one(tmp_path: Path) -> None:
    """A folder without a copy is refused with what to do."""
    with pytest.raises(NotFound, match="holds no mirror"):
        create_mirror(tmp_path)
