"""Each form makes one entry, prefilled from the step before; warnings ask for a signed reason."""

from __future__ import annotations

import json

import pytest

from tests.web.clerks import Clerk, clerk, faults
from tests.web.officers import ORG

__all__ = ["clerk"]

LINE = f"{ORG}/2026/1.03.01"
APPROPRIATION = {
    "owner": ORG,
    "year": "2026",
    "code": "1.03.01",
    "title": "Peningkatan Jalan",
    "value": "2.000.000.000",
    "basis": "Perda 1/2026",
    "functional": "04.5",
}
PLAN = {
    "title": "Jalan Melati",
    "description": "Pengaspalan",
    "line": LINE,
    "value": "900.000.000",
    "category": "works",
}
TENDER = {"method": "open", "opens": "2026-01-05", "closes": "2026-02-01", "value": "850000000"}
AWARD = {
    "supplier": "ID-NIB-0101",
    "supplierName": "PT Aspal",
    "value": "800.000.000",
    "date": "2026-02-10",
    "bids": "ID-NIB-0101; PT Aspal; 800.000.000\nID-NIB-0202; CV Batu; 840.000.000",
}
CONTRACT = {
    "number": "602/K/2026",
    "signed": "2026-02-20",
    "starts": "2026-02-21",
    "ends": "2026-06-30",
}
PAYMENT = {
    "number": "SP2D-1",
    "date": "2026-03-01",
    "items": "1",
    "items-0-line": LINE,
    "items-0-amount": "300.000.000",
    "value": "294.000.000",
}


def contracted(clerk: Clerk) -> str:
    """A process that has come to its contract; its ocid."""
    clerk.publish("appropriation", **APPROPRIATION)
    ocid = clerk.publish("plan", **PLAN)["ocid"]
    clerk.publish("tender", about=ocid, **TENDER)
    clerk.publish("award", about=ocid, **AWARD)
    clerk.publish("contract", about=ocid, **CONTRACT)
    return str(ocid)


def test_a_procurement_from_budget_to_payment(clerk):
    """Nine forms tell one story, and nothing known is typed twice; no rule is broken."""
    ocid = contracted(clerk)
    address = clerk.send("/console/drafts", form="payment", ocid=ocid).headers["location"]
    known = clerk.filled(address)
    assert (known["payee"], known["contract"]) == ("ID-NIB-0101", "602/K/2026")
    clerk.publish(
        "addendum", about=ocid, value="780000000", date="2026-04-01", reason="Volume berkurang"
    )
    clerk.publish("handover", about=ocid, title="BAST 100%", date="2026-06-20")
    paid = clerk.publish("payment", about=ocid, **PAYMENT)
    assert paid["net"] == {"amount": "294000000.00", "currency": "IDR"}
    shown = clerk.twin(f"/process/{ocid}")
    figures = [shown[name]["amount"] for name in ("planned", "tendered", "awarded", "contracted")]
    assert figures == ["900000000.00", "850000000.00", "800000000.00", "780000000.00"]
    assert shown["paid"]["amount"] == "300000000.00"
    assert [bid["winner"] for bid in shown["bids"]] == [True, False]
    assert shown["findings"] == []
    assert all("schema" not in entry["marks"] for entry in shown["entries"])


def test_budgets_are_revised_and_moved(clerk):
    """A revision may be negative; a transfer takes from one line and gives to another."""
    clerk.publish("appropriation", **APPROPRIATION)
    clerk.publish("appropriation", **APPROPRIATION | {"code": "1.03.02", "title": "Jembatan"})
    more = {"reason": "Efisiensi", "basis": "Perda 2/2026"}
    clerk.publish("revision", line=LINE, number="R-1", value="-500.000.000", **more)
    other = f"{ORG}/2026/1.03.02"
    clerk.publish("transfer", line=LINE, target=other, number="T-1", value="100000000", **more)
    shown = clerk.twin(f"/line/{LINE}")
    assert "1400000000.00" in json.dumps(shown)


def test_a_broken_rule_needs_a_reason_that_stays_visible(clerk):
    """Paying more than the contract is possible, with a reason signed inside the entry."""
    ocid = contracted(clerk)
    more = {**PAYMENT, "items-0-amount": "900.000.000", "value": "880.000.000"}
    address = clerk.prepare("payment", about=ocid, **more)
    page = clerk.web.get(f"{address}/preview").text
    assert "melanggar aturan uang" in page
    assert "/sign" not in page
    assert clerk.web.get(f"{address}/sign").status_code == 422
    clerk.send(f"{address}/explain", explanation="Putusan BANI 12/2026")
    assert "/sign" in clerk.web.get(f"{address}/preview").text
    assert clerk.sign(address).headers["location"].endswith("/done")
    assert clerk.newest()["explanation"] == "Putusan BANI 12/2026"
    index = clerk.office.log.size - 1
    assert "Putusan BANI 12/2026" in clerk.web.get(f"/e/{index}").text
    assert clerk.twin(f"/e/{index}")["findings"] == ["payments-above-contract"]


