"""The public tree below /log/: types, caching, conditional requests, erased bodies."""

from __future__ import annotations

import pytest

from tests.web.sites import found, served

FILES = {
    "checkpoint": ("text/plain; charset=utf-8", "public, max-age=2"),
    "log.json": ("application/json", "public, max-age=300"),
    "anchors/latest": ("application/json", "public, max-age=2"),
    "tile/0/000": ("application/octet-stream", "public, max-age=31536000, immutable"),
    "tile/entries/001": ("application/octet-stream", "public, max-age=31536000, immutable"),
    "bodies/000": ("application/gzip", "public, max-age=3600"),
}


@pytest.mark.parametrize(("path", "expected"), FILES.items())
def test_files_are_served_as_they_lie(district, path, expected):
    """Bytes, type, caching and CORS are those of the format; nothing is encoded on the way."""
    with district.client() as client:
        answer = client.get(f"/log/{path}")
    assert answer.status_code == 200
    assert answer.content == (district.settings.public / path).read_bytes()
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == expected
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-encoding" not in answer.headers


def test_the_last_body_is_served_alone(district):
    """A body of the group that is not full lies in a file of its own."""
    index = district.log.size - 1
    with district.client() as client:
        answer = client.get(f"/log/body/{index}")
    assert answer.content == district.log.record(index).body


def test_an_unchanged_file_is_not_sent_again(district):
    """If-None-Match with the tag of a file answers 304 without a body."""
    with district.client() as client:
        tag = client.get("/log/tile/0/000").headers["etag"]
        answer = client.get("/log/tile/0/000", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "../settings.json",
        "..%2Flog.key",
        "%2e%2e/log.key",
        "tile/0/../../log.key",
        "tile/64/000",
        "tile/0/0",
        "body/00",
        "body/-1",
        "body",
        "anchors",
        ".checkpoint.1",
        "log.key",
        "bodies/x001/0",
        "tile/0/000.p/9999",
    ],
)
def test_only_files_of_the_format_exist(district, path):
    """No other path below /log/ leads to a file."""
    with district.client() as client:
        answer = client.get(f"/log/{path}")
    assert answer.status_code == 404


def test_an_erased_body_is_gone(tmp_path):
    """A body that the registrars had erased is 410 in the tree and on its receipt page."""
    deployed = found(tmp_path)
    officer = deployed.key("XX-DINAS", "auditor")
    about = deployed.log.record(0).leaf_hash.hex()
    index = deployed.publish(officer, "note", about, {"about": [about], "text": "a person's name"})
    digest = deployed.log.record(index).entry.statement.body
    deployed.log.drop_bodies([digest])
    deployed.follow()
    with served(deployed), deployed.client("en") as client:
        file = client.get(f"/log/body/{index}")
        download = client.get(f"/e/{index}.body.json")
        page = client.get(f"/e/{index}")
    assert file.status_code == download.status_code == 410
    assert file.headers["content-type"] == "application/problem+json"
    assert page.status_code == 200
    assert "has been erased" in page.text
