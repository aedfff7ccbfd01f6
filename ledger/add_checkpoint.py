"""C2SP tlog-witness add-checkpoint requests: how a log asks a witness to cosign.

old <size the witness is believed to hold>
<0 to 63 hashes of the consistency proof, base64, one a line>
<empty line>
<checkpoint note, signed by the log>
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.envelope import parse_base64
from ledger.errors import Malformed
from ledger.merkle import HASH_SIZE
from ledger.note import MAX_SIZE, Checkpoint, Note, parse_checkpoint, parse_note

MAX_REQUEST = 16 * 1024
MAX_PROOF = 63

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True)
class AddCheckpoint:
    """A request: the size that the log believes cosigned, a consistency proof, and the new note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def parse_add_checkpoint(raw: bytes) -> AddCheckpoint:
    """A request from its bytes. Raises Malformed."""
    if len(raw) > MAX_REQUEST:
        raise Malformed(f"request of {len(raw)} bytes; at most {MAX_REQUEST} are allowed")
    head, separator, rest = raw.partition(b"\n\n")
    if not separator:
        raise Malformed("request has no empty line before its checkpoint")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("the head of the request is not ASCII") from error
    old = _OLD.fullmatch(first)
    if not old or int(old[1]) > MAX_SIZE:
        raise Malformed("request does not begin with `old <size>`")
    note = parse_note(rest)
    return AddCheckpoint(int(old[1]), _proof(lines), note, parse_extended(note.text))


def format_add_checkpoint(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The bytes of a request."""
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    return f"old {old}\n{lines}\n".encode() + note


def parse_extended(text: str) -> Checkpoint:
    """A checkpoint with or without extension lines after its three. Raises Malformed."""
    lines = text.split("\n")
    if any(not line for line in lines[3:-1]):
        raise Malformed("checkpoint has an empty line")
    return parse_checkpoint("".join(f"{line}\n" for line in lines[:3]))


def _proof(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PROOF:
        raise Malformed(f"a proof of {len(lines)} hashes; at most {MAX_PROOF} are allowed")
    found = tuple(parse_base64(line) for line in lines)
    if any(len(each) != HASH_SIZE for each in found):
        raise Malformed("a hash of the proof is not 32 bytes")
    return found
