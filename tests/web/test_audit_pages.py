"""`/audit` on a monitor's own site and on a log's: what a reader sees, and what a scrape does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import httpx
import pytest
from bs4 import BeautifulSoup

from audit.monitor_history import Run
from audit.monitor_store import MonitorStore, Raised
from ledger.errors import InvalidInput, Unavailable
from ledger.note import Checkpoint, format_checkpoint, format_note, sign_note
from ledger.trust import Trust
from tests.audit.exposition import parse_exposition
from tests.waiting import until
from tests.web.sites import LANGUAGES, Deployed, found, reader, served
from tests.web.test_browser import look
from web.auditing.audited import Watching
from web.auditing.monitor import create_monitor
from web.auditing.serving import listening, parse_listen

HOSTILE = "<script>alert(1)</script>\"'&\u202e\n\x1b[31m" + "x" * 300
CHECKS = ("form", "signatures", "log.json", "since")
PAGES = ("/audit", "/audit/runs/3", "/audit/checks/signatures", "/audit/compare")


def shown(text: str) -> str:
    """The words of a page, without its spaces."""
    return " ".join(BeautifulSoup(text, "html5lib").get_text(" ").split())


def report(failed: int = 0) -> dict[str, Any]:
    """A report of `jejak verify`, in which signatures fail so often, with hostile words."""
    findings = [{"index": 1234 + at, "what": HOSTILE} for at in range(failed)]
    checks = [
        {"name": name, "checked": 9, "failed": failed, "findings": findings}
        if name == "signatures"
        else {"name": name, "checked": 9, "failed": 0, "findings": []}
        for name in CHECKS
    ]
    remarks = [{"check": "at", "size": 7, "what": HOSTILE}]
    return {"software": "jejak 0.1", "root": "ab" * 32, "checks": checks, "remarks": remarks,
            "unchecked": [HOSTILE]}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A monitor's site of a log whose operator writes scripts into every word; 30 runs."""
    folder = tmp_path_factory.mktemp("monitor")
    store = MonitorStore(folder / "monitor.db")
    plain = Run(0, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), 0, 9, True, "holds", 0.5, {})
    for number in range(1, 31):
        fails = number >= 3
        told = replace(plain, holds=not fails, verdict=HOSTILE if fails else "holds")
        run = store.add_run(plain.time, 0, report(2 if fails else 0), told)
        raised = [Raised("check signatures", HOSTILE), Raised(f"split-view {HOSTILE}", HOSTILE)]
        store.settle(raised if fails else [], run, plain.time)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "000001-x-<b>.json").write_text(json.dumps({"what": HOSTILE}))
    trust = Trust("hostile.example", (), b"")
    watching = Watching(folder, "https://log.example", trust, 2, ("https://w.example",))
    with listening(create_monitor(watching, 60), "127.0.0.1", 0) as url:
        yield url


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_monitor_is_valid_and_hostile_words_are_words(seeded, path, language):
    """Strict HTML in the language asked for, no script, the security headers, a twin."""
    with reader(seeded, language) as client:
        answer, twin = client.get(path), client.get(f"{path}.json")
    assert answer.status_code == twin.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = BeautifulSoup(answer.text, "html5lib")
    assert page.html["lang"] == language
    assert not page.find_all(["script", "style"])
    assert len(page.find_all("h1")) == 1
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert twin.headers["content-type"].startswith("application/json")
    assert twin.json()["origin"] == "hostile.example"
    if path != "/audit/compare":
        assert "<script>alert(1)</script>" in shown(answer.text)
        assert "https://log.example --trust trust.json --chain URL --chain URL" in answer.text


