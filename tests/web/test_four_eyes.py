"""From an institution's amount on two offices sign what passkeys sign, wherever it is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledger import deployment
from ledger.envelope import WebAuthnSignature, parse_statement, signed_bytes
from ledger.submission import Submission
from procurement.follower import Follower
from procurement.ocds import RELEASE
from tests.web.impostors import ANSWERS, Impostor, hidden
from tests.web.officers import ORG, PREFIX
from tests.web.publishers import send
from web.foureyes import offices

MUCH, LITTLE = "2000000000.00", "5000000.00"
ALIKE = [
    "PPK Jalan",
    "ppk jalan",
    " PPK \u00a0Jalan ",
    "\uff30\uff30\uff2b Jalan",
    "PPK\tJalan",
    "PPK\u200b  ja\u00adlan",
]


@pytest.fixture
def first(office: Any) -> Iterator[Impostor]:
    """An officer with a passkey."""
    yield from _enrolled(office, "PPK Jalan")


@pytest.fixture
def second(office: Any) -> Iterator[Impostor]:
    """An officer of another office of the institution."""
    yield from _enrolled(office, "Kuasa Pengguna Anggaran")


def _enrolled(office: Any, title: str) -> Iterator[Impostor]:
    made = Impostor(office, title=title, roles=("procurement", "budget", "treasury"))
    yield made
    made.web.close()


def value(amount: str, currency: str = "IDR") -> dict[str, Any]:
    """An OCDS value."""
    return {"amount": int(float(amount)), "currency": currency}


def release(tag: str = "tender", number: str = "1", **parts: Any) -> dict[str, Any]:
    """A release of one process of the institution."""
    ocid = f"{PREFIX}A"
    date = f"2026-03-0{number}T09:00:00Z"
    return {"ocid": ocid, "id": f"{ocid}-{number}", "date": date, "tag": [tag], **parts}


def contract(amount: str | None, name: str = "C1", **more: Any) -> dict[str, Any]:
    """A contract; without a value where there is no amount."""
    found = {"id": name, "awardID": "P1", "status": "active", **more}
    return found if amount is None else {**found, "value": value(amount)}


def payment(number: str, *amounts: str, reverses: str | None = None) -> dict[str, Any]:
    """A payment that charges no line."""
    items = [{"amount": {"amount": each, "currency": "IDR"}} for each in amounts]
    return {
        "id": number,
        "date": "2026-03-05",
        "method": "SP2D-LS",
        "payee": {"id": "ID-NIB-1", "name": "PT Satu"},
        "items": items,
        "net": {"amount": LITTLE, "currency": "IDR"},
        "contract": None,
        "reverses": reverses,
    }


def said(
    office: Any, body: dict[str, Any], *officers: Impostor, replaces: str | None = None
) -> Submission:
    """A body, stated and signed by these officers' passkeys."""
    kind, subject = (RELEASE, body["ocid"]) if "ocid" in body else ("budget/payment", body["id"])
    raw = deployment.body_bytes(body)
    made = deployment.compose(office.log.origin, kind, subject, ORG, raw, [], replaces=replaces)
    signed = signed_bytes(parse_statement(made.statement))
    given = [_signature(each, signed) for each in officers]
    return Submission(made.statement, tuple(sorted(given, key=lambda each: each.key)), raw)


def _signature(officer: Impostor, signed: bytes) -> WebAuthnSignature:
    fields = officer.assertion(signed)
    del fields["credential"]
    return WebAuthnSignature(key=officer.key, **fields)


def published(office: Any, body: dict[str, Any], *officers: Impostor) -> str:
    """Publish what two offices have signed; its leaf hash."""
    answer = sent(office, said(office, body, *officers))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["leafHash"])


def sent(office: Any, submission: Submission, to: str = "entries") -> httpx.Response:
    """What the API answers."""
    with office.client() as client:
        return send(client, submission, to)


def test_one_passkey_does_not_go_round_the_console(office, first):
    """A large sum signed once is refused by the API, which says what is missing; so does check."""
    alone = said(office, release(tender={"id": "T", "value": value(MUCH)}), first)
    size = office.log.size
    answer = sent(office, alone)
    assert answer.status_code == 403
    assert "two offices" in answer.json()["detail"]
    assert "1000000000.00 IDR" in answer.json()["detail"]
    assert "another office" in answer.json()["remedy"]
    checked = sent(office, alone, "check").json()
    assert not checked["acceptable"]
    assert "two offices" in checked["refusals"][0]["detail"]
    assert office.log.size == size


def test_two_offices_pass_and_a_repeat_of_theirs_too(office, first, second):
    """Both signatures are recorded; sent again with one of them it is the same entry."""
    body = release(tender={"id": "T", "value": value(MUCH)})
    both = said(office, body, first, second)
    assert sent(office, both, "check").json()["acceptable"]
    answer = sent(office, both)
    assert answer.status_code == 201
    assert len(office.log.record(answer.json()["index"]).entry.signatures) == 2
    again = sent(office, Submission(both.statement, both.signatures[:1], both.body))
    assert (again.status_code, again.json()["index"]) == (200, answer.json()["index"])


def test_a_small_sum_and_a_system_need_no_second(office, first):
    """Below the amount one passkey is enough; a system's own key is asked for no second."""
    small = release(tender={"id": "T", "value": value(LITTLE)})
    assert sent(office, said(office, small, first)).status_code == 201
    system = office.key(ORG, "procurement")
    large = deployment.body_bytes(release(number="2", tender={"id": "T", "value": value(MUCH)}))
    subject = f"{PREFIX}A"
    made = deployment.compose(office.log.origin, RELEASE, subject, ORG, large, [system])
    assert sent(office, made).status_code == 201


