"""The site of a log for practice: every page, print-out and file says so."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ledger.errors import Malformed
from ledger.training import NOTICE
from tests.audit.verdicts import ROOT, program
from tests.web.officers import Desk
from tests.web.sites import LANGUAGES, Deployed, found, served
from tests.web.test_serve import Served, free_port, wait_for_answer
from web.console.opening import read_console_file
from web.training_commands import training_folder

REAL = "jejak.example.go.id"
SAYS = {
    "id": f"Ini tempat berlatih, log training.{REAL}: tidak ada yang di sini merupakan catatan",
    "en": f"This is a place to practise, the log training.{REAL}: nothing here is an official",
}
PAGES = (
    "/",
    "/search?q=jalan",
    "/e/0",
    "/e/560",
    "/budgets",
    "/budgets/2025",
    "/findings",
    "/findings/line-overpaid",
    "/log",
    "/download",
    "/api",
    "/how-it-works",
    "/nowhere",
    "/console/sign-in",
    "/console/passkey?key=x",
)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`jejak training` as a process: founded, with the district in it, and served."""
    data, port = tmp_path_factory.mktemp("practice") / "data", free_port()
    named = ("training", "--origin", REAL, "--port", str(port))
    child = subprocess.Popen(
        [sys.executable, ROOT / "jejak.py", "--data", data, *named],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    served = Served(data.with_name("data-training"), f"http://127.0.0.1:{port}")
    try:
        wait_for_answer(child, served)
        yield served
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=60)


def _page(served: Served, path: str, language: str) -> str:
    mark = "&" if "?" in path else "?"
    return served.ask(f"{path}{mark}lang={language}").text


def _process(served: Served) -> str:
    """The address of a process of the district."""
    return re.findall(r'href="(/process/[^"?#]+)', _page(served, "/search?q=jalan", "id"))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_that_it_is_practice(practice: Served, language: str):
    """Also an error, the API's page, and what is before the sign-in of the console."""
    for path in (*PAGES, _process(practice)):
        page = _page(practice, path, language)
        assert SAYS[language] in page, path
        assert re.search(r"<title>(LATIHAN|TRAINING) · ", page), path
        assert '<meta name="robots" content="noindex">' in page, path


def test_no_page_is_drawn_without_the_frame_that_says_so():
    """Whatever is a whole document looks at whether it is practice; all else is a part of one.

    The checker that is kept as one file is no page of a site: it reads that from the receipt.
    """
    texts = {
        each.name: each.read_text("utf-8") for each in (ROOT / "web" / "templates").rglob("*.html")
    }
    whole = {name for name, text in texts.items() if "<html" in text}
    assert {"base.html"} <= whole
    for name in whole - {"standalone_frame.html"}:
        assert "Ini tempat berlatih" in texts[name], name


def test_twins_and_files_say_that_they_are_practice(practice: Served):
    """What programs read, the receipt that is handed on, and the name it is kept under."""
    assert practice.ask("/index.json").json()["training"] == NOTICE
    answer = practice.ask("/e/3.receipt.json")
    assert answer.json()["notice"] == NOTICE
    assert "latihan-training-jejak-3.receipt.json" in answer.headers["content-disposition"]


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_print_outs_say_that_they_are_practice(practice: Served, chromium: Any, language: str):
    """The banner on the first sheet, and a mark across each of them, above what is printed."""
    page = chromium.new_page()
    page.goto(f"{practice.url}/e/3?lang={language}")
    page.emulate_media(media="print")
    assert page.locator("aside.training").is_visible()
    drawn = "getComputedStyle(document.querySelector('aside.training'), '::after')"
    assert "TRAINING" in page.evaluate(f"{drawn}.content")
    assert page.evaluate(f"{drawn}.position") == "fixed"
    page.close()


@pytest.mark.browser
def test_an_officer_practises_with_a_passkey_of_practice(
    practice: Served, chromium: Any, tmp_path: Path
):
    """The registrar on the spot enrols it; the session is not that of a real console beside it."""
    desk = Desk(chromium, SimpleNamespace(url=practice.url))
    file = tmp_path / "passkey.pub"
    file.write_text(json.dumps(desk.ask()))
    assert f"--data {practice.folder.name} key enrol" in desk.page.content()
    mandate = ("--org", "XI-SAGARA-PUPR", "--office", "PPK Latihan", "--role", "procurement")
    assert program("--data", practice.folder, "key", "enrol", file, *mandate)[0] == 0
    desk.sign_in()
    assert desk.path() == "/console"
    assert SAYS["id"] in desk.page.content()
    assert [each["name"] for each in desk.context.cookies()] == ["jejak-console-training"]
    desk.context.close()


def test_a_real_site_says_nothing_of_practice_but_where_it_is(quiet_office: Deployed):
    """The console links to its twin when console.json names it, and only then."""
    with quiet_office.client("id") as client:
        pages = [client.get(path).text for path in ("/", "/e/1", "/console/sign-in")]
        assert not any('class="training"' in page or "LATIHAN" in page for page in pages)
        assert "situs latihan" not in pages[-1]
        assert "notice" not in client.get("/e/0.receipt.json").text


def test_the_console_links_to_where_officers_practise(tmp_path: Path):
    """Before the sign-in, in both languages, once console.json names it."""
    deployed = found(tmp_path / "real")
    (deployed.settings.folder / "console.json").write_text('{"training": "https://t.example"}')
    with served(deployed):
        for language in LANGUAGES:
            with deployed.client(language) as client:
                page = BeautifulSoup(client.get("/console/sign-in").text, "html.parser")
                assert page.find("a", href="https://t.example/console").text.strip()


@pytest.mark.parametrize("data", ["x/jejak-data", "x/jejak-data/"])
def test_practice_lies_beside_the_data_folder(data: str):
    """Whatever folder is named; the one that we are in has a name too."""
    assert training_folder(Path(data)) == Path("x/jejak-data-training")
    here = training_folder(Path("."))
    assert here == Path.cwd().with_name(f"{Path.cwd().name}-training")


def test_where_officers_practise_is_an_address(tmp_path: Path):
    """And another one than the console's own; anything else is named as wrong."""
    file = tmp_path / "console.json"
    file.write_text('{"training": "https://training.jejak.example.go.id/"}')
    assert read_console_file(file).training == "https://training.jejak.example.go.id"
    same = {"url": "https://a.example", "training": "https://a.example/"}
    for wrong in (same, {"training": "javascript:alert(1)"}, {"training": 7}):
        file.write_text(json.dumps(wrong))
        with pytest.raises(Malformed):
            read_console_file(file)
