"""Signatures and canonical JSON against what others have published."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger import envelope, keys
from ledger.envelope import Ed25519Signature, format_base64
from ledger.errors import BadSignature, Malformed, Unacceptable
from tests.ledger.test_keys import spki


def accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    """Our verdict on a signature by a raw key, as it would stand in an entry."""
    der = spki(public)
    key = keys.PublicKey(keys.key_id(der), "ed25519", der)
    try:
        keys.verify_signature(
            message, Ed25519Signature(key=key.id, sig=format_base64(signature)), key
        )
    except BadSignature:
        return False
    return True


def openssl_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    """OpenSSL's own verdict."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_wycheproof_ed25519(shared_vectors: Path):
    """The published verdict on each of 151 signatures."""
    vectors = json.loads((shared_vectors / "wycheproof-ed25519/ed25519_test.json").read_bytes())
    counted: Counter[str] = Counter()
    for group in vectors["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        keys.check_public_key("ed25519", spki(public))
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            verdict = accepts(public, message, signature)
            assert verdict == (test["result"] == "valid"), test["tcId"]
            counted[test["result"]] += 1
    assert sum(counted.values()) == vectors["numberOfTests"] == 151
    assert set(counted) == {"valid", "invalid"}


def cctv(folder: Path) -> list[dict[str, Any]]:
    """The edge cases on which verifiers differ."""
    return json.loads((folder / "cctv-ed25519/ed25519vectors.json").read_bytes())


def unfit(public: bytes) -> bool:
    """Whether a key is refused when it is to be enrolled."""
    try:
        keys.check_public_key("ed25519", spki(public))
    except Unacceptable:
        return True
    return False


def test_cctv_signatures_are_judged_by_openssl_rule(shared_vectors: Path):
    """208 of the 914 pass, those that OpenSSL accepts."""
    listed = cctv(shared_vectors)
    accepted = 0
    for case in listed:
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        message = case["msg"].encode()
        verdict = accepts(public, message, signature)
        assert verdict == openssl_accepts(public, message, signature), case["number"]
        accepted += verdict
    assert (len(listed), accepted) == (914, 208)


def test_cctv_keys_of_small_order_or_second_spelling_are_not_enrolled(shared_vectors: Path):
    """Exactly the keys that are flagged so; no key that is enrolled has a rogue spelling."""
    for case in cctv(shared_vectors):
        flags = set(case["flags"] or ())
        expected = bool(flags & {"low_order_A", "non_canonical_A"})
        assert unfit(bytes.fromhex(case["key"])) == expected, case["number"]


def test_cctv_enrolled_keys_leave_only_harmless_differences(shared_vectors: Path):
    """With an enrolled key every signature accepted has a canonical R."""
    for case in cctv(shared_vectors):
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        if not unfit(public) and accepts(public, case["msg"].encode(), signature):
            assert "non_canonical_R" not in (case["flags"] or ()), case["number"]


JCS = ("arrays", "french", "structures", "unicode", "values", "weird")


@pytest.mark.parametrize("name", JCS)
def test_reference_library_passes_the_published_canonical_forms(shared_vectors: Path, name: str):
    """Our envelopes are compared with this library, so it must itself be right."""
    folder = shared_vectors / "jcs-rfc8785"
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    expected = bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())
    assert rfc8785.dumps(value) == expected


@pytest.mark.parametrize("name", JCS)
def test_canonical_json_that_is_no_envelope_is_malformed(shared_vectors: Path, name: str):
    """Canonical form alone does not make a statement or an entry."""
    expected = (shared_vectors / "jcs-rfc8785" / "output" / f"{name}.json").read_bytes()
    for parse in (envelope.parse_statement, envelope.parse_entry):
        with pytest.raises(Malformed):
            parse(expected)
