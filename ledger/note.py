"""C2SP signed notes and checkpoints, Ed25519 signature lines (type 0x01).

<text, ending in a newline>
<empty line>
— <key name> <base64 of key id (4 bytes) || signature>
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.envelope import parse_base64
from ledger.errors import BadSignature, Malformed

ED25519 = 0x01
MAX_NOTE = 64 * 1024
MAX_LINES = 64
MAX_SIZE = 2**63 - 1

_DASH = "— "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX8 = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class SignatureLine:
    """One signature line: the key's name, its 4-byte id, and what follows the id."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A signed text and its signature lines, in order."""

    text: str
    signatures: tuple[SignatureLine, ...]


@dataclass(frozen=True)
class Verifier:
    """A note key: `name`, 4-byte `key_id`, 32-byte Ed25519 `public` key."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True)
class Signer:
    """A note's private key: `name` and the 32-byte `seed`."""

    name: str
    seed: bytes

    def verifier(self) -> Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return Verifier(self.name, key_id(self.name, public), public)


@dataclass(frozen=True)
class Checkpoint:
    """The log's origin, size and 32-byte root at one moment."""

    origin: str
    size: int
    root: bytes


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """SHA-256(name || newline || type || public key), the first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse_vkey(text: str, kind: int = ED25519) -> Verifier:
    """`name+hash+base64(type || key)` of one type, of 32-byte keys. Raises Malformed."""
    name, _, rest = text.partition("+")
    given, _, encoded = rest.partition("+")
    if not _good_name(name) or not _HEX8.fullmatch(given):
        raise Malformed(f"not a verifier key: {text[:100]!r}")
    raw = parse_base64(encoded)
    if len(raw) != 33 or raw[0] != kind:
        raise Malformed(f"verifier key is not of type 0x{kind:02x}")
    verifier = Verifier(name, key_id(name, raw[1:], kind), raw[1:])
    if format_vkey(verifier, kind) != text:
        raise Malformed("verifier key does not match its own hash")
    return verifier


def format_vkey(verifier: Verifier, kind: int = ED25519) -> str:
    """The text of a verifier key."""
    encoded = base64.b64encode(bytes([kind]) + verifier.public).decode()
    return f"{verifier.name}+{verifier.key_id.hex()}+{encoded}"


def parse_note(raw: bytes) -> Note:
    """A signed note from its bytes; nothing is verified. Raises Malformed."""
    if len(raw) > MAX_NOTE:
        raise Malformed(f"note of {len(raw)} bytes; at most {MAX_NOTE} are allowed")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("note is not UTF-8") from error
    if any(ord(character) < 0x20 and character != "\n" for character in whole):
        raise Malformed("note has a control character")
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise Malformed("note has no signature lines")
    signatures = tuple(_parse_line(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_LINES:
        raise Malformed(f"note has {len(signatures)} signatures; {MAX_LINES} are allowed")
    return Note(text + "\n", signatures)


def format_note(note: Note) -> bytes:
    """The bytes of a signed note."""
    lines = "".join(format_line(line) for line in note.signatures)
    return f"{note.text}\n{lines}".encode()


def format_line(line: SignatureLine) -> str:
    """One signature line, with its newline."""
    return f"{_DASH}{line.name} {base64.b64encode(line.key_id + line.signature).decode()}\n"


def sign_note(text: str, *signers: Signer) -> Note:
    """A text signed by each of the signers."""
    return Note(text, tuple(_signed(text, signer) for signer in signers))


def verify_note(note: Note, verifiers: Iterable[Verifier]) -> list[Verifier]:
    """The known keys that signed; one failing line of a known key refuses. Raises BadSignature."""
    known = {(each.name, each.key_id): each for each in verifiers}
    good: list[Verifier] = []
    for line in note.signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is not None:
            _verify_line(note.text, line, verifier)
            good += [] if verifier in good else [verifier]
    if not good:
        raise BadSignature("no trusted key has signed the note")
    return good


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint of exactly three lines: origin, size, root. Raises Malformed."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise Malformed("checkpoint is not three lines: origin, size, root")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise Malformed(f"checkpoint has a malformed size: {lines[1][:40]!r}")
    root = parse_base64(lines[2])
    if len(root) != 32:
        raise Malformed("checkpoint's root is not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The text that is signed."""
    encoded = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encoded}\n"


def open_checkpoint(raw: bytes, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """A checkpoint signed by a trusted key, of this origin. Raises Malformed, BadSignature."""
    note = parse_note(raw)
    verify_note(note, verifiers)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise BadSignature(f"checkpoint is of log {checkpoint.origin!r}, not of {origin!r}")
    return checkpoint


def _good_name(name: str) -> bool:
    return bool(name) and not any(
        each == "+" or each.isspace() or "\ud800" <= each <= "\udfff" for each in name
    )


def _parse_line(line: str) -> SignatureLine:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _good_name(name):
        raise Malformed("note has a malformed signature line")
    raw = parse_base64(encoded)
    if len(raw) < 5:
        raise Malformed("note has a signature line that is too short")
    return SignatureLine(name, raw[:4], raw[4:])


def _signed(text: str, signer: Signer) -> SignatureLine:
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(text.encode())
    return SignatureLine(signer.name, signer.verifier().key_id, signature)


def _verify_line(text: str, line: SignatureLine, verifier: Verifier) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(line.signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"signature of {line.name!r} on the note does not verify") from error