def test_what_was_broken_before_is_not_to_be_explained(clerk):
    """A handover, which changes no sum, is asked for no reason; a payment that adds to it is."""
    ocid = contracted(clerk)
    more = {**PAYMENT, "items-0-amount": "900.000.000", "value": "880.000.000"}
    address = clerk.prepare("payment", about=ocid, **more)
    clerk.send(f"{address}/explain", explanation="Putusan BANI 12/2026")
    clerk.sign(address)
    clerk.publish("handover", about=ocid, title="BAST 100%", date="2026-06-20")
    again = {**PAYMENT, "number": "SP2D-77", "items-0-amount": "1.000.000", "value": "1.000.000"}
    page = clerk.web.get(f"{clerk.prepare('payment', about=ocid, **again)}/preview").text
    assert "melanggar aturan uang" in page
    assert "/sign" not in page


def test_a_correction_starts_from_what_it_corrects(clerk):
    """The wrong entry stays and counts no longer; all but the slip is taken over."""
    contracted(clerk)
    wrong = clerk.office.log.size - 1
    body = clerk.publish("contract", entry=wrong, value="790.000.000")
    assert body["contracts"][0]["id"] == "602/K/2026"
    assert clerk.twin(f"/e/{wrong}")["replacedBy"] == wrong + 1
    assert clerk.twin(f"/process/{body['ocid']}")["contracted"]["amount"] == "790000000.00"


def test_budget_entries_are_corrected_too(clerk):
    """A correction of an appropriation and of a payment begins with their own values."""
    clerk.publish("appropriation", **APPROPRIATION)
    first = clerk.office.log.size - 1
    body = clerk.publish("appropriation", entry=first, value="1.900.000.000")
    assert body["line"]["title"] == "Peningkatan Jalan"
    paid = {**PAYMENT, "way": "SP2D-LS", "payee": "ID-PLN", "title": "PLN"}
    clerk.publish("payment", **paid)
    again = clerk.publish("payment", entry=clerk.office.log.size - 1, date="2026-03-02")
    assert again["items"][0]["amount"]["amount"] == "300000000.00"
    shown = clerk.twin(f"/line/{LINE}")
    assert "1900000000.00" in json.dumps(shown)


def test_a_failed_tender_is_told(clerk):
    """A tender that failed is published as such and commits nothing."""
    ocid = clerk.publish("tender", **PLAN | TENDER)["ocid"]
    clerk.publish("cancellation", about=ocid, status="unsuccessful", reason="Tidak ada penawaran")
    assert clerk.twin(f"/process/{ocid}")["status"] == "unsuccessful"


def test_what_the_ledger_would_refuse_is_said_before_signing(clerk):
    """A line appropriated twice is told on the form and in its language, before the signature."""
    clerk.publish("appropriation", **APPROPRIATION)
    address = clerk.begin("appropriation")
    sent = clerk.check(address, **APPROPRIATION)
    assert sent.status_code == 422
    said = f"Kode mata anggaran: Anggaran untuk mata anggaran {LINE} sudah ditetapkan."
    assert [each.startswith(said) for each in faults(sent.text)] == [True]
    english = clerk.web.post(
        f"{address}?lang=en", data={"csrf": clerk.csrf(), **APPROPRIATION, "step": "preview"}
    )
    assert faults(english.text)[0].endswith("or correct the old entry.")


@pytest.mark.parametrize(
    ("form", "field", "typed"),
    [
        ("plan", "value", "banyak"),
        ("plan", "value", "1.2.3"),
        ("plan", "value", "-5"),
        ("plan", "value", "9" * 30),
        ("plan", "title", ""),
        ("plan", "title", "x" * 201),
        ("plan", "title", "Pak Budi 3273012345678901"),
        ("plan", "category", "bribes"),
        ("tender", "opens", "2026-02-30"),
        ("payment", "items-0-amount", ""),
        ("payment", "items-0-amount", "-5"),
        ("payment", "items-0-line", ""),
        ("plan", "shares-0-amount", ""),
        ("tender", "lots-0-title", ""),
        ("payment", "payee", "3273012345678901"),
        ("appropriation", "year", "dua ribu"),
    ],
)
def test_a_fault_is_linked_to_its_field(clerk, form, field, typed):
    """Each fault stands in the summary as a link to the field, and beside the field."""
    address = clerk.send("/console/drafts", form=form).headers["location"]
    answers = {**APPROPRIATION, **PLAN, **TENDER, **PAYMENT, "way": "LS", "payee": "ID-1"}
    rows = {"shares": "1", "shares-0-line": "a/b/c", "lots": "1", "lots-0-value": "5"}
    sent = clerk.send(address, **{**answers, **rows, field: typed}, step="preview")
    assert sent.status_code == 422
    target = "reverses" if typed == "-5" and form == "payment" else field
    assert f'<a href="#{target}">' in sent.text
    assert f'id="{target}-fault"' in sent.text
    assert f'id="{target}"' in sent.text


def test_only_one_s_own_entries_are_corrected(clerk):
    """An entry of another institution, or none at all, cannot be corrected here."""
    clerk.publish("appropriation", **APPROPRIATION)
    for entry, status in (("0", 403), ("999", 404), ("x", 404)):
        assert clerk.web.get(f"/console/new?entry={entry}").status_code == status
        assert clerk.send("/console/drafts", entry=entry).status_code == status
