"""The signature of an audit report: a C2SP signed note about the bytes of `report.json`. Pure.

    jejak/report/1
    <origin of the log>
    <base64 SHA-256 of report.json>

    — <key id> <signature>

It is signed by an auditor's own key of Jejak, whose id is the name of the note's key.
"""

from __future__ import annotations

import base64
from hashlib import sha256

from audit.report_facts import FORMAT
from ledger.errors import BadSignature, Malformed
from ledger.keys import PublicKey, SigningKey
from ledger.note import Signer, Verifier, format_note, key_id, parse_note, sign_note, verify_note

FILE = "report.note"
"""Beside `report.json`."""

_RAW = 32


def sign_report(raw: bytes, origin: str, key: SigningKey) -> bytes:
    """The note that a key signs about the bytes of a report."""
    return format_note(sign_note(_text(raw, origin), Signer(key.id, key.seed)))


def signer_of(note: bytes) -> str:
    """The id of the key that a note says has signed it. Raises Malformed."""
    signatures = parse_note(note).signatures
    if len(signatures) != 1:
        raise Malformed(f"a report is signed by one key, not by {len(signatures)}")
    return signatures[0].name


def verify_report(note: bytes, raw: bytes, origin: str, key: PublicKey) -> None:
    """The note is signed by this key, and about these bytes. Raises Malformed, BadSignature."""
    if key.alg != "ed25519":
        raise BadSignature("a report is signed with an Ed25519 key, not with a passkey")
    public = key.der[-_RAW:]
    found = parse_note(note)
    verify_note(found, [Verifier(key.id, key_id(key.id, public), public)])
    if found.text != _text(raw, origin):
        raise BadSignature("the signature is about another report", "ask who signed it for his own")


def _text(raw: bytes, origin: str) -> str:
    return f"{FORMAT}\n{origin}\n{base64.b64encode(sha256(raw).digest()).decode()}\n"
