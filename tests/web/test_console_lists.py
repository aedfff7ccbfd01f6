"""Nothing known is typed: answers are picked; lots, winners, lines and currencies are as many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed
from procurement.money import Money, format_amount, minor_digits
from tests.web.clerks import Clerk, clerk, faults
from tests.web.officers import ORG
from tests.web.test_console_forms import (
    APPROPRIATION,
    AWARD,
    CONTRACT,
    LINE,
    PAYMENT,
    PLAN,
    TENDER,
    contracted,
)
from web.console.amounts import Wrong, format_typed, read_amount
from web.console.opening import read_console_file

__all__ = ["clerk"]

OTHER = f"{ORG}/2027/1.03.01"
LOTS = {
    "lots": "2",
    "lots-0-title": "Utara",
    "lots-0-value": "500.000.000",
    "lots-1-title": "Selatan",
    "lots-1-value": "350.000.000",
}


def test_a_line_is_picked_and_brings_its_currency(clerk):
    """The list has title, approved and free; words filter it; the newest year comes first."""
    (Path(clerk.office.settings.folder) / "console.json").write_text('{"currencies": ["USD"]}')
    clerk.publish("appropriation", **APPROPRIATION)
    clerk.publish("appropriation", **APPROPRIATION | {"year": "2027", "title": "Jembatan"})
    address = clerk.begin("tender")
    leads = clerk.step(address, "pick:line", title="Jalan Melati")
    assert leads.endswith("/pick?field=line")
    page = clerk.web.get(leads).text
    assert page.index(OTHER) < page.index(LINE)
    assert page.count("Rp2.000.000.000") == 4
    assert "Peningkatan" not in clerk.web.get(f"{leads}&q=jembatan").text
    sent = clerk.send(f"{address}/pick", field="line", value=LINE)
    assert sent.headers["location"] == f"{address}#line"
    filled = clerk.filled(address)
    assert (filled["line"], filled["title"]) == (LINE, "Jalan Melati")
    assert "Peningkatan Jalan" in clerk.web.get(address).text


def test_lines_come_a_page_at_a_time_and_only_those_in_scope(clerk):
    """Thousands of lines are pages; those of an organisation not in `for` are not offered."""
    stranger = clerk.office.key("ID-X", "budget")
    body = {
        "amount": {"amount": "5.00", "currency": "IDR"},
        "legalBasis": "Perda",
    }
    mine = clerk.office.key(ORG, "budget")
    for number in range(26):
        for key, org in ((mine, ORG), (stranger, "ID-X")) if number == 0 else ((mine, ORG),):
            line = {"id": f"{org}/2026/{number:02}", "fiscalYear": "2026", "title": f"T{number}"}
            named = {**line, "org": org, "classifications": {}}
            clerk.office.publish(key, "budget/appropriation", line["id"], {**body, "line": named})
    clerk.office.follow()
    address = clerk.begin("plan")
    page = clerk.web.get(f"{address}/pick?field=line").text
    assert "ID-X/2026" not in page
    assert f"{ORG}/2026/25" not in page
    after = f"{ORG}/2026/24"
    assert f"{ORG}/2026/25" in clerk.web.get(f"{address}/pick?field=line&after={after}").text


def test_a_contract_is_picked_and_brings_payee_and_lines(clerk):
    """A treasury begins with a payment; who is paid and from which line is known already."""
    contracted(clerk)
    address = clerk.begin("payment")
    leads = clerk.step(address, "pick:contract", number="SP2D-9")
    assert "602/K/2026" in clerk.web.get(leads).text
    ocid = clerk.newest()["ocid"]
    clerk.send(f"{address}/pick", field="contract", value=f"{ocid} 602/K/2026")
    filled = clerk.filled(address)
    named = [filled[each] for each in ("number", "payee", "title", "items-0-line", "ocid")]
    assert named == ["SP2D-9", "ID-NIB-0101", "PT Aspal", LINE, ocid]
    paid = clerk.newest()
    assert paid["tag"] == ["contract"]
    more = {"items-0-amount": "1.000", "value": "1.000", "date": "2026-03-01"}
    assert clerk.check(address, **more).status_code == 303


def test_lots_have_winners_of_their_own(clerk):
    """Two lots, two awards, one of them to a joint operation: one release that the schema knows."""
    clerk.publish("appropriation", **APPROPRIATION)
    tender = clerk.publish("tender", **PLAN | TENDER | LOTS | {"tax": "no"})
    north, south = tender["tender"]["lots"]
    assert (north["title"], south["value"]["amount"]) == ("Utara", 350000000)
    assert tender["tender"]["value"]["valueAddedTaxIncluded"] is False
    won = clerk.publish(
        "award",
        about=tender["ocid"],
        **AWARD | {"value": "490.000.000"},
        partners="1",
        **{"partners-0-supplier": "ID-NIB-7", "partners-0-supplierName": "CV Mitra"},
        others="1",
        **{"others-0-lot": south["id"], "others-0-supplier": "ID-NIB-0202"},
        **{"others-0-supplierName": "CV Batu", "others-0-value": "340.000.000"},
    )
    first, second = won["awards"]
    assert [first["relatedLots"], second["relatedLots"]] == [[north["id"]], [south["id"]]]
    assert [each["name"] for each in first["suppliers"]] == ["PT Aspal", "CV Mitra"]
    assert won["tender"]["status"] == "complete"
    address = clerk.begin("contract", ocid=tender["ocid"])
    assert clerk.filled(address)["award"] == first["id"]
    clerk.publish("contract", about=tender["ocid"], **CONTRACT)
    address = clerk.begin("contract", ocid=tender["ocid"])
    assert clerk.filled(address)["award"] == second["id"]
    shown = clerk.twin(f"/process/{tender['ocid']}")
    assert shown["findings"] == []
    assert all("schema" not in each["marks"] for each in shown["entries"])


def test_a_contract_is_borne_by_several_lines_over_years(clerk):
    """Each line bears its part, the first one the rest; one that no longer does bears nothing."""
    clerk.publish("appropriation", **APPROPRIATION)
    clerk.publish("appropriation", **APPROPRIATION | {"year": "2027"})
    ocid = clerk.publish("tender", **PLAN | TENDER)["ocid"]
    clerk.publish("award", about=ocid, **AWARD)
    shares = {"shares": "1", "shares-0-line": OTHER, "shares-0-amount": "300.000.000"}
    signed = clerk.publish("contract", about=ocid, **CONTRACT | {"ends": "2027-06-30"} | shares)
    bearing = signed["planning"]["budget"]["budgetBreakdown"]
    borne = [(each["id"], each["amount"]["amount"]) for each in bearing]
    assert borne == [(LINE, 500000000), (OTHER, 300000000)]
    for line, bound in ((LINE, "500000000.00"), (OTHER, "300000000.00")):
        assert bound in json.dumps(clerk.twin(f"/line/{line}"))
    again = clerk.publish("contract", entry=clerk.office.log.size - 1, shares="0", line=LINE)
    left = [each["amount"]["amount"] for each in again["planning"]["budget"]["budgetBreakdown"]]
    assert left == [800000000, 0]


def test_rows_are_added_and_taken_away_by_plain_buttons(clerk):
    """What was typed stays, the page goes to the new row, and a fault names its row."""
    address = clerk.begin("tender")
    leads = clerk.step(address, "add:lots", title="Jalan")
    assert leads == f"{address}#lots-0-title"
    clerk.step(address, "add:lots", **{"lots-0-title": "Utara"})
    clerk.step(address, "drop:lots:1", **{"lots-1-title": "Selatan"})
    filled = clerk.filled(address)
    assert [filled[each] for each in ("title", "lots", "lots-0-title")] == ["Jalan", "1", "Utara"]
    sent = clerk.check(address, **PLAN | TENDER)
    assert faults(sent.text) == ["Lot 1, Nilai lot: Isilah bagian ini."]
    assert 'href="#lots-0-value"' in sent.text


def test_money_is_in_the_currency_of_its_line(clerk):
    """Currency is data: a line in dollars is tendered in dollars, and not revised in rupiah."""
    clerk.publish("appropriation", **APPROPRIATION | {"currency": "USD", "value": "2,000.50"})
    assert clerk.newest()["amount"] == {"amount": "2000.50", "currency": "USD"}
    tender = clerk.publish("tender", **PLAN | TENDER | {"value": "1,000.50"})
    assert tender["tender"]["value"]["currency"] == "USD"
    typed = {"line": LINE, "number": "R", "value": "1", "reason": "x", "basis": "y"}
    sent = clerk.check(clerk.begin("revision"), **typed, currency="IDR")
    assert faults(sent.text) == [
        "Mata anggaran yang berubah: Mata anggaran ini memakai mata uang USD."
    ]


def test_what_comes_first_and_who_may_is_said(clerk, quiet_office):
    """No contract before its award; no line yet: who publishes it; other roles: which office."""
    assert "Belum ada mata anggaran" in clerk.web.get(clerk.begin("tender")).text
    ocid = clerk.publish("tender", **PLAN | TENDER)["ocid"]
    page = clerk.web.get(f"/console/new?ocid={ocid}").text
    assert 'id="form-award"' in page
    assert 'id="form-contract"' not in page
    assert "Tetapkan pemenangnya dahulu." in page
    buyer = Clerk(quiet_office, title="PPK Jalan")
    buyer.sign_in()
    page = buyer.web.get("/console/new").text
    assert 'id="form-payment"' not in page
    assert "Peran perbendaharaan" in page
    assert "PPK Jalan" in buyer.web.get(buyer.begin("plan")).text
    buyer.web.close()
    doubtful = clerk.prepare("plan", **PLAN)
    assert "belum ada dalam catatan" in clerk.web.get(f"{doubtful}/preview").text


def test_the_preview_says_amounts_in_words(clerk):
    """A zero too many is seen in words before it is signed."""
    address = clerk.prepare("plan", **PLAN | {"value": "1.250.300.000,50"})
    assert "1\u00a0miliar 250\u00a0juta 300\u00a0ribu 50/100" in (
        clerk.web.get(f"{address}/preview").text
    )
    english = clerk.web.get(f"{address}/preview?lang=en").text
    assert "1\u00a0billion 250\u00a0million 300\u00a0thousand 50/100" in english


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("1.250.000.000,00", "IDR", "1250000000.00"),
        ("1,250,000,000.00", "IDR", "1250000000.00"),
        ("Rp 1.250", "IDR", "1250.00"),
        ("-Rp1.250,5", "IDR", "-1250.50"),
        ("USD 1,250.5", "USD", "1250.50"),
        ("1.250", "JPY", "1250"),
        ("1250.00", "JPY", "1250"),
        ("1.250,000", "KWD", "1250.000"),
        ("1,2500", "KWD", "1.250"),
        ("1.250.000,00.00", "IDR", None),
        ("1.250,000", "IDR", None),
        ("1,25,000", "IDR", None),
        ("1.250", "KWD", None),
        ("12,5", "JPY", None),
        ("0.500", "IDR", None),
        ("satu miliar", "IDR", None),
    ],
)
def test_amounts_are_read_in_both_ways_and_never_guessed(typed, currency, amount):
    """Indonesian and English writing give one amount; what might be two is refused."""
    if amount is not None:
        assert read_amount(typed, currency) == amount
        return
    with pytest.raises(Wrong):
        read_amount(typed, currency)


@given(
    st.integers(-(10**17), 10**17),
    st.sampled_from(["IDR", "JPY", "KWD", "CLF"]),
    st.sampled_from(["id", "en"]),
)
def test_what_a_form_shows_is_read_back(minor, currency, language):
    """An amount written into a field in either language is the same amount when it is sent."""
    amount = format_amount(Money(minor, currency))
    assert read_amount(format_typed(amount, currency, language), currency) == amount


@settings(max_examples=60)
@given(st.text(max_size=20), st.sampled_from(["IDR", "JPY", "KWD", ""]))
def test_any_text_is_an_amount_or_wrong(typed, currency):
    """Whatever is typed, the answer is an amount of the currency or a fault, nothing else."""
    try:
        amount = read_amount(typed, currency)
    except Wrong:
        return
    assert len(amount.partition(".")[2]) == minor_digits(currency or "IDR")


def test_the_settings_in_the_readme_are_read(tmp_path):
    """The console.json that README shows is one."""
    for readme in ("README.md", "README.id.md"):
        text = (Path(__file__).parent.parent.parent / readme).read_text(encoding="utf-8")
        shown = next(each for each in text.split("```json\n") if '"fourEyes"' in each)
        (tmp_path / "console.json").write_text(shown.partition("```")[0])
        read = read_console_file(tmp_path / "console.json")
        assert read.threshold("ID-ANY") == Money(100_000_000_000, "IDR")
    (tmp_path / "console.json").write_text('{"currencies": ["rupiah"]}')
    with pytest.raises(Malformed):
        read_console_file(tmp_path / "console.json")


def test_a_payment_is_picked_to_be_reversed(clerk):
    """A refund names the payment it takes back; its payee and contract follow."""
    clerk.publish("appropriation", **APPROPRIATION)
    clerk.publish("payment", **PAYMENT | {"way": "SP2D-LS", "payee": "ID-PLN", "title": "PLN"})
    address = clerk.begin("payment")
    assert "SP2D-1" in clerk.web.get(clerk.step(address, "pick:reverses")).text
    clerk.send(f"{address}/pick", field="reverses", value="SP2D-1")
    filled = clerk.filled(address)
    assert (filled["reverses"], filled["payee"], filled["title"]) == ("SP2D-1", "ID-PLN", "PLN")


def test_an_entry_to_correct_is_found_by_what_it_is(clerk):
    """Award and contract of one process are told apart; a corrected entry is not offered again."""
    contracted(clerk)
    page = clerk.web.get("/console/entries?q=melati").text
    assert [each in page for each in ("Kontrak ·", "Penetapan pemenang ·")] == [True, True]
    wrong = clerk.office.log.size - 1
    clerk.publish("contract", entry=wrong, value="790.000.000")
    assert f"entry={wrong}" not in clerk.web.get("/console/entries").text
    assert "sudah dikoreksi" in clerk.web.get(f"/console/new?entry={wrong}").text
