"""Evidence packs: complete, the same bytes each time, without personal data, and checkable."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup

from ledger.receipt import parse_receipt
from tests.conftest import ROOT
from tests.web.sites import Deployed, found, served
from web.evidence import gathering

NIK = "3201234567890123"
PAGES = ("process", "buyer", "supplier", "receipt")


def pack_of(site: Deployed, page: str) -> dict[str, bytes]:
    """The files of a page's pack by name."""
    with site.client() as client:
        answer = client.get(f"{page}/evidence.zip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", PAGES)
def test_a_pack_holds_what_its_list_names(district, addresses, name):
    """Every file has its sum, every entry its receipt and its body, and both guides are pages."""
    files = pack_of(district, addresses[name])
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {n: sha256(c).hexdigest() for n, c in files.items() if n != "SHA256SUMS"}
    listed = json.loads(files["pack.json"])
    assert listed["origin"] == district.settings.origin
    assert listed["entries"]
    for each in listed["entries"]:
        record = district.log.record(each["index"])
        receipt = parse_receipt(files[each["receipt"]])
        assert (receipt.index, receipt.entry) == (each["index"], record.leaf)
        assert receipt.anchor is not None
        assert files[each["body"]] == record.body == receipt.body
        assert each["bodySha256"] == sha256(record.body).hexdigest()
    for guide, language in (("PANDUAN.html", "id"), ("GUIDE.html", "en")):
        html5lib.HTMLParser(strict=True).parse(files[guide].decode())
        assert BeautifulSoup(files[guide], "html5lib").html["lang"] == language
    assert "Paket bukti" in files["PANDUAN.html"].decode()
    assert "Paket" not in files["GUIDE.html"].decode()


def test_a_process_brings_record_contracts_and_findings(district, addresses):
    """The pack of a process with a finding has its figures and its method in both languages."""
    files = pack_of(district, addresses["process"])
    found_ = json.loads(files["findings.json"])
    assert any(each["status"] == "broken" and each["figures"] for each in found_)
    assert all(set(each["method"]) == {"id", "en"} for each in found_)
    told = {number for each in found_ if each["status"] == "broken" for number in each["entries"]}
    packed = {each["index"] for each in json.loads(files["pack.json"])["entries"]}
    assert told <= packed
    (record,) = json.loads(files["record.json"])["records"]
    assert addresses["process"].endswith(record["ocid"])
    assert files["contracts.csv"].startswith(b"role,ocid,contractId")


def test_the_bytes_are_the_same_for_the_same_state(district, addresses):
    """Asked twice, in whatever language, a pack is one file; who has it is told so."""
    address = f"{addresses['process']}/evidence.zip"
    with district.client("id") as client:
        first = client.get(address)
    with district.client("en") as client:
        again = client.get(address)
        known = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert first.content == again.content
    assert known.status_code == 304


def test_the_page_offers_its_pack(district, addresses):
    """Process, organisation and receipt link to the pack; other pages do not."""
    with district.client() as client:
        for name, path in addresses.items():
            page = BeautifulSoup(client.get(path).text, "html5lib")
            offered = [each["href"] for each in page.find_all("a", download=True)]
            packs = [each for each in offered if each.endswith("/evidence.zip")]
            assert bool(packs) == (name in (*PAGES, "root")), name


def test_the_commands_of_the_guide_hold(district, addresses, tmp_path):
    """Unpacked, with a trust file from elsewhere, every command for use off line succeeds."""
    for name, content in pack_of(district, addresses["receipt"]).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "trust.json").write_bytes(district.settings.trust.read_bytes())
    commands = {
        language: [each.text for each in BeautifulSoup(guide, "html5lib").find_all("pre", "check")]
        for language, guide in (
            ("id", (tmp_path / "PANDUAN.html").read_text()),
            ("en", (tmp_path / "GUIDE.html").read_text()),
        )
    }
    assert commands["id"] == commands["en"]
    assert len(commands["id"]) == 3
    for command in commands["id"]:
        done = _run(command, tmp_path)
        assert done.returncode == 0, done.stderr
    body = next((tmp_path / "bodies").iterdir())
    body.write_bytes(body.read_bytes() + b" ")
    assert _run(commands["id"][0], tmp_path).returncode != 0


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    ours = programs / "jejak"
    ours.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m jejak "$@"\n')
    ours.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def private(tmp_path):
    """A process with a contact point, a personal number, and a release without either."""
    deployed = found(tmp_path / "data")
    key = deployed.key("ID-T", "procurement")
    head = {"ocid": "o-1", "tag": ["tender"]}
    for number, more in enumerate(
        (
            {"buyer": {"name": "B", "contactPoint": {"email": "siti@example.id"}}},
            {"tender": {"id": "t", "description": f"NIK {NIK}"}},
            {"tender": {"id": "t", "title": "Jalan"}},
        )
    ):
        date = f"2026-01-0{number + 1}T00:00:00Z"
        said = {**head, "id": str(number), "date": date, **more}
        deployed.publish(key, "ocds/release", "o-1", said)
    deployed.follow()
    with served(deployed) as site:
        yield site


def test_personal_data_is_never_inside(private):
    """A body with personal data is left out, said to be, and can be read without it."""
    files = pack_of(private, "/process/o-1")
    for name, content in files.items():
        receipt = parse_receipt(content) if name.startswith("receipts/") else None
        plain = content + (receipt.body or b"" if receipt else b"")
        assert b"siti@example.id" not in plain, name
        assert NIK.encode() not in plain, name
    listed = json.loads(files["pack.json"])
    assert [each["why"] for each in listed["leftOut"]] == ["personal", "personal"]
    assert [bool(each["body"]) for each in listed["entries"]] == [False, False, True]
    assert json.loads(files[listed["entries"][0]["readable"]])["buyer"] == {"name": "B"}
    for each in listed["leftOut"]:
        with private.client() as client:
            body = client.get(each["url"]).content
        entry = next(e for e in listed["entries"] if e["index"] == each["index"])
        assert sha256(body).hexdigest() == entry["bodySha256"]
    (record,) = json.loads(files["record.json"])["records"]
    assert all(set(each) == {"url", "date"} for each in record["releases"])


def test_a_pack_is_bounded_and_says_so(district, addresses, monkeypatch):
    """What does not fit is named with its address; what findings compare comes first."""
    monkeypatch.setattr(gathering, "ENTRIES", 2)
    listed = json.loads(pack_of(district, addresses["process"])["pack.json"])
    assert len(listed["entries"]) == 2
    assert listed["leftOut"] or listed["more"]
    assert all(each["why"] == "size" for each in listed["leftOut"])


def test_nobody_has_a_pack_of_a_person(district):
    """What has no page has no pack."""
    with district.client() as client:
        for path in (f"/orgs/{NIK}", "/orgs/none", "/process/none", "/e/99999999"):
            assert client.get(f"{path}/evidence.zip").status_code == 404
