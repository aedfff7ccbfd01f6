"""Nothing that a record holds breaks a page, and private members stay out of sight."""

from __future__ import annotations

import json
from urllib.parse import quote

import html5lib
import pytest
from bs4 import BeautifulSoup

from tests.web import hostile as bad
from tests.web.sites import LANGUAGES

PAGES = (
    "/",
    f"/process/{quote(bad.SLASHED)}",
    f"/process/{bad.SHAPELESS}",
    f"/process/{bad.PLAIN}",
    f"/orgs/{quote(bad.SUPPLIER)}",
    "/orgs/XX-DINAS",
    f"/line/{quote(bad.LINE)}",
    "/budgets/2026",
    "/findings",
    "/search?q=alert",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E+x",
    f"/search?q={bad.NIK}",
    "/search?q=siti",
    *(f"/e/{index}" for index in range(7)),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_markup_in_records_stays_text(hostile, path, language):
    """No tag, handler or script address of a record becomes part of a page."""
    with hostile.client(language) as client:
        answer = client.get(path)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = BeautifulSoup(answer.text, "html5lib")
    assert not page.find_all(["script", "img", "iframe", "object"])
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert not str(tag.get("href", "")).lower().startswith("javascript")


@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("path", PAGES)
def test_contact_points_and_identity_numbers_are_never_shown(hostile, path, twin):
    """Neither page nor twin has a contact point's members or a personal identity number."""
    bare, mark, query = path.partition("?")
    address = f"{'/index' if bare == '/' else bare}.json{mark}{query}" if twin else path
    with hostile.client() as client:
        text = client.get(address).text
    if "/search" in path:
        # The reader's own words are shown back, as far as they are no identity number.
        assert bad.NIK not in BeautifulSoup(text, "html5lib").get_text()
    else:
        assert bad.NIK not in text
    for private in (bad.MAIL, bad.PHONE, "contactPoint", "Siti Pribadi"):
        assert private not in text


def test_the_markup_is_shown_as_it_was_published(hostile):
    """A reader sees the text of the title, not a blank."""
    with hostile.client() as client:
        page = BeautifulSoup(client.get(f"/process/{quote(bad.SLASHED)}").text, "html5lib")
    assert bad.SCRIPT in page.h1.text


def test_a_person_has_no_page(hostile):
    """There is no page of somebody's identity number, and no link to one."""
    with hostile.client() as client:
        assert client.get(f"/orgs/{bad.NIK}").status_code == 404
        assert client.get(f"/orgs/{bad.NIK}.json").status_code == 404


@pytest.mark.parametrize("ocid", [bad.SLASHED, bad.PLAIN])
def test_ids_keep_every_character(hostile, ocid):
    """An id with slashes, blanks, ?, # and % leads to its page from the search and its twin."""
    with hostile.client() as client:
        found = client.get("/search", params={"q": ocid}, follow_redirects=True)
        twin = json.loads(client.get(f"/process/{quote(ocid, safe='')}.json").content)
    assert found.status_code == 200
    assert twin["ocid"] == ocid


def test_documents_are_linked_only_by_http(hostile):
    """A document with a script as its address is named, not linked."""
    with hostile.client() as client:
        twin = json.loads(client.get(f"/process/{quote(bad.SLASHED)}.json").content)
    assert [each["url"] for each in twin["documents"]] == [None, "https://doc.example/a?b=<c>"]
