"""Records signed by one gesture: each enters the log alone, is proved alone, and says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from audit.receipt_check import check_receipt
from audit.source import open_source
from audit.verify import verify
from ledger import deployment
from ledger.envelope import parse_statement
from ledger.gesture import gesture_over
from ledger.log import Refused, Submission
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from procurement.kinds import KINDS
from tests.web.impostors import Impostor
from tests.web.officers import ORG
from tests.web.publishers import Publisher, send


@pytest.fixture
def budgeteer(quiet_office: Any) -> Iterator[Impostor]:
    """An officer of the budget office with a passkey."""
    made = Impostor(quiet_office, title="Bidang Anggaran", roles=("budget",))
    yield made
    made.web.close()


def lines(officer: Impostor, *codes: str) -> list[Submission]:
    """Budget lines, all signed by one gesture of the officer."""
    office = officer.office
    publisher = Publisher(office, office.registrar, ORG)
    plain = [publisher.appropriation(code, org=ORG) for code in codes]
    tree = gesture_over([parse_statement(each.statement) for each in plain])
    made = officer.signature(tree.signed)
    return [
        Submission(each.statement, (tree.signature(index, made),), each.body)
        for index, each in enumerate(plain)
    ]


def test_records_of_a_batch_are_verified_alone_and_say_so(budgeteer):
    """Of three signed, two are published: both hold in `jejak verify`, in receipts and on pages."""
    office = budgeteer.office
    first, _kept_back, third = lines(budgeteer, "1.01", "1.02", "1.03")
    with office.client() as client:
        assert send(client, first, to="check").json()["refusals"] == []
        indices = [send(client, each).json()["index"] for each in (first, third, first)]
    assert indices[0] == indices[2]
    office.follow()
    with office.client("id") as reader, office.client("en") as abroad:
        address = f"/e/{indices[1]}"
        assert "bersama 2 catatan lain" in reader.get(address).text
        assert "together with 2 other records" in abroad.get(address).text
        assert reader.get(f"{address}.json").json()["signers"][0]["together"] == 2
    trust = deployment.read_trust(office.settings.trust)
    report = verify(open_source(office.settings.public), KINDS, trust=trust)
    told = "signed together with 2 other records in one gesture"
    assert report.holds
    assert f"remark, signatures: 2 like at entry {indices[0]}: {told}" in report.lines()
    receipt = check_receipt(format_receipt(make_receipt(office.log, indices[1])), trust)
    assert receipt.holds
    assert any(told in line for line in receipt.lines())


def test_one_office_publishes_no_batch_by_the_api_where_two_may_be_asked_for(office):
    """A record is small, but nobody knows what the others of its gesture come to."""
    officer = Impostor(office, title="Bidang Anggaran", roles=("budget",))
    small, _other = lines(officer, "1.01", "1.02")
    with office.client() as client:
        refused = send(client, small)
    assert refused.status_code == 403
    assert "two offices" in refused.text
    officer.web.close()


def test_a_record_that_was_not_in_the_batch_is_refused(budgeteer):
    """A signature moved to another record, and an enrolment in a list, enter no log."""
    office = budgeteer.office
    first, second = lines(budgeteer, "1.01", "1.02")
    (outsider,) = lines(budgeteer, "1.03", "1.04")[:1]
    moved = [
        Submission(outsider.statement, first.signatures, outsider.body),
        Submission(second.statement, first.signatures, second.body),
    ]
    size = office.log.size
    assert all(isinstance(each, Refused) for each in office.log.append(moved))
    assert office.log.size == size


def test_an_entry_of_a_batch_is_as_format_md_has_it(budgeteer):
    """Members in their sorted order, index and size in decimal."""
    (index, _other) = (
        each.index for each in budgeteer.office.log.append(lines(budgeteer, "1", "2"))
    )
    leaf = json.loads(budgeteer.office.log.record(index).leaf)
    (signature,) = leaf["signatures"]
    assert list(signature) == [
        "alg", "authenticator", "client", "index", "key", "path", "sig", "size"
    ]  # fmt: skip
    assert (signature["alg"], signature["index"], signature["size"]) == (
        "webauthn-es256-batch",
        "0",
        "2",
    )
