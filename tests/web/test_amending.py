"""What changed in a process: before, after, and why, with the receipt that says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup

from web.amending import as_announced, read_changes
from web.record import Event

MOVED, CUT = "ocds-xsgr00-PUPR-2025-006", "ocds-xsgr00-PUPR-2025-004"
CORRECTED = "ocds-xsgr00-DINKES-2025-031"


def released(tag: str, **parts: Any) -> dict[str, Any]:
    """A release with one tag."""
    return {"tag": [tag], **parts}


def tender(amount: float | None = None, end: str = "", **more: Any) -> dict[str, Any]:
    """A tender with a value and a last day, where given."""
    value = {"value": {"amount": amount, "currency": "IDR"}} if amount else {}
    return {**value, **({"tenderPeriod": {"endDate": end}} if end else {}), **more}


def test_only_what_is_said_otherwise_is_a_change():
    """Left out, said again, or said for the first time: none of these is a change."""
    why = [{"rationale": "Old"}, {"rationale": "Extended"}]
    amended = read_changes(
        [
            (3, released("tender", tender=tender(100))),
            (5, released("tenderUpdate", tender=tender(100, "2025-04-23"))),
            (8, released("award")),
            (9, released("tenderUpdate", tender=tender(None, "2025-04-30", amendments=why))),
        ]
    )
    (change,) = amended.changes
    assert (change.index, change.what, change.reason) == (9, "until", "Extended")
    assert (change.before, change.after) == ("2025-04-23", "2025-04-30")


def test_contracts_are_told_apart():
    """A second contract is not a change of the first; an award does not become its contract."""
    contracts = [
        {"id": name, "value": {"amount": n, "currency": "IDR"}} for n, name in ((1, "a"), (2, "b"))
    ]
    again = [{"id": "b", "value": {"amount": 3, "currency": "IDR"}}]
    amended = read_changes(
        [
            (1, released("award", awards=[{**contracts[0], "id": "b"}])),
            (2, released("contract", contracts=contracts)),
            (4, released("contractAmendment", contracts=again)),
        ]
    )
    (change,) = amended.changes
    assert (change.part, change.index) == (("contract", "b"), 4)
    (event,) = as_announced([Event("contract", amount=None, ref="b")], amended)
    assert event.amount is not None
    assert event.amount.amount == 200


def test_without_the_announcement_nothing_is_taken_for_it():
    """Where the first release is not among those read, the event keeps what the record says."""
    amended = read_changes([(7, released("tenderUpdate", tender=tender(5)))])
    event = Event("tender", until="2025-04-30")
    assert as_announced([event], amended) == [event]


@pytest.mark.parametrize(
    "release", [{}, {"tag": 4, "tender": 3, "contracts": [None, {}], "awards": 0}]
)
def test_what_has_another_form_is_passed_over(release):
    """A release that breaks the schema changes nothing."""
    assert read_changes([(1, release), (2, release)]).changes == ()


@pytest.mark.parametrize(("language", "heading"), [("id", "Yang berubah"), ("en", "What changed")])
def test_the_page_says_what_changed(district, language, heading):
    """A moved deadline and a contract cut down, before and after; the timeline keeps the first."""
    with district.client(language) as client:
        pages = [client.get(f"/process/{each}").text for each in (MOVED, CUT)]
        moved, cut = (
            json.loads(client.get(f"/process/{each}.json").content) for each in (MOVED, CUT)
        )
    (until,) = [each for each in moved["changes"] if each["what"] == "until"]
    assert (until["before"][:10], until["after"][:10]) == ("2025-04-23", "2025-04-30")
    assert any(step["stage"] == "tenderAmendment" for step in moved["steps"])
    (value,) = [each for each in cut["changes"] if each["stage"] == "contract"]
    (step,) = [each for each in cut["steps"] if each["stage"] == "contract"]
    assert step["amount"] == value["before"] != value["after"] == cut["contracted"]
    for page, reason in zip(pages, ("Perpanjangan", "Penyesuaian volume"), strict=True):
        table = BeautifulSoup(page, "html5lib").select_one("section[aria-labelledby=berubah]")
        assert heading in table.get_text(" ")
        assert reason in table.get_text(" ")


def test_a_correction_withdraws_what_it_corrects():
    """The corrected contract is announced with the right value; that it was corrected is said."""

    def contract(amount: int) -> dict[str, Any]:
        return {"contracts": [{"id": "a", "value": {"amount": amount, "currency": "IDR"}}]}

    releases = [
        (1, released("planning", tender={"title": "Road"})),
        (2, released("contract", **contract(19))),
        (5, released("contract", **contract(190))),
        (8, released("contractAmendment", **contract(200))),
    ]
    amended = read_changes(releases, {5: 2})
    assert [(each.index, each.correction) for each in amended.changes] == [(5, True), (8, False)]
    (event,) = as_announced([Event("contract", amount=None, ref="a")], amended)
    assert event.amount is not None
    assert event.amount.amount == 19_000
    (event,) = as_announced([Event("tender", until="2025-04-30")], amended)
    assert event.until == "2025-04-30"


def test_the_timeline_shows_no_withdrawn_figure(district):
    """Of a corrected contract the page shows the sum in force, and receipts that still count."""
    with district.client() as client:
        told = json.loads(client.get(f"/process/{CORRECTED}.json").content)
        (step,) = [each for each in told["steps"] if each["stage"] == "contract"]
        (contract,) = told["contracts"]
        assert step["amount"] == contract["value"] == told["contracted"]
        shown = [json.loads(client.get(f"/e/{each}.json").content) for each in step["entries"]]
        assert [each["replacedBy"] for each in shown] == [None] * len(shown)
        assert any(each["correction"] for each in told["changes"])
        page = BeautifulSoup(client.get(f"/process/{CORRECTED}").text, "html5lib")
    assert "koreksi" in page.select_one("section[aria-labelledby=berubah]").get_text(" ")


@pytest.mark.parametrize("ocid", [MOVED, CUT])
def test_the_receipt_beside_a_contract_states_its_value(district, ocid):
    """It proves the sum shown, and is not whatever mentioned the contract last."""
    with district.client() as client:
        told = json.loads(client.get(f"/process/{ocid}.json").content)
        (contract,) = told["contracts"]
        release = json.loads(client.get(f"/e/{contract['index']}.body.json").content)
    (stated,) = [each["value"]["amount"] for each in release["contracts"]]
    assert f"{stated:.2f}" == contract["value"]["amount"]