def test_all_links_of_a_monitor_lead_somewhere(seeded):
    """From /audit every link of the site is answered; nothing leads to pages of a log."""
    seen, waiting = {"/"}, ["/"]
    with reader(seeded, "en") as client:
        while waiting:
            answer = client.get(waiting.pop(), follow_redirects=True)
            assert answer.status_code == 200, answer.url
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            page = BeautifulSoup(answer.text, "html5lib")
            for link in page.find_all("a", href=True):
                address = link["href"].partition("#")[0]
                again = re.search(r"lang=|/runs/([12][0-9]|[4-9])", address)
                if address.startswith("/") and address not in seen and not again:
                    seen.add(address)
                    waiting.append(address)
    assert "/audit/runs/1" in {each.partition("?")[0] for each in seen}
    assert "/audit/evidence/1.json" in seen
    assert not [each for each in seen if not re.match(r"/(audit|metrics|assets|\?|$)", each)]


def test_failed_only_and_the_history_of_a_check(seeded):
    """The filter leaves what failed; a check has its runs, in pages."""
    with reader(seeded, "en") as client:
        only = client.get("/audit.json?failed=1").json()
        assert [each["name"] for each in only["checks"]] == ["signatures"]
        assert all(not each["holds"] for each in only["runs"])
        first = client.get("/audit/checks/signatures.json?failed=1").json()
        assert len(first["runs"]) == 25
        rest = client.get(f"/audit/checks/signatures.json?failed=1&before={first['next']}").json()
        assert [each["run"]["id"] for each in rest["runs"]][-1] == 3
        assert rest["next"] is None
        assert client.get("/audit/checks/description.json").json()["name"] == "log.json"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/audit/runs/31", 404),
        ("/audit/runs/0", 404),
        ("/audit/runs/" + "9" * 1900, 404),
        ("/audit/runs/-1", 404),
        ("/audit/runs/x", 404),
        ("/audit/checks/none", 404),
        ("/audit/evidence/2", 404),
        ("/audit/evidence/" + "9" * 500, 404),
        ("/audit?failed=2", 422),
        ("/audit?before=" + "9" * 40, 422),
    ],
)
def test_what_is_not_there_is_a_problem(seeded, path, status):
    """A page in the reader's language, and for programs RFC 9457."""
    bare, mark, query = path.partition("?")
    with reader(seeded, "id") as client:
        page = client.get(path)
        problem = client.get(f"{bare}.json{mark}{query}")
    assert (page.status_code, problem.status_code) == (status, status)
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == status
    assert BeautifulSoup(page.text, "html5lib").html["lang"] == "id"


