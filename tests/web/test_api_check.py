"""Checking by the API: every reason at once, the rules that would break, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from ledger import deployment
from ledger.log import Submission
from tests.web.publishers import ORG, Publisher, number, payment_body, send
from tests.web.sites import Deployed, found, served

LINE = f"{ORG}/2026/9.1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A town with one line of 1,000."""
    with served(found(tmp_path_factory.mktemp("check"))) as deployed:
        budget = Publisher(deployed, deployed.key(ORG, "budget"))
        deployed.log.append_one(budget.appropriation("9.1"))
        deployed.follow()
        yield deployed


@pytest.fixture(scope="module")
def treasury(site: Deployed) -> Publisher:
    """The town's treasury."""
    return Publisher(site, site.key(ORG, "treasury"))


@pytest.fixture
def client(site: Deployed) -> Iterator[httpx.Client]:
    """A program that checks; nothing is recorded while it does."""
    site.follow()
    size = site.log.size
    with site.client() as client:
        yield client
    assert site.log.size == size


def overpaying(treasury: Publisher, **said) -> Submission:
    """A payment of 1,500 from the line of 1,000."""
    items = [{"line": {"id": LINE}, "amount": {"amount": "1500.00", "currency": "IDR"}}]
    name = number()
    body = payment_body(name, items=items)
    return treasury.signed(body, "budget/payment", name, **said)


def check(client: httpx.Client, submission: Submission) -> dict:
    """What the check says, which is always an answer of 200."""
    answer = send(client, submission, "check")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said: dict = answer.json()
    return said


def test_what_is_in_order(site, treasury, client):
    """A publication that nothing speaks against: acceptable, signed, no refusal, no warning."""
    said = check(client, treasury.payment(number()))
    assert (said["acceptable"], said["signed"]) == (True, True)
    assert said["refusals"] == said["warnings"] == said["marks"] == []
    assert (said["size"], said["position"]) == (site.log.size, site.log.size)
    assert said["notComputable"] == ""


def test_a_rule_that_would_break_warns_and_refuses_nothing(client, treasury, site):
    """Money rules never refuse: the check names the rule, its figures and the entry to come."""
    said = check(client, overpaying(treasury))
    assert said["acceptable"] is True
    (found,) = [each for each in said["warnings"] if each["code"] == "line-overpaid"]
    assert (found["status"], found["subject"], found["standing"]) == ("broken", LINE, False)
    sums = {each["name"]: each["amount"]["amount"] for each in found["figures"]}
    assert sums == {"available": "1000.00", "paid": "1500.00"}
    assert site.log.size in found["entries"]


def test_a_draft_is_checked_before_anybody_signs(client, treasury):
    """Without signatures the same warnings come, and the answer says that nobody has signed."""
    signed = overpaying(treasury)
    said = check(client, replace(signed, signatures=()))
    assert (said["acceptable"], said["signed"]) == (True, False)
    assert "line-overpaid" in {each["code"] for each in said["warnings"]}


def test_a_draft_that_nobody_could_sign(client, treasury):
    """No key of that organisation has the role: said before the officer tries."""
    draft = treasury.payment(number(), org="ID-NOBODY", signers=[])
    said = check(client, draft)
    assert said["acceptable"] is False
    assert [each["code"] for each in said["refusals"]] == ["not-authorised"]


def test_all_reasons_come_at_once(client, treasury):
    """Another log, another time, another body and a bad signature: four refusals, not the first."""
    signed = treasury.payment("SP2D-ALL", log="other.example", time="2999-01-01T00:00:00Z")
    moved = treasury.payment(number()).signatures
    said = check(client, Submission(signed.statement, moved, payment_body("SP2D-ALL")))
    codes = [each["code"] for each in said["refusals"]]
    assert sorted(codes) == ["bad-signature", "unacceptable", "unacceptable"]
    assert "other.example" in json.dumps(said["refusals"])
    assert said["warnings"] is None
    assert said["marks"] is None
    assert said["notComputable"]


def test_what_cannot_be_read_further_is_one_reason(client, treasury):
    """A body out of form is a refusal like any other, with its remedy."""
    body = deployment.body_bytes({"id": "x"})
    said = check(client, treasury.signed(body, "budget/payment", "x"))
    assert [each["code"] for each in said["refusals"]] == ["unacceptable"]
    said = check(client, treasury.signed(b"{", "budget/payment", "x"))
    assert [each["code"] for each in said["refusals"]] == ["malformed"]
    said = check(client, treasury.signed(body, "budget/magic", "x"))
    assert "unknown kind" in said["refusals"][0]["detail"]


def test_what_is_published_already_is_shown(site, treasury):
    """The check of a repeated publication names the entry it is."""
    submission = treasury.payment(number())
    with site.client() as client:
        first = send(client, submission).json()
        said = check(client, submission)
    assert said["published"] == {**first, "repeated": True}
    assert said["acceptable"] is True


def test_what_is_checked_can_be_published(site, treasury):
    """What the check finds acceptable is recorded, and what it warns of is then found."""
    submission = overpaying(treasury)
    with site.client() as client:
        said = check(client, submission)
        assert send(client, submission).status_code == 201
        site.follow()
        found = client.get("/findings/line-overpaid.json").json()
    assert said["warnings"][0]["subject"] == found["findings"][0]["subject"]
