"""The pages in a real Chromium: axe, console, policy and width, on a phone and on a desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import AXE

WIDTHS = (360, 1280)
SERIOUS = {"serious", "critical"}
RUN_AXE = (
    """async () => (await axe.run({resultTypes: ["violations"], preload: false})).violations"""
)

pytestmark = pytest.mark.browser


def look(
    browser: Any, urls: dict[str, str], language: str, width: int, scheme: str
) -> dict[str, list[str]]:
    """What is wrong with each page, as a person with this screen meets it."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        locale=language,
        color_scheme=scheme,
        # Axe is put into the page by the test: only for that the policy is set aside.
        bypass_csp=True,
    )
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("console", lambda said: troubles.append(f"console: {said.text}"))
    page.on("requestfailed", lambda request: troubles.append(f"request: {request.url}"))
    found = {}
    for name, url in urls.items():
        page.goto(url)
        inspect(page, width, troubles)
        if troubles:
            found[name] = list(troubles)
            troubles.clear()
    context.close()
    return found


def inspect(page: Any, width: int, troubles: list[str]) -> None:
    """Width, folded and unfolded, and axe."""
    for fold in (None, *page.query_selector_all("details:not([open]) > summary")):
        if fold is not None:
            fold.click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            troubles.append(f"{wide} px wide")
    note = page.evaluate("document.querySelector('.foot .wrap > div')?.offsetWidth")
    if note is not None and note < width / 5:
        troubles.append(f"the note of the foot is {note} px wide")
    for violation in page.evaluate(RUN_AXE):
        if violation["impact"] in SERIOUS:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            troubles.append(f"axe: {violation['id']}: {nodes}")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_and_fit(chromium, district, addresses, language, width):
    """No serious axe violation, no console message, no sideways scrolling, in both languages."""
    urls = {name: district.url + path for name, path in addresses.items()}
    assert look(chromium, urls, language, width, "light") == {}


def test_dark_pages_are_accessible(chromium, district, addresses):
    """Contrast holds in the dark scheme too."""
    dark = ("start", "process", "line", "receipt", "rule")
    urls = {name: district.url + addresses[name] for name in dark}
    assert look(chromium, urls, "id", 360, "dark") == {}


def test_the_policy_is_never_violated(chromium, district, addresses):
    """With the policy in force no page asks for anything it forbids."""
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in addresses.values():
        page.goto(district.url + path)
    context.close()
    assert said == []


def test_hostile_records_run_nothing(chromium, hostile):
    """No script of a record runs: not in a title, a name, an address or a handler."""
    context = chromium.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    page = context.new_page()
    dialogs: list[str] = []

    def closed(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", closed)
    for index in range(hostile.log.size):
        page.goto(f"{hostile.url}/e/{index}")
        for fold in page.query_selector_all("details:not([open]) > summary"):
            fold.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for path in ("/", "/budgets/2026", "/findings", "/search?q=alert"):
        page.goto(hostile.url + path)
    context.close()
    assert dialogs == []


def test_everything_can_be_reached_by_keyboard(chromium, district):
    """The first stop is the way past the header; focus is visible; Enter searches."""
    context = chromium.new_context(locale="id", java_script_enabled=True)
    page = context.new_page()
    page.goto(district.url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.fill("#q", "jalan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=jalan")
    context.close()


def test_everything_works_without_javascript(chromium, district):
    """Search, follow a process to its payment and its receipt, without a script."""
    context = chromium.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    page.goto(district.url + "/")
    page.fill("#q", "jalan")
    page.click("button")
    page.click("ul.entries a.what")
    page.goto(district.url + "/budgets")
    page.click("main h2 a")
    page.click("main table tbody th a")
    page.click("main section:last-of-type table tbody th a")
    page.click("main table tbody td a[href^='/e/']")
    assert "Who signed it" in page.content()
    with page.expect_download() as download:
        page.click("a.button[download]")
    assert download.value.suggested_filename.endswith(".receipt.json")
    context.close()


def test_axe_is_awake(chromium):
    """A picture without a text is found: silence means that nothing is wrong."""
    page = chromium.new_page(bypass_csp=True)
    page.set_content("<!doctype html><html><title>x</title><img src='data:,'></html>")
    page.add_script_tag(path=str(AXE))
    assert "image-alt" in [each["id"] for each in page.evaluate(RUN_AXE)]
    page.close()