def test_evidence_is_a_download_with_a_safe_name(seeded):
    """Whatever the file is called on the disk; a browser runs nothing of it."""
    with reader(seeded, "en") as client:
        answer = client.get("/audit/evidence/1.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="evidence-000001.json"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["what"] == HOSTILE


def test_feed_and_figures_are_well_formed(seeded):
    """The feed is XML with links to runs; the figures are read by a strict reader."""
    with reader(seeded, "en") as client:
        feed = ET.fromstring(client.get("/audit.atom").content)
        answer = client.get("/metrics")
        health = client.get("/healthz")
    links = {each.get("href") for each in feed.iter("{http://www.w3.org/2005/Atom}link")}
    assert {"/audit.atom", "/audit/runs/3"} == links
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = parse_exposition(answer.text)
    assert figures["jejak_monitor_runs"] == 30
    assert figures['jejak_monitor_check_failed{check="signatures"}'] == 2
    assert figures['jejak_monitor_alerts_open{severity="failure"}'] == 2
    assert (health.status_code, health.json()["status"]) == (200, "ok")


def test_a_monitor_that_stopped_is_unwell(tmp_path):
    """503 before the first run, and when the last one is long ago; pages still answer."""
    watching = Watching(tmp_path, "https://log.example", Trust("a.example", (), b""))
    with (
        listening(create_monitor(watching, 60), "127.0.0.1", 0) as url,
        reader(url, "en") as client,
    ):
        assert client.get("/healthz").status_code == 503
        assert "has not finished its first run" in client.get("/audit").text
        assert client.get("/audit.atom").status_code == client.get("/metrics").status_code == 404
        store = MonitorStore(tmp_path / "monitor.db")
        told = Run(0, "2026-01-01T00:00:00Z", 0, 0, True, "could not be read", 0.1, {})
        store.add_run(told.time, 0, {}, told)
        assert client.get("/healthz").json()["status"] == "stopped"
        assert "could not be read" in shown(client.get("/audit").text)
        with pytest.raises(Unavailable), listening(create_monitor(watching, 60), *_place(url)):
            pass


def _place(url: str) -> tuple[str, int]:
    return parse_listen(url.removeprefix("http://"))


def test_places_to_listen():
    """A port is on this machine alone unless a host is named; anything else is refused."""
    assert parse_listen("8200") == ("127.0.0.1", 8200)
    assert parse_listen("0.0.0.0:80") == ("0.0.0.0", 80)
    assert parse_listen("[::1]:8200") == ("::1", 8200)
    for wrong in ("", "x", "65536", "::1:80", "http://a:80", "a b:1", "-1"):
        with pytest.raises(InvalidInput):
            parse_listen(wrong)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "width", "paths"), [("id", 360, PAGES), ("en", 1280, PAGES[:1])]
)
def test_pages_of_a_monitor_are_accessible_and_fit(chromium, seeded, language, width, paths):
    """No serious axe violation, no console message, no sideways scrolling."""
    urls = {path: seeded + path for path in paths}
    assert look(chromium, urls, language, width, "light") == {}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A small log behind a real server."""
    deployed = found(tmp_path_factory.mktemp("log"), auditors={"BPK": "https://m.example/audit"})
    grow(deployed, 5)
    with served(deployed) as site:
        yield site


def grow(deployed: Deployed, count: int) -> None:
    """Append notes, and publish them."""
    key = deployed.key("ID-TEST", "auditor")
    about = deployed.log.record(0).leaf_hash.hex()
    for at in range(count):
        deployed.publish(key, "note", about, {"about": [about], "text": f"{at} {key.id}"})
    deployed.follow()


def come(what: Callable[[], Any], said: Path) -> Any:
    """What comes of asking a monitor, once something does; else what it said on its way out."""
    return until(what, said.read_text, passing=(httpx.HTTPError, AssertionError))


@pytest.fixture
def monitor(watched: Deployed, tmp_path: Path) -> Iterator[str]:
    """`jejak monitor --serve` in a process of its own; the address of its site."""
    said = tmp_path / "said"
    command = [sys.executable, "-m", "jejak", "monitor", watched.url, "--every", "1",
               "--trust", str(watched.settings.trust), "--folder", str(tmp_path / "monitor"),
               "--chain", "http://127.0.0.1:1/v3/SECRET", "--serve", "127.0.0.1:0"]  # fmt: skip
    with said.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        yield come(lambda: re.search(r"http://[0-9.:]+(?=/audit)", said.read_text()), said)[0]
    finally:
        process.terminate()
        process.wait(timeout=30)


def figures(client: httpx.Client) -> dict[str, float]:
    """What a scrape is answered."""
    return parse_exposition(client.get("/metrics").text)


@pytest.mark.timeout(240)
def test_a_monitor_shows_what_an_operator_changes(watched: Deployed, monitor: str, tmp_path: Path):
    """From all holding to the check that failed at the first bad entry; figures move with it."""
    said = tmp_path / "said"
    with reader(monitor, "en") as client:
        come(lambda: client.get("/healthz").status_code == 200, said)
        before = figures(client)
        assert before["jejak_monitor_holds"] == 1
        assert before["jejak_monitor_log_size"] == watched.log.size
        grow(watched, 2)
        size = watched.log.size
        come(lambda: client.get("/audit.json").json()["newest"]["size"] == size, said)
        path = next((watched.settings.public / "tile" / "entries" / "000.p").glob(str(size)))
        honest = path.read_bytes()
        path.write_bytes(honest.replace(b'"kind":"note"', b'"kind":"nota"', 1))
        come(lambda: figures(client)["jejak_monitor_holds"] == 0, said)
        told = client.get("/audit.json").json()
        changed = next(
            index for index in range(size) if b'"kind":"note"' in watched.log.record(index).leaf
        )
        broken = {each["name"]: each["findings"] for each in told["checks"] if each["failed"]}
        first = min(each["index"] for found in broken.values() for each in found if each["index"])
        assert first == changed, broken
        page = shown(client.get("/audit?failed=1").text)
        assert "Some evidence fails." in page
        assert f"entry {changed}" in page
        alert = next(each for each in told["alerts"] if each["evidence"])
        kept = client.get(f"/audit/evidence/{alert['id']}.json").json()
        assert kept["report"]["holds"] is False
        run = shown(client.get(f"/audit/runs/{alert['run']}").text)
        assert f"jejak verify {watched.url} --trust trust.json --chain URL" in run
        for each in ("/audit", "/audit.json", "/audit.atom", "/metrics"):
            assert "SECRET" not in client.get(each).text
        assert "node-silent" in client.get("/audit.atom").text
        path.write_bytes(honest)
        come(lambda: figures(client)["jejak_monitor_holds"] == 1, said)
        after = figures(client)
        assert after["jejak_monitor_runs"] > before["jejak_monitor_runs"]


def test_a_reader_compares_what_they_kept(watched: Deployed):
    """Pasted or as a file, on a log's own site: extended, rewritten, or no evidence at all."""
    kept = (watched.settings.public / "checkpoint").read_text()
    size = watched.log.size
    grow(watched, 1)
    signer = watched.settings.log_signers()[0]
    text = format_checkpoint(Checkpoint(watched.settings.origin, size - 1, b"\x07" * 32))
    other = format_note(sign_note(text, signer)).decode()
    with reader(watched.url, "en") as client:
        page = client.post("/audit/compare", data={"note": kept})
        assert f"The first {size} entries are still the same." in shown(page.text)
        assert page.headers["cache-control"] == "no-store"
        sent = client.post("/audit/compare.json", files={"file": ("c.txt", kept + other)}).json()
        assert [each["verdict"] for each in sent["kept"]] == ["extended", "rewritten"]
        assert (sent["agreed"], sent["rewritten"]) == (0, size - 1)
        bad = client.post("/audit/compare", data={"note": kept + other})
        assert f"rewritten between entry 0 and entry {size - 2}" in shown(bad.text)
        for nothing in ({"note": ""}, {}):
            assert client.post("/audit/compare.json", data=nothing).status_code == 422
        junk = client.post("/audit/compare.json", data={"note": "x" * 60_000}).json()
        assert [each["verdict"] for each in junk["kept"]] == ["unreadable"]
        assert client.post("/audit/compare", data={"note": "x" * 70_000}).status_code == 413
        assert client.post("/audit/compare", files={"file": b"\xff\xfe"}).status_code == 422


