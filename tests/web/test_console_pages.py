"""The console's pages in Chromium: axe, width, console and policy, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import AXE
from tests.web.officers import TENDER, Desk
from tests.web.test_browser import WIDTHS, inspect

pytestmark = pytest.mark.browser


def look(desk: Desk, name: str, width: int, troubles: dict[str, list[str]]) -> None:
    """What is wrong with the page at hand."""
    found: list[str] = []
    inspect(desk.page, width, found)
    found += desk.troubles()
    desk.said.clear()
    if found:
        troubles[name] = found


def draft(desk: Desk) -> None:
    """A tender above the threshold, filled in."""
    desk.draft("tender", **TENDER, category="works", method="open")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_the_console_are_accessible_and_fit(chromium, office, language, width):
    """No axe violation, no console message, no sideways scrolling, from sign-in to receipt."""
    desk = Desk(chromium, office, width=width, language=language, bypass_csp=True)
    desk.context.add_init_script(path=str(AXE))
    troubles: dict[str, list[str]] = {}
    desk.go("/console/passkey")
    look(desk, "passkey", width, troubles)
    desk.enrol("PPK Bina Marga", "procurement", "budget", "treasury")
    look(desk, "request", width, troubles)
    desk.go("/console/sign-in")
    look(desk, "sign-in", width, troubles)
    desk.sign_in()
    look(desk, "desk", width, troubles)
    desk.go("/console/new")
    look(desk, "new", width, troubles)
    desk.go("/console/rows")
    desk.page.fill("#rows", "owner,year,code,title,value,basis\nID-PUPR,2026,1,Jalan,banyak,Perda")
    desk.page.check("#form-appropriation")
    desk.step("check")
    look(desk, "rows", width, troubles)
    desk.page.fill(
        "#rows",
        "owner,year,code,title,value,basis\nID-PUPR,2026,1,Jalan,5,Perda\n"
        "ID-PUPR,2026,2,Jembatan,5,Perda",
    )
    desk.step("check")
    look(desk, "rows in order", width, troubles)
    desk.step("make")
    look(desk, "batch", width, troubles)
    batch = desk.path()
    desk.go("/console")
    look(desk, "desk with a batch", width, troubles)
    desk.go(batch)
    desk.page.locator("main details > summary").last.click()
    with desk.page.expect_navigation():
        desk.page.locator("form[action*=discard] button").click()
    desk.go("/console/new")
    draft(desk)
    look(desk, "form", width, troubles)
    desk.fill(value="", closes="2020-01-01")
    desk.step("preview")
    look(desk, "faults", width, troubles)
    desk.fill(value=TENDER["value"], closes=TENDER["closes"])
    desk.step("preview")
    look(desk, "preview", width, troubles)
    desk.go(desk.path() + "?page=receipt")
    look(desk, "receipt", width, troubles)
    desk.go(desk.path().replace("/preview", "/sign"))
    look(desk, "sign", width, troubles)
    desk.step()
    look(desk, "waiting", width, troubles)
    desk.context.close()
    other = Desk(chromium, office, width=width, language=language, bypass_csp=True)
    other.context.add_init_script(path=str(AXE))
    other.enrol("Kuasa Pengguna Anggaran", "procurement")
    other.sign_in()
    with other.page.expect_navigation():
        other.page.locator(".tasks a").first.click()
    other.go(other.path().replace("/preview", "/sign"))
    other.step()
    look(other, "done", width, troubles)
    other.go("/console/new?entry=4")
    look(other, "correction", width, troubles)
    other.context.close()
    assert troubles == {}


def test_a_desk_works_without_a_script_but_for_signing(chromium, office):
    """Drafting, checking and previewing are plain forms; what needs a script says so."""
    desk = Desk(chromium, office)
    desk.enrol("PPK Bina Marga", "procurement")
    desk.sign_in()
    state: Any = desk.context.storage_state()
    desk.context.close()
    plain = chromium.new_context(storage_state=state, java_script_enabled=False, locale="id")
    page = plain.new_page()
    page.goto(desk.url + "/console/new")
    page.check("#form-tender")
    page.click("button:has-text('Lanjutkan')")
    for name, value in TENDER.items():
        page.fill(f"#{name}", value)
    page.check("input[name=category][value=works]")
    page.check("input[name=method][value=open]")
    page.click("button[value=preview]")
    page.click("a:has-text('Lanjut ke tanda tangan')")
    assert page.locator("noscript p").is_visible()
    assert not page.locator("form[data-passkey] button").is_visible()
    plain.close()
