"""Receipts: one file that proves one entry off line; and the C2SP tlog-proof inside it.

    {"format":"jejak/receipt/1","index":n,"entry":"<base64>","body":"<base64>"|null,
     "proof":"<tlog-proof text>","anchor":{…}|null,"keys":["<base64 DER>",…]}

`keys` is optional: the public keys that the entry's signatures name. A key's id is the SHA-256 of
its DER, so they need no trust; that they were enrolled is what a receipt cannot show. The receipt
of a log for practice has the format `jejak/training-receipt/1` and one member more, `notice`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.body import MAX_BODY, check_depth
from ledger.envelope import MAX_ENTRY, MAX_SIGNATURES, format_base64, parse_base64
from ledger.errors import Malformed
from ledger.merkle import HASH_SIZE
from ledger.note import MAX_NOTE, MAX_SIZE
from ledger.stateproof import format_anchor, parse_anchor
from ledger.training import NOTICE

FORMAT = "jejak/receipt/1"
TRAINING_FORMAT = "jejak/training-receipt/1"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT = 16 * 1024 * 1024
MAX_HASHES = 63
MAX_KEY = 1024

_TRAINING = {"format": TRAINING_FORMAT, "notice": NOTICE}
_REQUIRED = {"format", "index", "entry", "body", "proof", "anchor"}
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Proof:
    """A C2SP tlog-proof: the leaf's index, its inclusion proof, the checkpoint note as signed.

    The hashes are the siblings, 32 bytes each, the leaf's own first; `extra` is unauthenticated.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True)
class Receipt:
    """A receipt: the entry's leaf bytes, its body (None: erased or left out), the proof.

    `anchor` is what ledger.stateproof reads, `keys` the signers' public keys (DER); `training` if
    the file says that its log is for practice.
    """

    index: int
    entry: bytes
    body: bytes | None
    proof: str
    anchor: Mapping[str, Any] | None = None
    keys: tuple[bytes, ...] = ()
    training: bool = False


def parse_receipt(raw: bytes) -> Receipt:
    """A receipt from its bytes; nothing is verified. Raises Malformed."""
    found = _members(raw)
    entry = _octets(found["entry"], "entry", MAX_ENTRY)
    return Receipt(
        index=_index(found["index"]),
        entry=entry,
        body=None if found["body"] is None else _octets(found["body"], "body", MAX_BODY),
        proof=_text(found["proof"], "proof"),
        anchor=_anchor(found["anchor"]),
        keys=_keys(found.get("keys", [])),
        training="notice" in found,
    )


def format_receipt(receipt: Receipt) -> bytes:
    """The bytes of a receipt, one line."""
    members: dict[str, Any] = {
        **(_TRAINING if receipt.training else {"format": FORMAT}),
        "index": receipt.index,
        "entry": format_base64(receipt.entry),
        "body": None if receipt.body is None else format_base64(receipt.body),
        "proof": receipt.proof,
        "anchor": None if receipt.anchor is None else dict(receipt.anchor),
    }
    if receipt.keys:
        members["keys"] = [format_base64(key) for key in receipt.keys]
    return (json.dumps(members, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def parse_proof(text: str) -> Proof:
    """A tlog-proof from its text; nothing is verified. Raises Malformed."""
    head, separator, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if not separator or header != PROOF_HEADER:
        raise Malformed(f"the proof does not begin with the line {PROOF_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = parse_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not _INDEX.fullmatch(index := lines[0].removeprefix("index ")):
        raise Malformed("the proof has no line with its index")
    hashes = tuple(parse_base64(line) for line in lines[1:])
    if len(hashes) > MAX_HASHES or any(len(each) != HASH_SIZE for each in hashes):
        raise Malformed(f"the proof is not at most {MAX_HASHES} hashes of {HASH_SIZE} bytes")
    proof = Proof(int(index), hashes, _encoded(checkpoint, "checkpoint", MAX_NOTE), extra)
    if format_proof(proof) != text:
        raise Malformed("the proof is not in the form of a tlog-proof")
    return proof


def format_proof(proof: Proof) -> str:
    """The text of a tlog-proof."""
    extra = [] if proof.extra is None else [f"extra {format_base64(proof.extra)}"]
    lines = [PROOF_HEADER, *extra, f"index {proof.index}", *map(format_base64, proof.hashes)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint.decode()


def _members(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_RECEIPT:
        raise Malformed(f"receipt of {len(raw)} bytes; at most {MAX_RECEIPT} are allowed")
    check_depth(raw, "receipt")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise Malformed("the receipt is not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("the receipt is not a JSON object")
    marks = _TRAINING if "notice" in found else {"format": FORMAT}
    if any(found.get(name) != mark for name, mark in marks.items()):
        raise Malformed(f"the receipt's format is not {marks['format']!r}")
    required = _REQUIRED | set(marks)
    if not required <= set(found) <= required | {"keys"}:
        raise Malformed("a receipt has the members " + ", ".join(sorted(required)))
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("the receipt has an object with a duplicate member")
    return members


def _index(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise Malformed("the receipt's index is not a whole number")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"the receipt's {name} is not a text")
    _encoded(value, name, 2 * MAX_NOTE)
    return value


def _encoded(text: str, name: str, limit: int) -> bytes:
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed(f"the receipt's {name} has a lone surrogate") from error
    if len(raw) > limit:
        raise Malformed(f"the receipt's {name} is longer than {limit} bytes")
    return raw


def _octets(value: Any, name: str, limit: int) -> bytes:
    raw = parse_base64(value) if isinstance(value, str) else None
    if raw is None or len(raw) > limit:
        raise Malformed(f"the receipt's {name} is not base64 of at most {limit} bytes")
    return raw


def _anchor(value: Any) -> Mapping[str, Any] | None:
    return None if value is None else format_anchor(parse_anchor(value))


def _keys(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_SIGNATURES:
        raise Malformed(f"the receipt's keys are not a list of at most {MAX_SIGNATURES}")
    return tuple(_octets(each, "key", MAX_KEY) for each in value)
