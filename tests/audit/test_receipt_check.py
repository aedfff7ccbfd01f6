"""A receipt proves one entry off line, says what it cannot prove, and cannot be changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from audit.receipt_check import check_receipt
from ledger import merkle
from ledger.envelope import parse_entry, signed_bytes
from ledger.errors import Malformed
from ledger.receipt import Proof, Receipt, format_proof, format_receipt
from ledger.rlp import format_integer, format_rlp
from ledger.stateproof import log_id, root_at_slot
from ledger.trust import ValidatorRange
from tests.audit import simulator
from tests.audit.simulator import (
    CHAIN_ID,
    CONTRACT,
    ORIGIN,
    REGISTRARS,
    SIGNER,
    THIEF,
    TREASURY,
    Operator,
    altered,
)
from tests.ledger.test_keys import ENROLLED, Assertion, challenge_of

SIZE, INDEX = 20, 11
CODE = keccak(b"the contract's code")


def anchor(size: int, root: bytes, log: bytes = simulator.LOG_ID) -> dict:
    """A state proof of a chain with one contract that holds one root."""

    def leaf(key: bytes, value: bytes) -> bytes:
        return format_rlp([b"\x20" + keccak(key), value])

    storage = leaf(root_at_slot(log, size), format_rlp(root.lstrip(b"\0")))
    contract = bytes.fromhex(CONTRACT[2:])
    account = leaf(contract, format_rlp([b"\x01", b"", keccak(storage), CODE]))
    header = format_rlp(
        [bytes(32), bytes(32), bytes(20), keccak(account), bytes(32), bytes(32), bytes(256), b""]
        + [format_integer(each) for each in (7, 30_000_000, 100_000, 1_770_000_000)]
        + [b"", bytes(32), bytes(8)]
    )
    return {
        "chainId": CHAIN_ID,
        "contract": CONTRACT,
        "logId": "0x" + log.hex(),
        "size": size,
        "root": "0x" + root.hex(),
        "transaction": "0x" + "aa" * 32,
        "block": 7,
        "blockHash": "0x" + keccak(header).hex(),
        "header": "0x" + header.hex(),
        "accountProof": ["0x" + account.hex()],
        "storageProof": ["0x" + storage.hex()],
    }


@pytest.fixture(scope="module")
def log() -> Operator:
    """A small genuine log."""
    log = simulator.founded()
    simulator.add_payments(log, SIZE - len(log.drafts))
    return log


def receipt_of(log: Operator, index: int, signer=SIGNER, known=None) -> Receipt:
    """The genuine receipt of an entry; `known` are more public keys by id."""
    leaves = log.leaves()
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    root = merkle.root(hashes)

    def node(level: int, at: int) -> bytes:
        return merkle.root(hashes[at << level : (at + 1) << level])

    path = tuple(merkle.inclusion_proof(index, SIZE, node))
    proof = Proof(index, path, simulator.note(signer, SIZE, root))
    known = {key.id: key.public.der for key in (TREASURY, *REGISTRARS)} | (known or {})
    return Receipt(
        index,
        leaves[index],
        log.drafts[index].body,
        format_proof(proof),
        anchor(SIZE, root),
        tuple(known[each.key] for each in log.drafts[index].signatures),
    )


@pytest.fixture(scope="module")
def genuine(log) -> Receipt:
    """The receipt of a payment."""
    return receipt_of(log, INDEX)


@pytest.fixture(scope="module")
def trust(log):
    """The trust file, the contract's code pinned too."""
    return replace(log.trust(), code_hash="0x" + CODE.hex())


def checked(receipt, trust):
    """The report about a receipt."""
    return check_receipt(format_receipt(receipt), trust)


def failed(report) -> set:
    """The names of the checks that failed."""
    return {check.name for check in report.checks if check.failed}


def test_genuine(genuine, trust):
    """Everything holds; what one receipt cannot show is said."""
    report = checked(genuine, trust)
    assert list(report.lines())[-1] == "receipt: holds"
    assert (report.exit, report.pinned, report.size) == (0, True, SIZE)
    assert all(check.checked and not check.failed for check in report.checks)
    assert any("who held the signers' keys" in each for each in report.unchecked)
    assert any("block 7" in each for each in report.unchecked)
    assert report.newest_independent_time is None


def test_without_trust_file(genuine):
    """Without a trust file a receipt is consistent with itself, no more."""
    report = checked(genuine, None)
    assert report.holds
    assert list(report.lines())[-1].startswith("receipt: consistent with itself")
    assert any("who signed the checkpoint" in each for each in report.unchecked)
    assert any("contract" in each for each in report.unchecked)


def test_founding_entry(log, trust):
    """Entry 0 brings its registrars, and the trust file names it: nothing is left open of them."""
    report = checked(replace(receipt_of(log, 0), keys=()), trust)
    assert report.holds
    assert report.checks[2].checked == 2
    assert not any("held" in each for each in report.unchecked)


@pytest.mark.parametrize(
    ("parts", "unchecked"),
    [
        ({"keys": ()}, "no key to check it"),
        ({"body": None}, "the body"),
        ({"anchor": None}, "only the log's key speaks"),
    ],
)
def test_parts_left_out(genuine, trust, parts, unchecked):
    """A part that is left out is named as not checked."""
    report = checked(replace(genuine, **parts), trust)
    assert report.holds
    assert any(unchecked in each for each in report.unchecked)


def test_body(genuine, trust):
    """Another body."""
    other = replace(genuine, body=genuine.body.replace(b"10.00", b"19.00"))
    assert failed(checked(other, trust)) == {"body"}


