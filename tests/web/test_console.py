"""The console in a real Chromium: from a passkey to a receipt that anyone can check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import jejak
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from tests.web.officers import ORG, TENDER, Desk

pytestmark = pytest.mark.browser


def tender_of(desk: Desk, **changes: str) -> None:
    """Begin a tender, all of it filled in."""
    desk.draft("tender", **{**TENDER, **changes}, category="works", method="open")


def author(chromium: Any, office: Any) -> Desk:
    """An officer of the works office, enrolled and signed in."""
    desk = Desk(chromium, office)
    desk.enrol("PPK Bina Marga", "procurement")
    desk.sign_in()
    return desk


def ready(desk: Desk, **changes: str) -> None:
    """A tender checked, and its signing step open."""
    tender_of(desk, **changes)
    desk.press("Periksa dan lihat pratinjau")
    desk.press("Lanjut ke tanda tangan")


def newest(office: Any) -> Any:
    """The newest entry, with pages and files brought up to it."""
    office.follow()
    return office.log.record(office.log.size - 1)


def test_two_officers_from_passkey_to_receipt(chromium, office, tmp_path):
    """Stopped by a rule, mended, previewed, signed by both, on the public page, and proved."""
    first, second = Desk(chromium, office), Desk(chromium, office, width=360)
    first.enrol("PPK Bina Marga", "procurement")
    second.enrol("Kuasa Pengguna Anggaran", "procurement")
    first.sign_in()
    tender_of(first, closes="2026-11-01")
    first.press("Periksa dan lihat pratinjau")
    assert first.page.locator(".summary a").get_attribute("href") == "#closes"
    first.fill(closes="2026-12-22")
    first.press("Periksa dan lihat pratinjau")
    assert "tidak dapat dihapus" in first.page.content()
    assert first.page.locator("h1").inner_text() == TENDER["title"]
    before = office.log.size
    first.press("Lanjut ke tanda tangan")
    digest = first.page.locator(".digest").inner_text()
    first.press("Tandatangani dengan passkey")
    assert office.log.size == before
    second.sign_in()
    second.press(f"Pengumuman tender: {TENDER['title']}")
    second.press("Lanjut ke tanda tangan")
    assert second.page.locator(".digest").inner_text() == digest
    second.press("Tandatangani dengan passkey")
    assert f"entri {before}" in second.page.locator("h1").inner_text()
    assert second.page.locator(".qr svg").is_visible()
    record = newest(office)
    keys = [each.key for each in record.entry.signatures]
    assert len(keys) == 2
    assert keys == sorted(keys)
    with office.client() as reader:
        shown = reader.get(f"/process/{record.entry.statement.subject}.json").json()
    assert shown["tendered"]["amount"] == "1250000000.00"
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(format_receipt(make_receipt(office.log, record.index)))
    trust = str(office.settings.trust)
    held = CliRunner().invoke(jejak.cli, ["check-receipt", str(receipt), "--trust", trust])
    assert held.exit_code == 0, held.output
    assert first.troubles() == second.troubles() == []


def test_one_officer_below_the_threshold(chromium, office):
    """A smaller sum needs one signature, and is published at once."""
    desk = author(chromium, office)
    tender_of(desk, value="900.000.000,50")
    desk.press("Periksa dan lihat pratinjau")
    desk.sign()
    body = json.loads(newest(office).body)
    assert body["tender"]["value"] == {
        "amount": 900000000.50,
        "currency": "IDR",
        "valueAddedTaxIncluded": True,
    }
    assert body["buyer"] == {"id": ORG, "name": "Dinas Pekerjaan Umum"}


def test_one_office_cannot_give_both_signatures(chromium, office):
    """Neither the same key nor another key of the same office is a second officer."""
    first, again = Desk(chromium, office), Desk(chromium, office)
    first.enrol("PPK Bina Marga", "procurement")
    again.enrol("PPK Bina Marga", "procurement")
    first.sign_in()
    tender_of(first)
    first.press("Periksa dan lihat pratinjau")
    size = office.log.size
    first.sign()
    again.sign_in()
    for desk in (first, again):
        desk.go("/console")
        desk.press(f"Pengumuman tender: {TENDER['title']}")
        assert "Lanjut ke tanda tangan" not in desk.page.content()
        # Whoever goes to the signing step all the same is refused there.
        desk.go(desk.path().replace("/preview", "/sign"))
        desk.step()
        assert "your office has signed already" in desk.page.content()
    assert office.log.size == size


def test_a_changed_draft_is_not_signed(chromium, office):
    """What was signed in one window is refused when the draft was changed in another."""
    desk = author(chromium, office)
    ready(desk, value="500.000.000")
    address = desk.page.url.removesuffix("/sign")
    # The window keeps the bytes it has read, so that its own check of them passes.
    old = desk.context.request.get(f"{address}/body").body()
    other = desk.context.new_page()
    other.goto(address)
    other.fill("#value", "5.000.000")
    with other.expect_navigation():
        other.get_by_role("button", name="Periksa dan lihat pratinjau").click()
    size = office.log.size
    desk.page.route("**/body", lambda route: route.fulfill(body=old))
    desk.press("Tandatangani dengan passkey")
    assert "the draft has changed" in desk.page.content()
    assert office.log.size == size


def test_the_browser_refuses_another_body(chromium, office):
    """When the server hands out another body than was signed for, nothing is signed."""
    desk = author(chromium, office)
    ready(desk, value="500.000.000")
    desk.page.route("**/body", lambda route: route.fulfill(body=b'{"ocid":"another"}'))
    desk.page.get_by_role("button", name="Tandatangani dengan passkey").click()
    desk.page.get_by_text("Jangan tandatangani").wait_for()
    assert office.log.size == 3


def test_a_draft_is_returned_and_mended(chromium, office):
    """The second officer returns it with a reason; the first mends it, and signs anew."""
    first, second = Desk(chromium, office), Desk(chromium, office)
    first.enrol("PPK Bina Marga", "procurement")
    second.enrol("Kuasa Pengguna Anggaran", "procurement")
    first.sign_in()
    tender_of(first)
    first.press("Periksa dan lihat pratinjau")
    first.sign()
    second.sign_in()
    second.press(f"Pengumuman tender: {TENDER['title']}")
    second.page.get_by_text("Kembalikan untuk diperbaiki").click()
    second.page.fill("#reason", "Nilai keliru")
    second.press("Kembalikan")
    first.go("/console")
    assert "Kuasa Pengguna Anggaran: Nilai keliru" in first.page.content()
    first.press(f"Pengumuman tender: {TENDER['title']}")
    first.fill(value="700.000.000")
    first.press("Periksa dan lihat pratinjau")
    first.sign()
    assert len(newest(office).entry.signatures) == 1


def test_drafts_are_private(chromium, office):
    """A draft is in no public page or file, and its folder is its owner's alone."""
    desk = author(chromium, office)
    tender_of(desk, title="Rancangan rahasia")
    desk.press("Simpan rancangan")
    office.follow()
    with office.client() as reader:
        assert "Rancangan rahasia" not in reader.get("/search?q=rancangan").text
        assert "set-cookie" not in reader.get("/").headers
    folder = Path(office.settings.folder) / "console"
    assert folder.stat().st_mode & 0o777 == 0o700
    public = b"".join(
        each.read_bytes() for each in office.settings.public.rglob("*") if each.is_file()
    )
    assert b"rahasia" not in public
