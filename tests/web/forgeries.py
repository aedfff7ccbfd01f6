"""Receipts that somebody has tampered with, and what a layperson reads of each."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from ledger import merkle
from ledger.body import digest
from ledger.cosignature import cosign, cosigner, format_cosigner
from ledger.envelope import Entry, Signature, format_entry, parse_entry
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.note import (
    Checkpoint,
    Signer,
    format_checkpoint,
    format_note,
    parse_note,
    sign_note,
)
from ledger.proving import make_receipt
from ledger.receipt import Proof, Receipt, format_proof, format_receipt, parse_proof
from ledger.trust import Trust, ValidatorRange

BODY = "The content is NOT the content that the signers stated"
SIGNATURE = "The signature does NOT match the statement"
PATH = "This entry is not proven to be in the log"
LENGTH = "The path of fingerprints is too long or too short"
NUMBER = "The number of the entry does not match"
FORM = "The entry in this receipt is not written in its one correct form"
NOTE = "The signature of the log does NOT match"
STRANGER = "No key in your trust file has signed this state of the log"
ANOTHER_TREE = "What was anchored is another state of the log"
BLOCK = "The block header in the anchor is not that of the block it names"
HEADER = "The block header in the anchor does not have the form it should"
ACCOUNT = "It is not proven that the contract exists at this block"
STORAGE = "What the contract holds is not proven"
CUT = "This file cannot be read to its end"
NO_RECEIPT = "This file is not a Jejak receipt"
PART = "does not have the form it should. The file is damaged or was changed."


WITNESSES = [Signer(f"w{at}.example.org", bytes([at + 1]) * 32) for at in range(2)]


def policy_of(least: int) -> str:
    """A policy that asks for so many of two witnesses."""
    named = [f"witness w{at} {format_cosigner(cosigner(WITNESSES[at]))}" for at in range(2)]
    return "\n".join([*named, f"group both {least} w0 w1", "quorum both"])


@dataclass(frozen=True)
class Forgery:
    """A file, the sentences that are read of it in order, and the trust file it is held against."""

    name: str
    raw: bytes
    sentences: tuple[str, ...]
    trust: Trust


@dataclass
class Forger:
    """Somebody with a genuine receipt of a log, and for some forgeries the log's stolen key."""

    log: Log
    trust: Trust
    signer: Signer
    index: int

    def __post_init__(self) -> None:
        self.genuine = make_receipt(self.log, self.index)
        self.proof = parse_proof(self.genuine.proof)
        self.size = int(self.proof.checkpoint.split(b"\n")[1])
        self.anchor = dict(self.genuine.anchor or {})

    def forgeries(self) -> Iterator[Forgery]:
        """Every kind."""
        for make in (self.contents, self.entries, self.places, self.checkpoints):
            yield from make()
        for make in (self.witnesses, self.anchors, self.states, self.pins, self.files):
            yield from make()

    def forged(self, name: str, *sentences: str, **parts: Any) -> Forgery:
        """The receipt with parts exchanged."""
        trust = parts.pop("trust", self.trust)
        return Forgery(name, format_receipt(replace(self.genuine, **parts)), sentences, trust)

    # ---- what is said

    def contents(self) -> Iterator[Forgery]:
        """Another body under the same statement."""
        body = self.genuine.body or b""
        other = make_receipt(self.log, self.index + 1).body
        yield self.forged("one digit of the body", BODY, body=body.replace(b"1", b"2", 1))
        yield self.forged("a space after the body", BODY, body=body + b" ")
        yield self.forged("the body of another entry", BODY, body=other)

    def entries(self) -> Iterator[Forgery]:
        """Another statement, signature, time or link."""
        said = SIGNATURE, PATH
        yield self.forged("another institution", *said, entry=self._said(org="XX-OTHER"))
        yield self.forged("another subject", *said, entry=self._said(subject="ocds-other"))
        yield self.forged("another kind", *said, entry=self._said(kind="note"))
        body = (self.genuine.body or b"").replace(b"1", b"2", 1)
        fitting = self._said(body=digest(body))
        yield self.forged("a body with a statement to fit", *said, body=body, entry=fitting)
        at = self._entry(at="2099-01-01T00:00:00Z")
        yield self.forged("another time of the log", PATH, entry=at)
        yield self.forged("another entry before", PATH, entry=self._entry(prev="11" * 32))
        yield self.forged("one bit of a signature", *said, entry=self._signed(_flip))
        thief = SigningKey(b"\x66" * 32)
        stolen = self._entry(signatures=(thief.sign(self.entry.statement),))
        key = (thief.public.der,)
        yield self.forged("signed by a stranger", PATH, entry=stolen, keys=key)
        spaced = b" " + self.genuine.entry
        yield self.forged("not canonical", FORM, PATH, entry=spaced)
        unknown = self.genuine.entry.replace(b'"ed25519"', b'"ed448"')
        yield self.forged(
            "an unknown algorithm", "This entry is signed in a way", PATH, entry=unknown
        )
        yield self.forged("an unfit key", "A key in this receipt is not fit", keys=(b"\x30\x00",))
        small = bytes.fromhex("302a300506032b6570032100") + b"\x01" + bytes(31)
        yield self.forged("a key of small order", "A key in this receipt is not fit", keys=(small,))

    # ---- where it stands

    def places(self) -> Iterator[Forgery]:
        """Another index or path."""
        hashes = self.proof.hashes
        next_ = self.index + 1
        yield self.forged("another number", NUMBER, index=next_)
        moved = self._proof(index=next_)
        yield self.forged("another number and proof", PATH, index=next_, proof=moved)
        beyond = self._proof(index=self.size)
        missing = "That log has only"
        yield self.forged("a number beyond the log", missing, index=self.size, proof=beyond)
        changed = (_flip(hashes[0]), *hashes[1:])
        yield self.forged("one hash changed", PATH, proof=self._proof(hashes=changed))
        yield self.forged("a hash dropped", LENGTH, proof=self._proof(hashes=hashes[:-1]))
        more = (*hashes, bytes(32))
        yield self.forged("a hash added", LENGTH, proof=self._proof(hashes=more))
        swapped = (hashes[1], hashes[0], *hashes[2:])
        yield self.forged("two hashes swapped", PATH, proof=self._proof(hashes=swapped))
        form = "The proof of its place in the log does not have the form"
        text = self.genuine.proof.replace("tlog-proof@v1", "tlog-proof@v2")
        yield self.forged("no tlog-proof", form, ANOTHER_TREE, proof=text)

    def checkpoints(self) -> Iterator[Forgery]:
        """Another state of the log, signed by somebody or by nobody."""
        stolen, thief = self.signer, Signer(self.trust.origin, b"\x67" * 32)
        note = parse_note(self.proof.checkpoint)
        root = merkle.root([bytes(32)])
        text = format_checkpoint(Checkpoint(self.trust.origin, self.size, root))
        false = format_note(replace(note, text=text))
        anchored = ANOTHER_TREE
        yield self._noted("another root", false, PATH, NOTE, anchored)
        yield self._noted("another root, signed", self._note(text, stolen), PATH, anchored)
        yield self._noted("signed by a thief", self._note(note.text, thief), STRANGER)
        line = replace(note.signatures[0], signature=_flip(note.signatures[0].signature))
        yield self._noted("one bit", format_note(replace(note, signatures=(line,))), NOTE)
        grown = note.text.replace(f"\n{self.size}\n", f"\n{self.size + 1}\n")
        yield self._noted("another size", format_note(replace(note, text=grown)), NOTE, anchored)
        other = note.text.replace(self.trust.origin, "other.example")
        renamed = format_note(sign_note(other, Signer("other.example", stolen.seed)))
        another_log = "This entry belongs to the log"
        yield self._noted("the log renamed", renamed, another_log, STRANGER)
        forged = self._rewritten()
        yield replace(self.forged("the log rewritten, its key stolen", anchored), raw=forged)

    def witnesses(self) -> Iterator[Forgery]:
        """A policy that is not met, a cosignature that is none."""
        missing = "Not enough of the witnesses that your trust file asks for"
        wrong = "The signature of a witness does NOT match"
        pinned = replace(self.trust, policy=policy_of(2))
        one = self.cosigned(1)
        yield self.forged("one witness of two", missing, proof=one, trust=pinned)
        yield self.forged("no witness of two", missing, trust=pinned)
        bad = self.cosigned(2, change=_flip)
        yield self.forged("a cosignature of another time", wrong, proof=bad, trust=pinned)
        practice = replace(self.genuine, training=True)
        said = "disagree about whether this is practice"
        yield Forgery("called practice", format_receipt(practice), (said,), self.trust)

    def cosigned(self, count: int, change: Callable[[bytes], bytes] = bytes) -> str:
        """The proof, its checkpoint with lines of the first witnesses, the last one's changed."""
        note = parse_note(self.proof.checkpoint)
        lines = [cosign(note.text, witness, 1_772_352_000) for witness in WITNESSES[:count]]
        lines[-1] = replace(lines[-1], signature=change(lines[-1].signature))
        return self._proof(
            checkpoint=format_note(replace(note, signatures=(*note.signatures, *lines)))
        )

    # ---- where it is anchored

    def anchors(self) -> Iterator[Forgery]:
        """Another claim of the anchor."""
        elsewhere = "0x" + "11" * 20
        contract = "The anchor is in another contract"
        yield self._anchored("another contract", contract, contract=elsewhere)
        yield self._anchored("another chain", "The anchor is on another chain", chainId=1)
        yield self._anchored("another log id", "The anchor is not one of", logId="0x" + "11" * 32)
        root = "For a log of that size the contract holds another root"
        yield self._anchored("another root anchored", root, root="0x" + "11" * 32)
        yield self._anchored("no root at all", root, root="0x" + "00" * 32)
        yield self._anchored("another size anchored", STORAGE, size=self.size - 1)
        yield self._anchored("another block", BLOCK, block=self.anchor["block"] + 1)
        yield self._anchored("another block hash", BLOCK, blockHash="0x" + "11" * 32)
        header = bytes.fromhex(self.anchor["header"][2:])
        yield self._anchored("another header", BLOCK, header="0x" + _flip(header, -40).hex())
        yield self._anchored("no header", HEADER, header="0xc0")

    def states(self) -> Iterator[Forgery]:
        """Another proof of what the contract holds."""
        for name, sentence in (("accountProof", ACCOUNT), ("storageProof", STORAGE)):
            nodes = self.anchor[name]
            changed = "0x" + _flip(bytes.fromhex(nodes[-1][2:])).hex()
            yield self._anchored(
                f"{name}: a node changed", sentence, **{name: [*nodes[:-1], changed]}
            )
            yield self._anchored(f"{name}: a node dropped", sentence, **{name: nodes[:-1]})
            yield self._anchored(f"{name}: a node added", sentence, **{name: [*nodes, "0x80"]})
            yield self._anchored(f"{name}: empty", sentence, **{name: []})

    def pins(self) -> Iterator[Forgery]:
        """A genuine receipt of something else than what is trusted."""
        other = replace(self.trust, origin="other.example")
        log = "This receipt is from the log", "The anchor is not one of the log"
        yield self.forged("another log than trusted", *log, trust=other)
        code = replace(self.trust, code_hash="0x" + "00" * 32)
        yield self.forged("other code than trusted", "The contract runs other code", trust=code)
        sealed = replace(self.trust, validators=(ValidatorRange(0, None, ("0x" + "11" * 20,)),))
        seal = "The block is not sealed by enough of the validators"
        yield self.forged("no seals where asked for", seal, trust=sealed)
        first = replace(self.trust, entry0=bytes(32))
        zero = format_receipt(make_receipt(self.log, 0))
        entry0 = "The first entry of this log is not the one in your trust file"
        yield Forgery("another first entry", zero, (entry0,), first)

    # ---- files that are none

    def files(self) -> Iterator[Forgery]:
        """Bytes out of form."""
        raw = format_receipt(self.genuine)
        members = json.loads(raw)
        key = members["keys"][0]
        stray = key[:-2] + chr(ord(key[-2]) + 1) + "="
        wrong: tuple[tuple[str, bytes, str], ...] = (
            ("cut short", raw[:-200], CUT),
            ("something after it", raw + b"{}", CUT),
            ("a member twice", raw.replace(b'"index":', b'"index":3,"index":', 1), CUT),
            ("not UTF-8", raw.replace(b"jejak/receipt/1", b"jejak/receipt/\xff"), CUT),
            ("nested too deep", b"[" * 70 + b"]" * 70, CUT),
            ("no receipt", b'{"format":"jejak/trust/1"}', NO_RECEIPT),
            ("a later version", raw.replace(b"receipt/1", b"receipt/2"), NO_RECEIPT),
            ("a member more", b'{"note":1,' + raw[1:], NO_RECEIPT),
            ("a number with a fraction", _with(members, index=9.0), PART),
            ("a negative number", _with(members, index=-1), PART),
            ("base64 with stray bits", _with(members, keys=[stray]), PART),
            ("base64 with a newline", _with(members, entry="\n" + members["entry"]), PART),
            ("nine keys", _with(members, keys=members["keys"] * 9), PART),
            ("a lone surrogate", _with(members, proof=members["proof"] + "\ud800"), PART),
            ("half an anchor", _with(members, anchor={"size": 1}), PART),
            ("an anchor in capitals", _with(members, anchor=self._capitals()), PART),
        )
        for name, made, sentence in wrong:
            yield Forgery(name, made, (sentence,), self.trust)

    # ---- tools

    @property
    def entry(self) -> Entry:
        """The genuine entry."""
        return parse_entry(self.genuine.entry)

    def _entry(self, **changes: Any) -> bytes:
        return format_entry(msgspec.structs.replace(self.entry, **changes))

    def _said(self, **changes: Any) -> bytes:
        return self._entry(statement=msgspec.structs.replace(self.entry.statement, **changes))

    def _signed(self, change: Callable[[bytes], bytes]) -> bytes:
        (signature,) = self.entry.signatures
        sig = base64.b64encode(change(base64.b64decode(signature.sig))).decode()
        changed: Signature = msgspec.structs.replace(signature, sig=sig)
        return self._entry(signatures=(changed,))

    def _proof(self, **changes: Any) -> str:
        return format_proof(replace(self.proof, **changes))

    def _note(self, text: str, signer: Signer) -> bytes:
        return format_note(sign_note(text, signer))

    def _noted(self, name: str, note: bytes, *sentences: str) -> Forgery:
        proof = self._proof(checkpoint=note)
        return self.forged(f"checkpoint: {name}", *sentences, proof=proof)

    def _anchored(self, name: str, *sentences: str, **changes: Any) -> Forgery:
        return self.forged(name, *sentences, anchor={**self.anchor, **changes})

    def _capitals(self) -> dict[str, Any]:
        return {**self.anchor, "root": self.anchor["root"].upper().replace("X", "x")}

    def _rewritten(self) -> bytes:
        """The same entry in a log whose third entry is another, signed with the stolen key."""
        return format_receipt(self._standing(self.genuine, {3: bytes(32)}))

    def signed_by(self, signature: Signature, key: bytes) -> bytes:
        """The genuine statement as somebody else signed it, at its place in a log of its own."""
        entry = self._entry(signatures=(signature,))
        parts = replace(self.genuine, entry=entry, keys=(key,), anchor=None)
        return format_receipt(self._standing(parts, {self.index: merkle.leaf_hash(entry)}))

    def _standing(self, receipt: Receipt, changed: dict[int, bytes]) -> Receipt:
        """A receipt in a tree with other leaf hashes, signed with the log's key."""
        leaves = [merkle.leaf_hash(record.leaf) for record in self.log.records()][: self.size]
        for index, leaf in changed.items():
            leaves[index] = leaf

        def node(level: int, at: int) -> bytes:
            return merkle.root(leaves[at << level : (at + 1) << level])

        path = tuple(merkle.inclusion_proof(self.index, self.size, node))
        text = format_checkpoint(Checkpoint(self.trust.origin, self.size, merkle.root(leaves)))
        proof = Proof(self.index, path, self._note(text, self.signer))
        return replace(receipt, proof=format_proof(proof))


