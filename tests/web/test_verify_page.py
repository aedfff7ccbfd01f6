"""The page that checks receipts, the one file beside it, and what readers without scripts see."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup

from tests.web.conftest import AXE
from tests.web.sites import LANGUAGES
from tests.web.test_browser import RUN_AXE, WIDTHS
from web import render, standalone

FAMILIES = "form|body|signature|inclusion|checkpoint|witnesses|anchor|log|node|file|trust"
CODE = re.compile(rf'"((?:{FAMILIES})\.\w+)"')
HOLE = re.compile(r"\{(\w+)\}")


def words(language: str) -> dict[str, str]:
    """All that the checker may say, by code."""
    drawn = render.draw(language, "standalone.html", language=language, hidden=False)
    page = BeautifulSoup(drawn, "html5lib")
    return {each["data-code"]: each.text for each in page.find_all(attrs={"data-code": True})}


def test_the_committed_files_are_what_the_sources_make():
    """Python -m web.standalone would change neither script nor file."""
    assert (render.ASSETS / "verify.js").read_text("utf-8") == standalone.script()
    assert (render.ASSETS / "verify.html").read_text("utf-8") == standalone.page()


@pytest.mark.parametrize("path", standalone.READMES, ids=lambda path: path.name)
def test_the_readmes_name_the_file(path):
    """Both give the SHA-256 of the file as it is served."""
    content = (render.ASSETS / "verify.html").read_bytes()
    found = standalone.DIGEST.findall(path.read_text("utf-8"))
    assert found == [hashlib.sha256(content).hexdigest()]


def test_the_file_needs_nothing_else():
    """No address is loaded; the policy knows one script and one style by their hashes."""
    page = BeautifulSoup(standalone.page(), "html5lib")
    assert [tag for tag in page.find_all(True) if tag.has_attr("src")] == []
    assert page.find_all("link") == []
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    html5lib.HTMLParser(strict=True).parse(standalone.page())


def test_everything_that_may_be_said_has_words():
    """Each code in the script has a sentence and each sentence a use, with the same holes twice."""
    used = set(CODE.findall(standalone.script()))
    indonesian, english = words("id"), words("en")
    said = {code for code in indonesian if CODE.fullmatch(f'"{code}"')}
    assert used == said
    assert english.keys() == indonesian.keys()
    for code, text in indonesian.items():
        assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(english[code])), code
        assert english[code] != text or text == "Log", code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page(district, language):
    """It is valid HTML, names the one file by its digest, and has a script of its own."""
    with district.client(language) as client:
        answer = client.get("/verify?e=1")
        file = client.get("/verify.html")
        twin = client.get("/verify.json").json()
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = BeautifulSoup(answer.text, "html5lib")
    assert len(page.find_all("h1")) == 1
    assert page.find("script")["type"] == "module"
    assert page.find(attrs={"data-verifier": True})["data-receipt"] == "/e/1.receipt.json"
    digest = hashlib.sha256(file.content).hexdigest()
    assert digest in page.text
    assert (twin["sha256"], twin["size"]) == (digest, len(file.content))
    assert "attachment" in file.headers["content-disposition"]


@pytest.mark.parametrize("wrong", ["-1", "x", "9223372036854775808", "1;x"])
def test_no_such_entry(district, wrong):
    """What is no number of an entry is refused, and not written into the page."""
    with district.client("id") as client:
        assert client.get("/verify", params={"e": wrong}).status_code in (400, 404, 422)


@pytest.mark.browser
def test_without_scripts(chromium, district, addresses):
    """The button is hidden; three lines say how to check by hand, on both pages."""
    context = chromium.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    page.goto(district.url + addresses["receipt"])
    assert not page.is_visible("a.scripted")
    assert page.is_visible(".unscripted code")
    index = addresses["receipt"].rpartition("/")[2]
    page.goto(f"{district.url}/verify?e={index}")
    steps = page.text_content("main noscript, main ol")
    assert f"jejak check-receipt jejak-{index}.receipt.json --trust trust.json" in page.content()
    assert steps
    assert not page.is_visible("[data-verifier] form")
    context.close()


@pytest.mark.browser
def test_with_scripts(chromium, district, addresses):
    """One click on the receipt's page checks it; the three lines are not shown."""
    context = chromium.new_context(locale="en")
    page = context.new_page()
    page.goto(district.url + addresses["receipt"])
    assert not page.is_visible(".unscripted")
    page.click("a.scripted")
    page.wait_for_selector("[data-result] .checks")
    assert "consistent with itself" in page.text_content("[data-result] h2")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_accessible_and_fits(chromium, district, addresses, language):
    """Axe finds nothing after a check that failed, all folds open, on a phone and on a desk."""
    index = addresses["receipt"].rpartition("/")[2]
    with district.client() as client:
        raw = client.get(f"/e/{index}.receipt.json").content
    raw = raw.replace(b'"body":"ey', b'"body":"eX', 1)
    file = (render.ASSETS / "verify.html").as_uri()
    for width in WIDTHS:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, locale=language, bypass_csp=True
        )
        context.add_init_script(path=str(AXE))
        page = context.new_page()
        for address in (f"{district.url}/verify?lang={language}", file):
            page.goto(address)
            if address == file:
                page.click(f"button[data-tongue={language}]")
            root = f"[data-verifier][lang={language}]"
            given = {"name": "r.json", "mimeType": "application/json", "buffer": raw}
            page.set_input_files(f"{root} [name=receipt]", given)
            page.click(f"{root} form .actions button")
            page.wait_for_selector(f"{root} [data-result] .checks")
            assert troubles(page, width) == []
        context.close()


def troubles(page: Any, width: int) -> list[str]:
    """What axe finds, and whether the page is wider than the screen, all folds open."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    wide = page.evaluate("document.documentElement.scrollWidth")
    found = [f"{wide} px wide"] if wide > width else []
    for violation in page.evaluate(RUN_AXE):
        nodes = [node["html"][:120] for node in violation["nodes"][:3]]
        found.append(f"{violation['id']}: {nodes}")
    return found