def test_statement(genuine, trust):
    """Another statement: neither signature nor inclusion holds."""
    other = replace(genuine, entry=altered(genuine.entry, org="ID-OTHER"))
    assert failed(checked(other, trust)) == {"signatures", "inclusion"}


def test_entry_out_of_form(genuine, trust):
    """An entry out of form."""
    other = replace(genuine, entry=b" " + genuine.entry)
    assert failed(checked(other, trust)) == {"form", "inclusion"}


def test_index(genuine, trust):
    """Another place in the log."""
    assert failed(checked(replace(genuine, index=INDEX + 1), trust)) == {"inclusion"}


def test_another_log_key(log, genuine, trust):
    """A checkpoint that the trusted key has not signed."""
    assert failed(checked(receipt_of(log, INDEX, THIEF), trust)) == {"checkpoint"}


def test_another_log(genuine, trust):
    """A receipt of another log."""
    other = replace(trust, origin="other.example")
    assert failed(checked(genuine, other)) == {"checkpoint", "anchor"}


def test_unfit_key(genuine, trust):
    """A key that could never have been enrolled."""
    assert failed(checked(replace(genuine, keys=(b"\x30\x00",)), trust)) == {"form"}


def test_proof_out_of_form(genuine, trust):
    """A proof that is none."""
    assert "inclusion" in failed(checked(replace(genuine, proof="x"), trust))


def test_root_is_not_the_entries(log, trust):
    """A rewritten tree signed with the stolen log key is not the one that was anchored."""
    forged = log.copy()
    forged.drafts[3] = forged.drafts[2]
    receipt = replace(receipt_of(forged, INDEX), anchor=receipt_of(log, INDEX).anchor)
    assert failed(checked(receipt, trust)) == {"anchor"}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("chainId", 1),
        ("contract", "0x" + "00" * 20),
        ("size", SIZE - 1),
        ("root", "0x" + "11" * 32),
        ("block", 8),
        ("blockHash", "0x" + "11" * 32),
        ("logId", "0x" + "11" * 32),
        ("accountProof", []),
        ("storageProof", []),
    ],
)
def test_anchor_changed(genuine, trust, member, value):
    """No member of the anchor that proves something can be changed."""
    other = replace(genuine, anchor={**genuine.anchor, member: value})
    assert failed(checked(other, trust)) == {"anchor"}


def test_later_epoch(log, genuine, trust):
    """The anchor may stand under the id of a later epoch."""
    root = bytes.fromhex(genuine.anchor["root"][2:])
    later = replace(genuine, anchor=anchor(SIZE, root, log_id(ORIGIN, 3)))
    assert checked(later, trust).holds


def test_another_code(genuine, trust):
    """A contract with other code proves nothing."""
    other = replace(trust, code_hash="0x" + "00" * 32)
    assert failed(checked(genuine, other)) == {"anchor"}


def test_unsealed(genuine, trust):
    """Where validators are pinned for the block, their seals are asked for."""
    pinned = replace(trust, validators=(ValidatorRange(0, None, ("0x" + "11" * 20,)),))
    assert failed(checked(genuine, pinned)) == {"anchor"}


def test_not_a_receipt(trust):
    """A file that is no receipt is the user's mistake, not failed evidence."""
    with pytest.raises(Malformed):
        check_receipt(b"{}", trust)


@given(st.data())
def test_no_byte_can_be_changed(genuine, trust, data):
    """Any one changed character is refused, fails, or stands where nothing is claimed."""
    raw = bytearray(format_receipt(genuine))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(
        st.sampled_from(b'0123456789abcdefABZ{}":,/+=\n').filter(lambda each: each != raw[at])
    )
    try:
        report = check_receipt(bytes(raw), trust)
    except Malformed:
        return
    if report.holds:
        said, meant = json.loads(raw), json.loads(format_receipt(genuine))
        # The transaction is only a pointer; a line of an unknown note key says nothing; a key that
        # signed nothing neither.
        assert said["anchor"].pop("transaction") != meant["anchor"].pop("transaction") or (
            said == meant or said["keys"] != meant["keys"]
        )


def passkey_receipt(log: Operator, **changes) -> Receipt:
    """The receipt of a payment that a passkey signed."""
    entry = parse_entry(log.leaves()[INDEX])
    challenge = challenge_of(signed_bytes(entry.statement))
    assertion = replace(Assertion(challenge=challenge), **changes).signature()
    forged = log.copy()
    forged.drafts[INDEX] = replace(forged.drafts[INDEX], signatures=(assertion,))
    receipt = receipt_of(forged, INDEX, known={ENROLLED.id: ENROLLED.der})
    return replace(receipt, anchor=None)


def test_passkey(log, trust):
    """Challenge, flags and signature are checked; for which site it is enrolled stays open."""
    report = checked(passkey_receipt(log), trust)
    assert report.holds
    assert report.checks[2].checked == 1
    assert any("the site that key" in each for each in report.unchecked)


@pytest.mark.parametrize(
    "changes",
    [
        {"challenge": challenge_of(b"another statement")},
        {"rp": "evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "about:blank"},
        {"flags": 1},
        {"kind": "webauthn.create"},
        {"key": ec.derive_private_key(99, ec.SECP256R1())},
    ],
)
def test_wrong_passkey(log, trust, changes):
    """One thing wrong in an assertion, and the signature fails."""
    assert failed(checked(passkey_receipt(log, **changes), trust)) == {"signatures"}
