"""Cases at the console: what waits for an officer, and how it is answered, opened and ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from procurement.case_notes import EntryRef, Finding, note_body
from procurement.cases import case
from tests.web.clerks import Clerk, faults
from tests.web.officers import ORG, PREFIX
from tests.web.sites import Deployed

BOARD = "ID-BPK"


@pytest.fixture
def agency(quiet_office: Deployed) -> Iterator[Clerk]:
    """An officer of the agency, signed in."""
    made = Clerk(quiet_office)
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


def publish_release(site: Deployed) -> int:
    """A release of the agency; its entry."""
    ocid = f"{PREFIX}0001"
    release = {"ocid": ocid, "id": "1", "date": "2026-02-01T00:00:00Z", "tag": ["tender"]}
    whole = {**release, "initiationType": "tender", "tender": {"id": "T", "title": "Jalan"}}
    return site.publish(site.key(ORG, "procurement"), "ocds/release", ocid, whole)


def open_case(site: Deployed, about: int, key: Any) -> int:
    """A finding of the board about an entry; its case."""
    place = EntryRef(about, site.log.record(about).leaf_hash.hex())
    body = note_body(Finding((place,), {"id": "Mengapa <b>satu</b>?"}))
    opened = site.publish(key, "note", place.leaf, body)
    site.follow()
    return opened


def test_an_officer_answers_what_waits(agency: Clerk) -> None:
    """The case is on the desk; the answer is previewed and signed; then it waits no more."""
    site = agency.office
    board = site.key(BOARD, "auditor")
    opened = open_case(site, publish_release(site), board)
    assert f"/console/cases/{opened}" in agency.web.get("/console").text
    page = agency.web.get(f"/console/cases/{opened}").text
    assert "Mengapa &lt;b&gt;satu&lt;/b&gt;?" in page
    assert 'value="answer"' in page
    assert 'value="resolve"' not in page
    draft = str(agency.send(f"/console/cases/{opened}", form="answer").headers["location"])
    assert faults(agency.check(draft).text)
    assert faults(agency.check(draft, words="NIK 3273011203900001").text)
    assert faults(agency.check(draft, words="\u202eterbalik").text)
    assert agency.check(draft, words="Tidak ada\r\nyang lain.").status_code == 303
    preview = agency.web.get(f"{draft}/preview").text
    assert f"/cases/{opened}" in preview
    assert "Mengubah" not in preview
    assert agency.sign(draft).headers["location"].endswith("/done")
    found = case(site.index, opened)
    assert (found.state, found.said[-1].text) == ("answered", {"id": "Tidak ada\nyang lain."})
    assert f"/console/cases/{opened}" not in agency.web.get("/console").text


def test_what_would_change_nothing_is_refused(agency: Clerk) -> None:
    """Others than those concerned, an ended case, and a draft that was overtaken."""
    site = agency.office
    board = site.key(BOARD, "auditor")
    about = publish_release(site)
    opened = open_case(site, about, board)
    for form in ("resolve", "reject"):
        assert agency.send(f"/console/cases/{opened}", form=form).status_code == 403
    assert agency.send(f"/console/cases/{opened}", form="finding").status_code == 404
    assert agency.send("/console/drafts", form="answer").status_code == 422
    assert agency.web.get(f"/console/findings/{about}").status_code == 403
    assert agency.send(f"/console/findings/{about}").status_code == 403
    assert agency.web.get(f"/console/cases/{about}").status_code == 404
    draft = str(agency.send(f"/console/cases/{opened}", form="answer").headers["location"])
    place = {"index": opened, "leaf": site.log.record(opened).leaf_hash.hex()}
    ended = {"act": "reject", "finding": place, "text": {"id": "Keliru."}}
    body = {"about": [place["leaf"]], "text": "Keliru.", "case": ended}
    site.publish(board, "note", place["leaf"], body)
    site.follow()
    assert faults(agency.check(draft, words="Tidak ada.").text)
    assert agency.send(f"/console/cases/{opened}", form="answer").status_code == 409


def test_an_auditor_opens_and_ends_a_case(quiet_office: Deployed) -> None:
    """From the page of an entry to a finding about two, and from the desk to its end."""
    auditor = Clerk(quiet_office, title="Inspektur", roles=("auditor",))
    assert auditor.sign_in().status_code == 303
    about = publish_release(quiet_office)
    quiet_office.follow()
    link = f"/console/findings/{about}"
    assert "/search" in auditor.web.get("/console/new").text
    assert "tidak mempunyai peran" not in auditor.web.get("/console/new").text
    with quiet_office.client() as reader:
        assert link in reader.get(f"/e/{about}").text
    assert link in auditor.web.get(link).text
    draft = str(auditor.send(link).headers["location"])
    assert auditor.filled(draft)["entries"] == str(about)
    for wrong in ("", "satu", f"{about}, 99999"):
        assert faults(auditor.check(draft, words="Mengapa?", entries=wrong).text)
    both = f"{about}, {about - 1}"
    sent = auditor.check(draft, words="Mengapa?", wordsEnglish="Why?", entries=both)
    assert sent.status_code == 303
    assert auditor.sign(draft).headers["location"].endswith("/done")
    opened = quiet_office.log.size - 1
    found = case(quiet_office.index, opened)
    assert [each["index"] for each in found.entries] == [about, about - 1]
    assert (found.state, found.text) == ("opened", {"id": "Mengapa?", "en": "Why?"})
    sent = auditor.send(f"/console/cases/{opened}", form="resolve")
    draft = str(sent.headers["location"])
    hidden = auditor.check(draft, words="Sudah\u200b jelas.")
    assert hidden.status_code == 422
    assert "U+200B" in hidden.text
    assert auditor.check(draft, words="Sudah jelas.").status_code == 303
    auditor.sign(draft)
    assert case(quiet_office.index, opened).state == "resolved"
    auditor.web.close()
