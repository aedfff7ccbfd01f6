"""The receipt page and the files it offers."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from ledger.body import parse_body
from ledger.merkle import leaf_hash
from ledger.receipt import parse_receipt

MOVED = "ocds-xsgr00-PUPR-2025-006"


def test_the_files_of_a_receipt_are_the_exact_bytes(district, addresses):
    """Entry and body are downloaded byte for byte; the receipt holds both."""
    index = int(addresses["receipt"].rpartition("/")[2])
    record = district.log.record(index)
    with district.client() as client:
        entry = client.get(f"/e/{index}.entry.json")
        body = client.get(f"/e/{index}.body.json")
        receipt = client.get(f"/e/{index}.receipt.json")
    assert entry.content == record.leaf
    assert body.content == record.body
    assert "attachment" in body.headers["content-disposition"]
    parsed = parse_receipt(receipt.content)
    assert (parsed.index, parsed.entry, parsed.body) == (index, record.leaf, record.body)
    assert parsed.anchor is not None


def test_what_the_page_says_can_be_computed(district, addresses):
    """The hashes on the page are those of the bytes."""
    with district.client() as client:
        twin = json.loads(client.get(f"{addresses['receipt']}.json").content)
    record = district.log.record(twin["index"])
    assert twin["leafHash"] == leaf_hash(record.leaf).hex()
    assert twin["body"] == hashlib.sha256(record.body).hexdigest()
    assert twin["bodySize"] == len(record.body)
    assert twin["proof"]["size"] > twin["index"]


def test_the_office_that_signed_is_named(district, addresses):
    """A payment names the treasury's office, its institution and what it may sign."""
    with district.client() as client:
        twin = json.loads(client.get(f"{addresses['receipt']}.json").content)
        page = BeautifulSoup(client.get(addresses["receipt"]).text, "html5lib").get_text(" ")
    (signer,) = twin["signers"]
    assert signer["known"]
    assert "treasury" in signer["roles"]
    assert signer["office"] in page
    assert signer["org"]["name"] in page


def test_a_correction_and_what_it_corrects_name_each_other(district):
    """Both receipts link to the other."""
    with district.client() as client:
        corrections = [
            record.index
            for record in district.log.records()
            if record.entry.statement.replaced is not None
        ]
        assert corrections
        for index in corrections:
            corrected = json.loads(client.get(f"/e/{index}.json").content)["replaces"]
            twin = json.loads(client.get(f"/e/{corrected}.json").content)
            assert twin["replacedBy"] == index
            assert f'href="/e/{index}"' in client.get(f"/e/{corrected}").text


def test_a_note_leads_to_what_it_is_about(district):
    """The inspectorate's note links to the entries it speaks of."""
    note = next(
        record.index for record in district.log.records() if record.entry.statement.kind == "note"
    )
    with district.client() as client:
        about = json.loads(client.get(f"/e/{note}.json").content)["about"]
        page = client.get(f"/e/{note}").text
    assert about
    for index in about:
        assert f'href="/e/{index}"' in page


def test_every_kind_of_entry_has_a_page(district):
    """One entry of each kind answers in both languages."""
    kinds = {}
    for record in district.log.records():
        kinds.setdefault(record.entry.statement.kind, record.index)
    for language in ("id", "en"):
        with district.client(language) as client:
            for index in kinds.values():
                assert client.get(f"/e/{index}").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("id", "sebelum dan sesudahnya"), ("en", "before and after")]
)
def test_a_release_that_changed_a_tender_leads_to_what_it_changed(district, language, words):
    """Its receipt links to the table of the process, which has it; twins say the same."""
    with district.client(language) as client:
        process = json.loads(client.get(f"/process/{MOVED}.json").content)
        (change,) = [each for each in process["changes"] if each["what"] == "until"]
        told = json.loads(client.get(f"/e/{change['index']}.json").content)
        page = BeautifulSoup(client.get(f"/e/{change['index']}").text, "html5lib")
        first = json.loads(client.get(f"/e/{process['entries'][-1]['index']}.json").content)
        link = page.find("a", string=lambda text: text and words in text)["href"]
        table = BeautifulSoup(client.get(link).text, "html5lib").find(id=urlsplit(link).fragment)
    assert told["changes"] == [change]
    assert told["changesPage"] == f"/process/{MOVED}#berubah"
    assert urlsplit(link).path == f"/process/{MOVED}"
    row = table.find_parent("section").find("a", href=re.compile(rf"^/e/{change['index']}\b"))
    assert row is not None
    assert (first["changes"], first["changesPage"]) == ([], None)


def test_a_reversal_leads_to_the_payment_that_it_takes_back(district):
    """Each of the two receipts links to the other, by the payment's number."""
    reversal, payment = next(
        (record.index, parse_body(record.body)["reverses"])
        for record in district.log.records()
        if record.entry.statement.kind == "budget/payment"
        and record.body
        and parse_body(record.body).get("reverses")
    )
    with district.client() as client:
        details = json.loads(client.get(f"/e/{reversal}.json").content)["details"]
        (said,) = [each for each in details if each["name"] == "reverses"]
        assert f'href="{said["page"]}"' in client.get(f"/e/{reversal}").text
        reversed_ = json.loads(client.get(f"{said['page']}.json").content)
    assert {"name": "paymentId", "text": payment}.items() <= next(
        each for each in reversed_["details"] if each["name"] == "paymentId"
    ).items()
    back = [each["page"] for each in reversed_["details"] if each["name"] == "reversedBy"]
    assert back == [f"/e/{reversal}"]
