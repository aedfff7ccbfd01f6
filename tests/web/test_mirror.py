"""A mirror over HTTP: who verifies, monitors or mirrors it finds no difference from its origin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import deployment
from ledger.errors import NotFound
from tests.audit.genuine import run
from tests.web.sites import Deployed, found, reader, served, serving
from web.mirror import TEXT, create_mirror

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


def test_a_flood_is_refused_and_others_are_not(origin: Deployed, tmp_path: Path) -> None:
    """Above the rate of an address files are 429 with a time to wait, pages are too."""
    assert run("mirror", origin.url, tmp_path, "--trust", origin.settings.trust)[0] == 0
    app = create_mirror(tmp_path, per_minute=20)
    with serving(app, ["127.0.0.1"]) as url, reader(url) as client:
        answers = [client.get("/log/checkpoint") for _ in range(30)]
        assert [each.status_code for each in answers[:20]] == [200] * 20
        refused = [each for each in answers if each.status_code == 429]
        assert 8 <= len(refused) <= 10
        assert int(refused[0].headers["Retry-After"]) >= 1
        assert refused[0].json()["code"] == "too-many-requests"
        page = client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (429, TEXT)
        other = client.get("/log/checkpoint", headers={"X-Forwarded-For": "192.0.2.7"})
        assert other.status_code == 200


def test_a_mirror_says_that_it_has_no_receipts(origin: Deployed, tmp_path: Path) -> None:
    """Whoever asks for one learns who makes them, and in which file the entry stands."""
    assert run("mirror", origin.url, tmp_path, "--trust", origin.settings.trust)[0] == 0
    with serving(create_mirror(tmp_path)) as url, reader(url) as client:
        for path in ("/e/257", "/e/257.receipt"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, TEXT)
            assert "a mirror has no receipts" in answer.text
            assert origin.settings.origin in answer.text
            assert "number 1 of" in answer.text
            file = answer.text.split()[-1]
            assert file.startswith(url)
            assert client.get(file).status_code == 200
        assert "a mirror has no receipts" in client.get("/e/257.json").json()["detail"]
        assert "no entry 9999" in client.get("/e/9999").text
        assert "a mirror has no pages" in client.get("/process/ocds-1").text
        assert client.get("/process/ocds-1.json").json()["status"] == 404
        assert client.get("/e/99999999999999999999999").status_code == 404


def test_only_a_mirror_is_served_as_one(tmp_path: Path) -> None:
    """A folder without a copy is refused with what to do."""
    with pytest.raises(NotFound, match="holds no mirror"):
        create_mirror(tmp_path)