def test_a_forged_signature_is_named_before_the_second_is(office, first):
    """Nobody learns from this rule what a signature that does not verify would have needed."""
    made = said(office, release(tender={"id": "T", "value": value(MUCH)}), first)
    other = said(office, release(tender={"id": "T", "value": value(LITTLE)}), first)
    answer = sent(office, Submission(made.statement, other.signatures, made.body))
    assert answer.json()["code"] == "bad-signature"


HIDDEN = [
    {"tender": {"id": "T", "value": value("10", "USD")}},
    {"tender": {"id": "T"}},
    {"tender": {"id": "T", "value": {"amount": "viel", "currency": "IDR"}}},
    {"tender": {"id": "T", "value": value(LITTLE)}, "contracts": [contract(MUCH)]},
    {"contracts": [contract("600000000", "C1"), contract("600000000", "C2")]},
    {"awards": [{"id": "a", "value": value("600000000")}] * 2},
    {"planning": {"budget": {"amount": value(MUCH)}}, "contracts": [contract(LITTLE)]},
    {"tender": {"id": "T", "value": value(LITTLE)}, "contracts": [contract(None, value="9")]},
]
CHANGES = [
    {"contracts": [contract(LITTLE)]},
    {"contracts": [contract(None, status="terminated")]},
    {"contracts": None, "planning": {"budget": {"amount": value(LITTLE)}}},
    {"contracts": [contract(None)], "planning": {"budget": {"amount": value(LITTLE)}}},
    {"tender": {"id": "T", "status": "cancelled"}},
    {"tender": {"id": "T", "value": value(LITTLE)}},
    {"tender": None, "planning": {"budget": {"amount": value(LITTLE)}}},
]


def test_a_large_sum_is_not_hidden(office, first):
    """Beside a small one, in two halves, in another currency, or in no figure at all."""
    for parts in HIDDEN:
        assert sent(office, said(office, release(**parts), first)).status_code == 403, parts


def test_what_a_release_changes_counts(office, first, second):
    """Cutting down, ending or taking away something large is as large as that."""
    whole = release(tender={"id": "T", "value": value(MUCH)}, contracts=[contract(MUCH)])
    published(office, whole, first, second)
    for parts in CHANGES:
        answer = sent(office, said(office, release(number="2", **parts), first))
        assert answer.status_code == 403, parts
    other = release(number="3", contracts=[contract(LITTLE, "C2")])
    assert sent(office, said(office, other, first)).status_code == 201


def test_the_correction_of_a_large_sum_needs_two(office, first, second):
    """Putting a small figure in the place of a large one takes the large one out of the sums."""
    large = payment("SP2D-1", MUCH)
    leaf = published(office, large, first, second)
    small = payment("SP2D-1", LITTLE)
    assert sent(office, said(office, small, first, replaces=leaf)).status_code == 403
    assert sent(office, said(office, small, first, second, replaces=leaf)).status_code == 201


def test_charges_that_cancel_out_are_not_nothing(office, first):
    """A payment that takes back as much as it charges moves both sums."""
    assert sent(office, said(office, payment("SP2D-1", LITTLE), first)).status_code == 201
    both = payment("SP2D-2", MUCH, f"-{MUCH}", LITTLE, reverses="SP2D-1")
    assert sent(office, said(office, both, first)).status_code == 403


def test_names_that_look_alike_are_one_office(office, first):
    """Case, blanks, width and unseen characters make no second office, by API or console."""
    again = Impostor(office, title=ALIKE[-1])
    body = release(tender={"id": "T", "value": value(MUCH)})
    assert sent(office, said(office, body, first, again)).status_code == 403
    for each in (first, again):
        assert each.sign_in().status_code == 303
    address, size = large_draft(first), office.log.size
    assert first.sign(address).headers["location"].endswith("/preview")
    assert "/sign" not in again.web.get(f"{address}/preview").text
    assert again.sign(address).status_code == 403
    assert office.log.size == size
    again.web.close()


def large_draft(officer: Impostor) -> str:
    """The address of a tender above the amount, fixed."""
    address = str(officer.send("/console/drafts", form="tender").headers["location"])
    assert officer.send(address, **{**ANSWERS, "value": MUCH}).status_code == 303
    return address


def test_different_offices_stay_different():
    """Only the way of writing is passed over, never a letter or a figure."""
    assert len(offices(ALIKE)) == 1
    assert len(offices(["PPK Jalan", "PPK Jalan 2", "PPKJalan", "KPA", "PPK Jálan"])) == 5


def test_the_console_asks_twice_for_the_end_of_a_large_tender(office, first, second):
    """The cancellation names no amount itself: what it cancels does."""
    published(office, release(tender={"id": "T", "value": value(MUCH)}), first, second)
    Follower(office.log, office.index).run()
    assert first.sign_in().status_code == 303
    page = first.send("/console/drafts", form="cancellation", ocid=f"{PREFIX}A")
    address, size = str(page.headers["location"]), office.log.size
    answers = {"status": "cancelled", "reason": "Anggaran dipotong", "step": "preview"}
    assert first.send(address, **answers).status_code == 303
    assert "dua pejabat" in first.web.get(f"{address}/sign").text
    assert first.sign(address).headers["location"].endswith("/preview")
    assert office.log.size == size
    assert second.sign_in().status_code == 303
    assert hidden(second.web.get(f"{address}/sign").text, "digest")
    assert second.sign(address).headers["location"].endswith("/done")
    assert len(office.log.record(size).entry.signatures) == 2
