"""A list signed by one gesture: each record alone in the log, nothing signed that was not seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

import jejak
from ledger.envelope import BatchSignature
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from tests.web.impostors import Impostor
from tests.web.officers import ORG, PREFIX, Desk
from tests.web.publishers import Publisher
from tests.web.tablers import (
    MANY,
    csv_of,
    listed,
    sign_list,
    signed_text,
    statements,
    table,
)
from tests.web.workbooks import workbook
from web.console.catalogue import FORMS


@pytest.fixture
def budgeteer(office: Any) -> Iterator[Impostor]:
    """An officer of the budget office, signed in."""
    made = Impostor(office, title="Bidang Anggaran", roles=("budget",))
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


@pytest.fixture
def treasurer(office: Any) -> Iterator[Impostor]:
    """An officer of another office, signed in."""
    made = Impostor(office, title="Sekretaris Daerah", roles=("budget",))
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


def contract(line: str, amount: int) -> dict[str, Any]:
    """A release with a contract on a line."""
    worth = {"amount": amount, "currency": "IDR"}
    return {
        "ocid": f"{PREFIX}9",
        "id": "1",
        "date": "2026-03-01T00:00:00Z",
        "tag": ["contract"],
        "planning": {"budget": {"id": line}},
        "awards": [{"id": "a", "status": "active", "value": worth}],
        "contracts": [
            {
                "id": "k",
                "awardID": "a",
                "status": "active",
                "value": worth,
                "dateSigned": "2026-03-01T00:00:00Z",
                "period": {"endDate": "2026-10-31T00:00:00Z"},
            }
        ],
    }


def batch_of(office: Any, start: int) -> list[BatchSignature]:
    """The signatures of the entries from an index on."""
    entries = [office.log.record(index).entry for index in range(start, office.log.size)]
    return [each for entry in entries for each in entry.signatures]


def test_thirty_lines_by_one_gesture(budgeteer):
    """Below the threshold one office signs: thirty entries, each with its own place in the tree."""
    office, size = budgeteer.office, budgeteer.office.log.size
    address = listed(budgeteer, table())
    page = budgeteer.web.get(address).text
    assert page.count("/preview") == MANY
    digest = hashlib.sha256(signed_text(statements(page))).hexdigest()
    assert " ".join(digest[at : at + 4] for at in range(0, 16, 4)) in page
    assert "Rp600.000.465" in page
    assert sign_list(budgeteer, address, page).status_code == 303
    assert office.log.size == size + MANY
    made = batch_of(office, size)
    assert [(each.index, each.size) for each in made] == [(str(n), "30") for n in range(MANY)]
    done = budgeteer.web.get(address).text
    assert done.count("Tanda terima entri") == MANY
    again = sign_list(budgeteer, address, page)
    assert (again.status_code, office.log.size) == (303, size + MANY)
    assert "1.01" not in budgeteer.web.get("/console").text


def test_plan_packages_by_one_gesture(quiet_office):
    """A plan in the words of its template: each package is a process of its own."""
    officer = Impostor(quiet_office, title="PPK Jalan")
    assert officer.sign_in().status_code == 303
    head = officer.web.get("/console/rows/template.csv?form=plan&lang=en").content
    titles = head.decode("utf-8-sig").strip().split(";")
    assert "Budget line" in titles
    known = {"title": "Jalan {}", "description": "x", "line": f"{ORG}/2026/1.01"}
    known |= {"value": "5.000.000", "category": "works"}
    asked = [each.name for each in FORMS["plan"].fields]
    rows = [[known.get(name, "").format(n) for name in asked] for n in range(3)]
    sent = officer.upload("/console/rows", csv_of([titles, *rows]), form="plan", step="make")
    address = sent.headers["location"]
    preview = officer.web.get(statements_link(officer.web.get(address).text)).text
    assert address in preview
    size = quiet_office.log.size
    assert sign_list(officer, address).status_code == 303
    entries = [quiet_office.log.record(size + at).entry for at in range(3)]
    assert len({each.statement.subject for each in entries}) == 3
    officer.web.close()


def statements_link(page: str) -> str:
    """The address of the preview of the first record."""
    return page.partition('<th scope="row"><a href="')[2].partition('"')[0]


def test_a_draft_changed_between_list_and_signature_is_not_signed(budgeteer):
    """Neither the record nor any other of the list is published by what was signed before."""
    size = budgeteer.office.log.size
    address = listed(budgeteer, table(3))
    page = budgeteer.web.get(address).text
    draft = page.partition('data-body="')[2].partition("/body")[0]
    answers = dict(zip(table(1)[0], map(str, table(1)[1]), strict=True)) | {"value": "900000000"}
    assert budgeteer.send(draft, **answers, step="preview").status_code == 303
    refused = sign_list(budgeteer, address, page)
    assert refused.status_code == 409
    assert "the batch has changed since its list" in refused.text
    assert budgeteer.office.log.size == size
    assert "Rp900.000.000" in budgeteer.web.get(address).text


def test_a_record_being_changed_holds_up_the_list(budgeteer):
    """A draft kept without a check is checked again before anything can be signed."""
    address = listed(budgeteer, table(2))
    page = budgeteer.web.get(address).text
    draft = page.partition('data-body="')[2].partition("/body")[0]
    budgeteer.send(draft, value="25000000", step="save")
    assert "Perlu diperiksa lagi" in budgeteer.web.get(address).text
    assert sign_list(budgeteer, address, page).status_code == 409
    checked = budgeteer.send(f"{address}/check").text
    assert "Rp25.000.000" in checked
    assert sign_list(budgeteer, address, checked).status_code == 303


def test_the_total_asks_for_a_second_office(budgeteer, treasurer):
    """No line reaches the threshold, all together do: another office signs the same digest."""
    office, size = budgeteer.office, budgeteer.office.log.size
    address = listed(budgeteer, table(10, value=100_000_000))
    first = budgeteer.web.get(address).text
    assert "perlu dua pejabat" in first
    assert sign_list(budgeteer, address, first).status_code == 303
    assert office.log.size == size
    assert "your office has signed already" in sign_list(budgeteer, address, first).text
    assert "Menunggu pejabat kedua" in treasurer.web.get("/console").text
    second = treasurer.web.get(address).text
    assert statements(second) == statements(first)
    assert sign_list(treasurer, address, second).status_code == 303
    assert office.log.size == size + 10
    assert len(batch_of(office, size)) == 20


def test_a_list_is_returned_and_signed_anew(budgeteer, treasurer):
    """What one record lacks returns all; the first signature goes with what it was about."""
    address = listed(budgeteer, table(10, value=100_000_000))
    page = budgeteer.web.get(address).text
    sign_list(budgeteer, address, page)
    assert treasurer.send(f"{address}/return", reason="Perda keliru").status_code == 303
    again = budgeteer.web.get(address).text
    assert "Sekretaris Daerah: Perda keliru" in again
    assert sign_list(treasurer, address, page).status_code == 409
    checked = budgeteer.send(f"{address}/check").text
    assert sign_list(budgeteer, address, checked).status_code == 303


def test_after_the_first_signature_the_list_stays_whole(budgeteer, treasurer):
    """When a record is returned meanwhile, the second office signs no other list than the first."""
    address = listed(budgeteer, table(10, value=100_000_000))
    sign_list(budgeteer, address)
    page = treasurer.web.get(address).text
    draft = page.partition('data-body="')[2].partition("/body")[0]
    treasurer.send(f"{draft}/return", reason="Salah")
    size = budgeteer.office.log.size
    assert sign_list(treasurer, address, page).status_code == 409
    treasurer.send(f"{draft}/discard")
    left = treasurer.web.get(address).text
    assert "bukan lagi yang ditandatangani pejabat pertama" in left
    signed = signed_text(statements(left))
    forged = treasurer.assertion(signed)
    digest = hashlib.sha256(signed).hexdigest()
    assert treasurer.send(f"{address}/sign", digest=digest, **forged).status_code == 409
    assert budgeteer.office.log.size == size


def test_a_record_that_the_log_refuses_is_told_and_the_others_stand(any_office):
    """A line that somebody else appropriates meanwhile: nine are published, one returned."""
    officer = Impostor(any_office, title="Bidang Anggaran", roles=("budget",))
    assert officer.sign_in().status_code == 303
    address = listed(officer, table(10))
    page = officer.web.get(address).text
    key = any_office.key(ORG, "budget")
    any_office.log.append_one(Publisher(any_office, key, ORG).appropriation("1.07", org=ORG))
    size = any_office.log.size
    assert sign_list(officer, address, page).status_code == 303
    assert any_office.log.size == size + 9
    told = officer.web.get(address).text
    assert f"Anggaran untuk mata anggaran {ORG}/2026/1.07 sudah ditetapkan" in told
    assert "Kegiatan 7" in told
    assert told.count("Tanda terima entri") == 9
    officer.web.close()


def test_a_broken_rule_needs_its_reason_in_its_own_record(budgeteer):
    """The list warns of what its records would break, and waits for the reason."""
    office = budgeteer.office
    key = office.key(ORG, "procurement")
    line = f"{ORG}/2026/1.02"
    office.publish(key, "ocds/release", f"{PREFIX}9", contract(line, 900_000_000))
    address = listed(budgeteer, table(3))
    page = budgeteer.web.get(address).text
    assert page.count("<textarea") == 1
    size = office.log.size
    digest = hashlib.sha256(signed_text(statements(page))).hexdigest()
    fields = budgeteer.assertion(signed_text(statements(page)))
    refused = budgeteer.send(f"{address}/sign", digest=digest, **fields)
    assert "give no reason" in refused.text
    assert office.log.size == size
    reason = {page.partition('<textarea id="')[2].partition('"')[0]: "Lanjutan tahun lalu"}
    explained = budgeteer.send(f"{address}/explain", **reason).text
    assert sign_list(budgeteer, address, explained).status_code == 303
    bodies = [json.loads(office.log.record(size + at).body) for at in range(3)]
    assert [each.get("explanation") for each in bodies] == [None, "Lanjutan tahun lalu", None]


@pytest.mark.parametrize("forgery", ["one statement", "another list", "sign-in", "no user"])
def test_what_was_signed_for_something_else_signs_no_list(budgeteer, forgery):
    """An assertion over one statement, a shorter list or a sign-in, or without the user."""
    address = listed(budgeteer, table(3))
    page = budgeteer.web.get(address).text
    said, size = statements(page), budgeteer.office.log.size
    signed = {
        "one statement": b"jejak/statement/1\n" + said[0].encode(),
        "another list": signed_text(said[:2]),
        "sign-in": signed_text(said).replace(b"batch", b"sign-in"),
        "no user": signed_text(said),
    }[forgery]
    forged = {"flags": 0x01} if forgery == "no user" else {}
    digest = hashlib.sha256(signed_text(said)).hexdigest()
    sent = budgeteer.send(f"{address}/sign", digest=digest, **budgeteer.assertion(signed, **forged))
    assert sent.status_code in (400, 403, 422)
    assert budgeteer.office.log.size == size
    assert sign_list(budgeteer, address).status_code == 303


def test_lists_are_private_and_can_be_deleted(budgeteer):
    """No other institution sees it; its author deletes it with all of its drafts."""
    address = listed(budgeteer, table(2))
    assert budgeteer.web.get(address.replace("batches/", "batches/0")).status_code == 404
    assert budgeteer.send(f"{address}/discard").status_code == 303
    assert budgeteer.web.get(address).status_code == 404
    assert "Kegiatan" not in budgeteer.web.get("/console").text


@pytest.mark.browser
def test_a_workbook_of_thirty_lines_from_upload_to_receipt(chromium, office, tmp_path):
    """Uploaded, reported on, looked through, signed by two offices in browsers, and proved."""
    first, second = Desk(chromium, office), Desk(chromium, office, width=360)
    first.enrol("Bidang Anggaran", "budget")
    second.enrol("Sekretaris Daerah", "budget")
    first.sign_in()
    upload(first, "anggaran.xlsx", workbook(table(value=50_000_000)))
    assert first.page.locator("tbody tr").count() == MANY
    first.press("Lanjut ke daftar")
    assert first.page.locator("tr[data-statement]").count() == MANY
    digest, size = first.page.locator(".digest").inner_text(), office.log.size
    first.press("Tandatangani semua dengan passkey")
    assert office.log.size == size
    second.sign_in()
    second.press("Anggaran ditetapkan: 30 catatan")
    assert second.page.locator(".digest").inner_text() == digest
    second.press("Tandatangani semua dengan passkey")
    assert second.page.get_by_text("Tanda terima entri").count() == MANY
    assert office.log.size == size + MANY
    office.follow()
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(format_receipt(make_receipt(office.log, size + 7)))
    trust = str(office.settings.trust)
    held = CliRunner().invoke(jejak.cli, ["check-receipt", str(receipt), "--trust", trust])
    assert held.exit_code == 0, held.output
    assert "signed together with 29 other records in one gesture" in held.output
    second.press("Tanda terima entri")
    assert second.page.get_by_text("bersama 29 catatan lain").count() == 2
    assert first.troubles() == second.troubles() == []


@pytest.mark.browser
def test_the_browser_refuses_a_list_that_is_not_what_it_shows(chromium, office):
    """One body of thirty that is another, or a record hidden from the page: nothing is signed."""
    desk = Desk(chromium, office)
    desk.enrol("Bidang Anggaran", "budget")
    desk.sign_in()
    upload(desk, "anggaran.csv", csv_of(table()))
    desk.press("Lanjut ke daftar")
    size, address = office.log.size, desk.path()
    body = desk.page.locator("tr[data-statement]").nth(17).get_attribute("data-body")
    desk.page.route(f"**{body}", lambda route: route.fulfill(body=b"{}"))
    desk.page.get_by_role("button", name="Tandatangani semua dengan passkey").click()
    desk.page.get_by_text("Jangan tandatangani").wait_for()
    desk.page.unroute(f"**{body}")
    desk.go(address)
    desk.page.evaluate("document.querySelectorAll('tr[data-statement]')[3].remove()")
    desk.page.get_by_role("button", name="Tandatangani semua dengan passkey").click()
    desk.page.get_by_text("Jangan tandatangani").wait_for()
    assert office.log.size == size
    desk.go(address)
    desk.press("Tandatangani semua dengan passkey")
    assert office.log.size == size + MANY


def upload(desk: Desk, name: str, content: bytes) -> None:
    """Choose a file of budget lines and have it checked."""
    desk.go("/console/rows")
    desk.page.check("#form-appropriation")
    desk.page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": content})
    desk.press("Periksa tabel")
