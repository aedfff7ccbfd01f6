"""Receipts and tlog-proofs are strict, and read back as they were written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.note import Signer, format_note, sign_note
from ledger.receipt import (
    Proof,
    Receipt,
    format_proof,
    format_receipt,
    parse_proof,
    parse_receipt,
)

NOTE = format_note(
    sign_note("log.example\n3\n" + "A" * 43 + "=\n", Signer("log.example", bytes(32)))
)
PROOF = Proof(2, (bytes(32), bytes(range(32))), NOTE)
ANCHOR = {
    "chainId": 1337,
    "contract": "0x" + "cd" * 20,
    "logId": "0x" + "ab" * 32,
    "size": 3,
    "root": "0x" + "01" * 32,
    "transaction": "0x" + "02" * 32,
    "block": 7,
    "blockHash": "0x" + "03" * 32,
    "header": "0xc0",
    "accountProof": ["0xc0"],
    "storageProof": [],
}
RECEIPT = Receipt(2, b"entry", b"body", format_proof(PROOF), ANCHOR, (b"key",))


def changed(**members):
    """The receipt with these members set."""
    return json.dumps(json.loads(format_receipt(RECEIPT)) | members).encode()


@pytest.mark.parametrize("receipt", [RECEIPT, Receipt(0, b"e", None, "")])
def test_receipt_round_trip(receipt):
    """What format writes, parse reads; `keys` is left out when there are none."""
    raw = format_receipt(receipt)
    assert parse_receipt(raw) == receipt
    assert (b'"keys"' in raw) == bool(receipt.keys)


@pytest.mark.parametrize("extra", [None, b"", b"more"])
def test_proof_round_trip(extra):
    """The note stands in the proof byte for byte, em dash and signatures included."""
    proof = Proof(2, PROOF.hashes, NOTE, extra)
    assert parse_proof(format_proof(proof)) == proof


@pytest.mark.parametrize(
    "members",
    [
        {"format": "jejak/receipt/2"},
        {"index": -1},
        {"index": 1.0},
        {"index": True},
        {"entry": None},
        {"entry": "A"},
        {"entry": "A" * 4 * 6000},
        {"body": 1},
        {"proof": None},
        {"proof": "\ud800"},
        {"proof": "x" * 200_000},
        {"anchor": {}},
        {"anchor": ANCHOR | {"more": 1}},
        {"keys": None},
        {"keys": ["AA=="] * 9},
        {"keys": ["A" * 2000]},
        {"more": 1},
    ],
)
def test_receipt_out_of_form(members):
    """A receipt out of form is refused."""
    with pytest.raises(Malformed):
        parse_receipt(changed(**members))


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"1" * 10_000, b'{"format":1,"format":1}'])
def test_hostile_json(raw):
    """Nesting, endless digits and duplicate members are refused as Malformed."""
    with pytest.raises(Malformed):
        parse_receipt(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex +1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\n0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + ("A" * 43 + "=\n") * 64 + "\nnote\n",
    ],
)
def test_proof_out_of_form(text):
    """A proof out of form is refused."""
    with pytest.raises(Malformed):
        parse_proof(text)


@given(st.binary(max_size=300))
def test_receipt_only_malformed(raw):
    """No bytes make the parser raise anything but Malformed."""
    with pytest.raises(Malformed):
        parse_receipt(raw)


@given(st.text(max_size=100), st.integers(0, 200), st.integers(0, 20))
def test_proof_only_malformed(text, start, length):
    """A proof with anything spliced in either reads as itself or is Malformed."""
    whole = format_proof(PROOF)
    spliced = whole[:start] + text + whole[start + length :]
    try:
        assert format_proof(parse_proof(spliced)) == spliced
    except Malformed:
        return


@given(
    st.sampled_from(["format", "index", "entry", "body", "proof", "anchor", "keys"]),
    st.none()
    | st.integers()
    | st.text(max_size=50)
    | st.lists(st.text(max_size=8), max_size=3)
    | st.dictionaries(st.sampled_from(sorted(ANCHOR)), st.integers() | st.text(max_size=8)),
)
def test_any_member_value(name, value):
    """Any value of any member either reads or is Malformed."""
    try:
        parse_receipt(changed(**{name: value}))
    except Malformed:
        return
