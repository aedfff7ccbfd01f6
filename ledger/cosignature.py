"""C2SP tlog-cosignature, Ed25519 (cosignature/v1, key type 0x04): a witness's line on a checkpoint.

The line's payload is 8 bytes of POSIX seconds, big-endian, and a signature over

    cosignature/v1
    time <seconds>
    <the whole text of the checkpoint>

It says: of all trees of this origin that I have seen, this is the largest, and the others were its
beginnings. Lines of other types, such as ML-DSA, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import BadSignature, Malformed
from ledger.note import (
    ED25519,
    Note,
    SignatureLine,
    Signer,
    Verifier,
    format_vkey,
    key_id,
    parse_vkey,
)

COSIGNATURE = 0x04
MAX_SECONDS = 2**63 - 1

_TIME = 8
_PAYLOAD = _TIME + 64


def cosigner(signer: Signer) -> Verifier:
    """The public half of a witness's key, under the id of its type."""
    public = signer.verifier().public
    return Verifier(signer.name, key_id(signer.name, public, COSIGNATURE), public)


def parse_cosigner(text: str) -> Verifier:
    """A witness's vkey of type 0x04; one of type 0x01 names the same key. Raises Malformed."""
    try:
        return parse_vkey(text, COSIGNATURE)
    except Malformed:
        plain = parse_vkey(text, ED25519)
        return Verifier(plain.name, key_id(plain.name, plain.public, COSIGNATURE), plain.public)


def format_cosigner(verifier: Verifier) -> str:
    """The text of a witness's vkey."""
    return format_vkey(verifier, COSIGNATURE)


def cosign(text: str, signer: Signer, seconds: int) -> SignatureLine:
    """A witness's line on the text of a checkpoint, at a time of 1 to 2^63-1 POSIX seconds."""
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(_signed(text, seconds))
    payload = seconds.to_bytes(_TIME, "big") + signature
    return SignatureLine(signer.name, cosigner(signer).key_id, payload)


def verify_cosignatures(note: Note, witnesses: Iterable[Verifier]) -> dict[Verifier, int]:
    """When each known witness signed, in POSIX seconds; its newest line counts.

    One failing line of a known witness refuses. Raises BadSignature.
    """
    known = {(each.name, each.key_id): each for each in witnesses}
    found: dict[Verifier, int] = {}
    for line in note.signatures:
        witness = known.get((line.name, line.key_id))
        if witness is not None:
            seconds = verify_cosignature(note.text, line, witness)
            found[witness] = max(seconds, found.get(witness, 0))
    return found


def verify_cosignature(text: str, line: SignatureLine, witness: Verifier) -> int:
    """The POSIX seconds at which a witness signed. Raises BadSignature."""
    seconds = int.from_bytes(line.signature[:_TIME], "big")
    if len(line.signature) != _PAYLOAD or not 0 < seconds <= MAX_SECONDS:
        raise BadSignature(f"cosignature of {line.name!r} is out of form")
    try:
        key = Ed25519PublicKey.from_public_bytes(witness.public)
        key.verify(line.signature[_TIME:], _signed(text, seconds))
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"cosignature of {line.name!r} does not verify") from error
    return seconds


def _signed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
