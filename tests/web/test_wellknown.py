"""What machines find at known addresses."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup

from procurement import queries
from tests.web.sites import found, served
from web import wellknown

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_the_sitemaps_name_every_process_once(district, monkeypatch):
    """Whatever the length of a stretch; each address that they name answers."""
    monkeypatch.setattr(wellknown, "STRETCH", 100)
    monkeypatch.setattr(wellknown, "STEP", 3)
    named: list[str] = []
    with district.client() as client:
        assert f"Sitemap: {district.url}/sitemap.xml" in client.get("/robots.txt").text
        index = ET.fromstring(client.get("/sitemap.xml").content)
        for sitemap in index.iter(f"{SPACE}loc"):
            urls = ET.fromstring(client.get(sitemap.text).content)
            named += [each.text for each in urls.iter(f"{SPACE}loc")]
        assert client.get("/sitemaps/processes-99.xml").status_code == 404
        assert {client.get(each).status_code for each in named[::9]} == {200}
    processes = [each for each in named if "/process/" in each]
    known = {row.ocid for row in queries.processes(district.index, 1000)}
    assert {each.rpartition("/")[2] for each in processes} == known
    assert len(processes) == len(known)


@pytest.mark.parametrize(
    ("expires", "status"), [("2099-01-01T00:00:00Z", 200), ("2020-01-01T00:00:00Z", 404)]
)
def test_security_txt_is_what_the_setting_says(tmp_path, expires, status):
    """RFC 9116: contact, expiry and address; one that has run out is not served."""
    deployed = found(tmp_path / "data")
    said = {"security": {"contact": ["mailto:a@k.example"], "expires": expires}}
    (deployed.settings.folder / "publisher.json").write_text(json.dumps(said))
    with served(deployed) as site, site.client() as client:
        answer = client.get("/.well-known/security.txt")
        assert answer.status_code == status
        if status == 200:
            assert answer.headers["content-type"].startswith("text/plain")
            assert "Contact: mailto:a@k.example\n" in answer.text
            assert f"Expires: {expires}\n" in answer.text


def test_without_the_setting_nobody_is_named(district):
    """No contact is made up."""
    with district.client() as client:
        assert client.get("/.well-known/security.txt").status_code == 404


def test_a_page_has_one_address_and_its_languages(district, addresses):
    """Canonical and hreflang are absolute, and the page answers at each."""
    with district.client() as client:
        page = BeautifulSoup(client.get(f"{addresses['process']}").text, "html5lib")
        (canonical,) = (each["href"] for each in page.find_all("link", rel="canonical"))
        assert canonical == district.url + addresses["process"]
        languages = {each["hreflang"]: each["href"] for each in page.find_all(hreflang=True)}
        assert {"id", "en", "x-default"} <= set(languages)
        assert client.get(canonical).status_code == 200


def test_entries_have_their_hashes_as_tags(district, addresses):
    """The entry's tag is its leaf hash and it may be kept for ever; the body's is its digest."""
    index = int(addresses["receipt"].rpartition("/")[2])
    record = district.log.record(index)
    with district.client() as client:
        entry = client.get(f"/e/{index}.entry.json")
        body = client.get(f"/e/{index}.body.json")
        known = {"If-None-Match": entry.headers["etag"]}
        assert client.get(f"/e/{index}.entry.json", headers=known).status_code == 304
    assert entry.headers["etag"] == f'W/"{record.leaf_hash.hex()}"'
    assert "immutable" in entry.headers["cache-control"]
    assert body.headers["etag"] == f'W/"{record.entry.statement.body}"'
    assert body.content == record.body
