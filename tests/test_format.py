"""The worked example of docs/format.md: what a stranger reads there is what we do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from ledger import merkle, note
from ledger.body import digest, parse_body
from ledger.envelope import (
    BatchSignature,
    Ed25519Signature,
    parse_entry,
    parse_statement,
    signed_bytes,
)
from ledger.errors import BadSignature
from ledger.gesture import gesture_over
from ledger.keys import PublicKey, SigningKey, key_id, verify_signature
from ledger.stateproof import log_id, root_at_slot

PAGE = Path(__file__).parent.parent / "docs" / "format.md"
REGISTRAR = SigningKey(bytes(range(32)))
LOG = note.Signer("jejak.example", bytes(reversed(range(32))))


@pytest.fixture(scope="module")
def blocks() -> list[str]:
    """The code blocks of the example, in order."""
    example = PAGE.read_text().partition("\n## 15.")[2]
    return [block.rstrip("\n") for block in re.findall(r"```\n(.*?)```", example, re.DOTALL)]


def test_entries_of_the_example_are_signed_and_chained(blocks: list[str]) -> None:
    """Each leaf names its body and the leaf before, and bears the registrar's signature."""
    before = "0" * 64
    for body, leaf, hashed in (blocks[:3], blocks[3:6]):
        entry = parse_entry(leaf.encode())
        assert (entry.prev, entry.statement.body) == (before, digest(body.encode()))
        assert parse_body(body.encode())["salt"]
        (signature,) = entry.signatures
        verify_signature(signed_bytes(entry.statement), signature, REGISTRAR.public)
        assert signature == REGISTRAR.sign(entry.statement)
        assert isinstance(signature, Ed25519Signature)
        assert merkle.leaf_hash(leaf.encode()).hex() == hashed
        before = hashed


def test_checkpoint_of_the_example_is_the_logs(blocks: list[str]) -> None:
    """The note is signed by the vkey and holds the root over both leaf hashes."""
    vkey, signed = blocks[6], (blocks[7] + "\n").encode()
    assert vkey == note.format_vkey(LOG.verifier())
    checkpoint = note.open_checkpoint(signed, LOG.name, [note.parse_vkey(vkey)])
    leaves = [bytes.fromhex(blocks[2]), bytes.fromhex(blocks[5])]
    assert checkpoint == note.Checkpoint(LOG.name, 2, merkle.node_hash(*leaves))
    merkle.verify_inclusion(0, 2, leaves[0], [leaves[1]], checkpoint.root)


def test_slot_of_the_example_is_the_contracts(blocks: list[str]) -> None:
    """Log id and storage slot are those of the formulas."""
    identifier = log_id(LOG.name, 0)
    assert blocks[8:10] == [identifier.hex(), root_at_slot(identifier, 2).hex()]


def _sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def test_batch_of_the_example_is_what_a_stranger_computes(blocks: list[str]) -> None:
    """By SHA-256 and the words of section 4 alone: leaves, root, signed text, challenge, path."""
    statements, text, _public, signature = blocks[10:]
    leaves = [
        _sha256(b"\x00jejak/statement/1\n" + each.encode()) for each in statements.splitlines()
    ]
    left = _sha256(b"\x01" + leaves[0] + leaves[1])
    root = _sha256(b"\x01" + left + leaves[2])
    assert text == f"jejak/batch/1\n3\n{root.hex()}"
    said = json.loads(signature)
    client = json.loads(base64.b64decode(said["client"]))
    assert base64.urlsafe_b64decode(client["challenge"] + "=") == _sha256(text.encode())
    assert (said["index"], said["size"]) == ("2", "3")
    assert [base64.b64decode(each) for each in said["path"]] == [left]


def test_batch_of_the_example_verifies_for_its_record_alone(blocks: list[str]) -> None:
    """The signature is good for the third statement, by the enrolled key, and for no other."""
    listed, text, public, signature = blocks[10:]
    statements = [parse_statement(each.encode()) for each in listed.splitlines()]
    der = base64.b64decode(public)
    origin = "https://jejak.example"
    key = PublicKey(key_id(der), "webauthn-es256", der, "jejak.example", origin)
    made = msgspec.json.decode(signature, type=BatchSignature)
    assert gesture_over(statements).signed == text.encode()
    verify_signature(signed_bytes(statements[2]), made, key)
    for other, by in ((statements[0], key), (statements[2], replace(key, origin=origin + ".id"))):
        with pytest.raises(BadSignature):
            verify_signature(signed_bytes(other), made, by)