def _with(members: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**members, **changes}).encode()


def _flip(raw: bytes, at: int = 0) -> bytes:
    changed = bytearray(raw)
    changed[at] ^= 1
    return bytes(changed)


def altered_at_random(raw: bytes, chance: random.Random) -> bytes:
    """A receipt with one byte of the file, or one value of it or of its entry, changed."""
    if chance.random() < 0.3:
        at = chance.randrange(len(raw))
        return raw[:at] + bytes([chance.choice(b'09afAZ{}[]":,/+=\n \\\x80')]) + raw[at + 1 :]
    members = json.loads(raw)
    if chance.random() < 0.4:
        entry = json.loads(base64.b64decode(members["entry"]))
        _alter_value(entry, chance)
        written = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode()
        members["entry"] = base64.b64encode(written).decode()
    else:
        _alter_value(members, chance)
    return json.dumps(members).encode()


def _alter_value(whole: Any, chance: random.Random) -> None:
    """Change one value, however deep."""
    name = chance.choice(list(whole) if isinstance(whole, dict) else range(len(whole)))
    value = whole[name]
    if isinstance(value, dict | list) and value:
        _alter_value(value, chance)
    elif isinstance(value, str) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        whole[name] = value[:at] + chance.choice("09afAZ+/= \n{") + value[at + 1 :]
    else:
        whole[name] = chance.choice([None, 0, -1, 2**53 + 1, 2**64, 1.5, True, "", "0x", [], {}])