def test_an_operators_page_says_that_it_proves_nothing(watched: Deployed):
    """It gives the command of one's own monitor, links to auditors, and shows no evidence files."""
    with reader(watched.url, "en") as client:
        page = client.get("/audit")
        assert "A page from the operator proves nothing about the operator." in shown(page.text)
        assert f"jejak monitor {watched.url} --trust trust.json --serve 8200" in page.text
        assert 'href="https://m.example/audit"' in page.text
        assert "https://m.example" not in page.headers["content-security-policy"]
        assert client.get("/audit/runs/1.json").status_code == 404
        store = MonitorStore(_own_folder(watched) / "monitor.db")
        told = Run(0, "2026-01-01T00:00:00Z", 0, 9, False, HOSTILE, 0.1, {})
        store.settle([Raised("check chain", HOSTILE)], store.add_run(told.time, 0, report(1), told),
                     told.time)  # fmt: skip
        assert client.get("/audit/runs/1").status_code == 200
        assert not [each for each in client.get("/audit.json").json()["alerts"] if each["evidence"]]
        assert client.get("/audit/evidence/1.json").status_code == 404


def _own_folder(deployed: Deployed) -> Path:
    folder = deployed.settings.folder / "monitor"
    folder.mkdir(exist_ok=True)
    return folder
