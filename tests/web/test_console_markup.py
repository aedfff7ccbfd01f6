"""Markup typed into every text of every form is text: on the console's pages and the public's."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from bs4 import BeautifulSoup

from tests.web.clerks import Clerk, clerk
from tests.web.officers import ORG
from web.console.catalogue import FORMS

__all__ = ["clerk"]

SHORT = "\"'><img src=x onerror=alert(1)>"
MARKUP = f"<script>alert(1)</script>{SHORT}<b a='{{{{7*7}}}}'>"
LINE, TARGET = f"{ORG}/2026/1{SHORT}", f"{ORG}/2026/2{SHORT}"
SUPPLIER = f"ID{SHORT}"
DATES = {"opens": "2026-01-05", "closes": "2026-02-01", "date": "2026-02-10"}
PERIOD = {"signed": "2026-02-20", "starts": "2026-02-21", "ends": "2026-06-30"}
TEXTS = dict.fromkeys(("title", "description", "basis", "reason", "supplierName"), MARKUP)
CLASSES = dict.fromkeys(("functional", "economic", "programme", "fund", "location"), MARKUP)
KNOWN = {**TEXTS, **CLASSES, **DATES, **PERIOD, "value": "5000000", "line": LINE, "target": TARGET}
ANSWERS = {
    "appropriation": {"owner": ORG, "year": "2026", "code": f"1{SHORT}"},
    "revision": {"number": f"R{SHORT}"},
    "transfer": {"number": f"T{SHORT}"},
    "plan": {"category": "works"},
    "tender": {"category": "works", "method": "open", "lots": "1", "lots-0-title": MARKUP},
    "award": {
        "supplier": SUPPLIER,
        "bids": f"{SUPPLIER}; {MARKUP}; 5000000\nX{SHORT}; {MARKUP}; 6000000",
        "partners": "1",
        "partners-0-supplier": f"P{SHORT}",
        "partners-0-supplierName": MARKUP,
    },
    "contract": {"number": f"K{SHORT}"},
    "addendum": {},
    "handover": {},
    "payment": {
        "number": f"S{SHORT}",
        "way": MARKUP,
        "payee": SUPPLIER,
        "items": "1",
        "items-0-line": LINE,
        "items-0-amount": "1000000",
    },
    "cancellation": {"status": "cancelled"},
}
ROWS = {"lots-0-value": "5000000"}
PROCESS = ("tender", "award", "contract", "addendum", "handover", "payment", "cancellation")


def assert_inert(page: str, where: str) -> None:
    """Nothing of what was typed has become an element, an attribute or a template."""
    found = BeautifulSoup(page, "html.parser")
    assert "<script>" not in page, where
    assert "<img" not in page, where
    assert "49" not in [each.get("a") for each in found.select("b")], where
    for element in found.find_all(True):
        assert element.name not in ("img", "iframe", "object"), (where, element)
        assert not [name for name in element.attrs if name.startswith("on")], (where, element)
        assert not str(element.get("href", "")).startswith("javascript:"), (where, element)


def answers_of(form: str) -> dict[str, str]:
    """What is typed into a form: markup wherever a text is asked for and not taken over."""
    typed = {**KNOWN, **ANSWERS[form], **ROWS}
    asked = {each.name for each in FORMS[form].fields if each.kind != "option"}
    asked |= set(ANSWERS[form]) | {name for name in ROWS if name[:4] in ANSWERS[form]}
    return {name: value for name, value in typed.items() if name in asked}


def published(clerk: Clerk, form: str, ocid: str = "", **more: str) -> str:
    """Publish by a form, looking at each page on the way; the ocid where there is one."""
    address = clerk.begin(form, ocid=ocid)
    sent = clerk.check(address, **{**answers_of(form), **more})
    assert sent.status_code == 303, sent.text
    for path in ("", "/preview", "/preview?page=receipt"):
        shown = clerk.web.get(address + path).text
        assert_inert(shown, f"{form}{path}")
        assert "&lt;img src=x" in shown, f"{form}{path}"
    if "/explain" in clerk.web.get(f"{address}/preview").text:
        assert clerk.send(f"{address}/explain", explanation=MARKUP).status_code == 303
        assert_inert(clerk.web.get(f"{address}/preview").text, f"{form} explained")
    assert_inert(clerk.web.get(f"{address}/sign").text, f"{form}/sign")
    assert clerk.sign(address).headers["location"].endswith("/done")
    assert_inert(clerk.web.get(f"{address}/done").text, f"{form}/done")
    return str(clerk.newest().get("ocid") or "")


def crawled(reader: httpx.Client, start: list[str], most: int = 45) -> dict[str, str]:
    """Public pages by their path, as far as links lead from these."""
    pages: dict[str, str] = {}
    waiting = list(start)
    while waiting and len(pages) < most:
        path = waiting.pop(0)
        if path in pages:
            continue
        answer = reader.get(path)
        pages[path] = ""
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages[path] = answer.text
        for link in BeautifulSoup(answer.text, "html.parser").select("main a[href]"):
            target = urlsplit(str(link["href"]))
            if not target.netloc and target.path.startswith("/") and not target.query:
                waiting.append(target.path)
    return pages


def test_markup_in_every_form_stays_text(clerk):
    """Eleven forms with markup in every text; the pages that show it show it as it was typed."""
    published(clerk, "appropriation")
    published(clerk, "appropriation", code=f"2{SHORT}")
    for form in ("revision", "transfer", "plan"):
        ocid = published(clerk, form)
    for form in PROCESS:
        published(clerk, form, ocid)
    office = clerk.office
    office.follow()
    start = ["/", "/budgets", "/budgets/2026", "/findings", f"/process/{ocid}"]
    start += [f"/e/{index}" for index in range(office.log.size)]
    with office.client() as reader:
        pages = crawled(reader, start)
        pages["search"] = reader.get("/search", params={"q": MARKUP}).text
        pages["line"] = reader.get(f"/search?q={ORG}").text
    for path, page in pages.items():
        assert_inert(page, path)
    assert sum("&lt;img src=x" in page for page in pages.values()) > 20
    for path in ("/console", f"/console/new?ocid={ocid}"):
        assert_inert(clerk.web.get(path).text, path)
