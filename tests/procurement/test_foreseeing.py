"""What an entry would raise is known before it is signed, and looking changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger.checking import check_submission
from ledger.log import Submission
from procurement.foreseeing import Foreseen, foresee
from procurement.index import IndexTable
from tests.procurement.town import ORG, SALT, Town, found_town, money, value

LINE = f"{ORG}/2026/1.03"
OCID = "ocds-town-1"


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A town whose one line has a budget."""
    town = found_town(tmp_path, url=database_url)
    town.appropriate(LINE, "1000")
    town.follow()
    yield town
    town.close()


def contract(signed: str | None = "2026-03-01") -> dict[str, Any]:
    """A release with a contract of 900 on the line."""
    return {
        "ocid": OCID,
        "id": "r1",
        "date": "2026-03-01T00:00:00Z",
        "tag": ["contract"],
        "planning": {"budget": {"id": LINE}},
        "awards": [{"id": "a1", "status": "active", "value": value(900)}],
        "contracts": [
            {
                "id": "k1",
                "awardID": "a1",
                "status": "active",
                "value": value(900),
                "period": {"endDate": "2026-10-31T00:00:00Z"},
                **({"dateSigned": f"{signed}T00:00:00Z"} if signed else {}),
            }
        ],
    }


def payment(town: Town, amount: str, number: str = "SP2D-1") -> Submission:
    """A payment for the contract, signed."""
    body = {
        "salt": SALT,
        "id": number,
        "date": "2026-02-01",
        "method": "LS",
        "payee": {"id": "ID-NPWP-1", "name": "PT Satu"},
        "items": [{"line": {"id": LINE}, "amount": money(amount)}],
        "net": money(amount),
        "contract": {"ocid": OCID, "id": "k1"},
        "reverses": None,
    }
    return town.signed("treasury", "budget/payment", number, body)


def look(town: Town, submission: Submission) -> Foreseen:
    """What would be found."""
    checked = check_submission(town.log, submission)
    assert checked.refusals == ()
    assert checked.draft is not None
    return foresee(town.log, town.index, checked.draft)


def codes(found: Foreseen) -> dict[str, str]:
    """The outcome of each rule that is not kept."""
    return {each.finding["code"]: each.finding["status"] for each in found.warnings}


def tables(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the projections hold."""
    with town.index.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in IndexTable.metadata.sorted_tables
        }


def standing(town: Town) -> dict[str, str]:
    """The findings that are in the tables."""
    return {row[1]: row[2] for row in tables(town)["finding"]}


def test_a_warning_is_the_finding_that_follows(town):
    """What is foreseen of a payment is what the follower finds once it is recorded."""
    town.release(contract())
    town.follow()
    bad = payment(town, "1500")
    foreseen = codes(look(town, bad))
    expected = ("line-overpaid", "payments-above-contract", "payment-before-signature")
    assert {code: foreseen.get(code) for code in expected} == dict.fromkeys(expected, "broken")
    town.log.append_one(bad)
    town.follow()
    assert foreseen == standing(town)


def test_looking_keeps_nothing(town):
    """No table of the projections and no entry of the log is another afterwards."""
    town.release(contract())
    town.follow()
    before, size = tables(town), town.log.size
    assert look(town, payment(town, "1500")).warnings
    assert (tables(town), town.log.size) == (before, size)
    town.follow()
    assert tables(town) == before


def test_what_is_in_order_warns_of_nothing(town):
    """A contract within its line and its award raises no finding that is broken."""
    assert "broken" not in codes(look(town, town.signed("procurement", *_release()))).values()


def _release() -> tuple[str, str, dict[str, Any]]:
    return "ocds/release", OCID, contract()


def test_what_cannot_be_computed_is_said(town):
    """A contract without a date of signature leaves the rule about it open, not kept."""
    town.release(contract(signed=None))
    town.follow()
    assert codes(look(town, payment(town, "10")))["payment-before-signature"] == "not-computable"


def test_a_finding_that_stands_is_told_from_a_new_one(town):
    """Paying on after a contract is overpaid warns again, and says that it stood before."""
    town.release(contract())
    town.log.append_one(payment(town, "950"))
    town.follow()
    found = {each.finding["code"]: each for each in look(town, payment(town, "40", "2")).warnings}
    assert found["payments-above-contract"].standing
    found = {each.finding["code"]: each for each in look(town, payment(town, "60", "3")).warnings}
    assert not found["line-overpaid"].standing


def test_money_that_comes_back_is_judged_beforehand(town):
    """A reversal above its payment, and one for another contract, warn before they are signed."""
    town.release(contract())
    town.log.append_one(payment(town, "50"))
    town.follow()
    body = {**json.loads(payment(town, "10", "2").body), "reverses": "SP2D-1"}
    body["items"] = [{"line": {"id": LINE}, "amount": money("-60")}]
    body |= {"net": money("-60"), "contract": {"ocid": OCID, "id": "k2"}}
    found = codes(look(town, town.signed("treasury", "budget/payment", "2", body)))
    assert found["reversal-above-payment"] == "broken"
    assert found["reversal-of-other-contract"] == "broken"


def test_a_call_off_too_many_warns(town):
    """What is found at the agreement is foreseen at the call-off."""
    techniques = {"hasFrameworkAgreement": True}
    tender = {"id": "t", "status": "complete", "value": value(500), "techniques": techniques}
    agreement = {"ocid": "ocds-town-f", "id": "1", "date": "2026-01-01", "tag": ["tender"]}
    town.release({**agreement, "tender": tender})
    town.follow()
    related = {"id": "1", "relationship": ["framework"], "identifier": "ocds-town-f"}
    said = {**contract(), "relatedProcesses": [related]}
    found = look(town, town.signed("procurement", "ocds/release", OCID, said))
    (warned,) = [each for each in found.warnings if each.finding["ocid"] == "ocds-town-f"]
    assert warned.finding["code"] == "calloffs-above-framework"


def test_another_owners_process_is_marked_beforehand(town):
    """A stranger's release about the town's process would be shown and not merged."""
    town.release(contract())
    town.follow()
    said = {**contract(), "id": "r2"}
    assert "other-owner" in look(town, town.signed("stranger", "ocds/release", OCID, said)).marks


def test_a_draft_is_judged_before_it_is_signed(town):
    """Without signatures the warnings are the same: a key that may sign stands in."""
    town.release(contract())
    town.follow()
    signed = payment(town, "1500")
    draft = Submission(signed.statement, (), signed.body)
    assert codes(look(town, draft)) == codes(look(town, signed))


def test_lagging_tables_say_how_far_they_go(town):
    """Judged on tables behind the log, the answer names the entry up to which it read."""
    town.follow()
    position = town.log.size
    town.release(contract())
    assert look(town, payment(town, "10")).position == position
