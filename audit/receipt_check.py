"""`jejak check-receipt`: one entry proven off line, from its receipt and a trust file.

What a receipt cannot show is said in so many words: who held the signers' keys and whether they
might say this stands in the registry, which `jejak verify` follows from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.basis import pinned_basis
from audit.cosignatures import check_witnesses
from audit.passkeys import as_claimed
from audit.report import SELF_CONSISTENT, Check, Report
from ledger import acts, body, keys
from ledger.envelope import Ed25519Signature, Entry, Signature, parse_entry, signed_bytes
from ledger.errors import BadProof, BadSignature, InvalidInput, Malformed, VerificationError
from ledger.gesture import companions, words_of
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.note import Checkpoint, open_checkpoint, parse_checkpoint, parse_note
from ledger.receipt import Proof, Receipt, parse_proof, parse_receipt
from ledger.stateproof import (
    Anchor,
    StateProof,
    Validators,
    log_id,
    parse_anchor,
    verify_state_proof,
)
from ledger.training import NOTICE, is_training
from ledger.trust import Trust, ValidatorRange

MAX_EPOCHS = 64
"""Log ids, one an epoch, that are tried for an anchor."""


def check_receipt(raw: bytes, trust: Trust | None = None) -> Report:
    """Check a receipt without asking anybody.

    Raises Malformed when the file is no receipt.
    """
    receipt = parse_receipt(raw)
    return _ReceiptAudit(receipt, trust).report()


@dataclass
class _Checks:
    form: Check = field(default_factory=lambda: Check("form"))
    body: Check = field(default_factory=lambda: Check("body"))
    signatures: Check = field(default_factory=lambda: Check("signatures"))
    inclusion: Check = field(default_factory=lambda: Check("inclusion"))
    checkpoint: Check = field(default_factory=lambda: Check("checkpoint"))
    witnesses: Check | None = None
    anchor: Check = field(default_factory=lambda: Check("anchor"))

    def all(self) -> list[Check]:
        found = [self.form, self.body, self.signatures, self.inclusion, self.checkpoint]
        return [*found, *([self.witnesses] if self.witnesses else []), self.anchor]


class _ReceiptAudit:
    def __init__(self, receipt: Receipt, trust: Trust | None) -> None:
        self._receipt, self._trust = receipt, trust
        self._checks = _Checks()
        self._unchecked: list[str] = []
        self._time: str | None = None
        self._checkpoint: Checkpoint | None = None

    def report(self) -> Report:
        """All checks, one after the other."""
        entry = self._entry()
        if entry is not None:
            self._check_body(entry)
            self._check_signatures(entry)
        proof = self._proof()
        if proof is not None:
            self._check_inclusion(proof)
            self._check_checkpoint(proof, entry)
        self._check_anchor()
        checkpoint = self._checkpoint
        return Report(
            self._checks.all(),
            name="receipt",
            pinned=self._trust is not None,
            basis=self._basis(),
            size=checkpoint.size if checkpoint else 0,
            root=checkpoint.root if checkpoint else b"",
            newest_independent_time=self._time,
            unchecked=self._unchecked,
            praise=self._praise(),
        ).settle()

    def _praise(self) -> str:
        if self._trust is None:
            return SELF_CONSISTENT
        left = "" if self._checks.signatures.checked else "; its signatures were not checked"
        return f"holds{left}"

    def _basis(self) -> str:
        if self._trust is not None:
            return pinned_basis(self._trust).line
        said = "nothing pinned: whose log this is, is the receipt's own word; bring a trust file"
        return f"{NOTICE} {said}" if self._receipt.training else said

    def _entry(self) -> Entry | None:
        try:
            entry = parse_entry(self._receipt.entry)
        except Malformed as error:
            self._checks.form.fail(error.message, self._receipt.index)
            return None
        self._check_training(entry.statement.log)
        return entry

    def _check_training(self, origin: str) -> None:
        """A receipt says whether its log is for practice, as the name of the log does."""
        receipt = self._receipt
        if is_training(origin):
            self._checks.form.remark(NOTICE, receipt.index)
        if receipt.training == is_training(origin):
            self._checks.form.hold()
        else:
            said = "for practice" if receipt.training else "no practice"
            self._checks.form.fail(f"the file says {said}, and the log is {origin}", receipt.index)

    def _check_body(self, entry: Entry) -> None:
        raw = self._receipt.body
        if raw is None:
            self._unchecked.append("the body: it was erased, or left out of the receipt")
        elif body.digest(raw) == entry.statement.body:
            self._checks.body.hold()
        else:
            what = "the body is not the one whose SHA-256 the statement names"
            self._checks.body.fail(what, self._receipt.index)

    def _check_signatures(self, entry: Entry) -> None:
        signed = signed_bytes(entry.statement)
        known = self._keys(entry)
        for signature in entry.signatures:
            key = known.get(signature.key)
            if key is None:
                self._unchecked.append(f"the signature by {_name(signature)}: no key to check it")
                continue
            try:
                keys.verify_signature(signed, signature, self._sited(key, signature))
                self._checks.signatures.hold()
            except BadSignature as error:
                self._checks.signatures.fail(error.message, self._receipt.index)
        if others := companions(entry.signatures):
            self._checks.signatures.remark(words_of(others), self._receipt.index)
        if not self._founding(entry):
            self._unchecked.append(
                "who held the signers' keys, and whether they might say this: see jejak verify"
            )

    def _sited(self, key: keys.PublicKey, signature: Signature) -> keys.PublicKey:
        """The key with its site, else with what the assertion says. Raises BadSignature."""
        if isinstance(signature, Ed25519Signature) or key.rp_id is not None:
            return key
        self._unchecked.append(f"the site that {_name(signature)} is enrolled for")
        return as_claimed(key, signature)

    def _founding(self, entry: Entry) -> bool:
        """Whether this is the entry 0 that the trust file names: it brings its own registrars."""
        pinned = self._trust is not None and leaf_hash(self._receipt.entry) == self._trust.entry0
        return pinned and entry.statement.kind == "registry/root"

    def _keys(self, entry: Entry) -> dict[str, keys.PublicKey]:
        """Keys by id: those the receipt brings, and those of a root that is itself the body."""
        brought = {}
        for der in self._receipt.keys:
            alg = _algorithm(der)
            if alg is None:
                self._checks.form.fail("a key of the receipt is not fit to sign")
            else:
                brought[keys.key_id(der)] = keys.PublicKey(keys.key_id(der), alg, der)
        return brought | dict(self._root_keys(entry))

    def _root_keys(self, entry: Entry) -> Iterator[tuple[str, keys.PublicKey]]:
        raw = self._receipt.body
        if entry.statement.kind != "registry/root" or raw is None:
            return
        if body.digest(raw) != entry.statement.body:
            return
        try:
            yield from acts.parse_root(body.parse_body(raw)).keys.items()
        except InvalidInput as error:
            self._checks.body.fail(error.message, self._receipt.index)

    def _proof(self) -> Proof | None:
        try:
            proof = parse_proof(self._receipt.proof)
            self._checkpoint = parse_checkpoint(parse_note(proof.checkpoint).text)
        except Malformed as error:
            self._checks.inclusion.fail(error.message, self._receipt.index)
            return None
        return proof

    def _check_inclusion(self, proof: Proof) -> None:
        index, checkpoint = self._receipt.index, self._checkpoint
        assert checkpoint is not None
        try:
            if proof.index != index:
                raise BadProof(f"the proof is about entry {proof.index}")
            hashed = leaf_hash(self._receipt.entry)
            verify_inclusion(index, checkpoint.size, hashed, proof.hashes, checkpoint.root)
            if index == 0 and self._trust is not None and hashed != self._trust.entry0:
                raise BadProof("entry 0 is not the one of the trust file")
        except BadProof as error:
            self._checks.inclusion.fail(error.message, index)
        else:
            self._checks.inclusion.hold()

    def _check_checkpoint(self, proof: Proof, entry: Entry | None) -> None:
        check, checkpoint = self._checks.checkpoint, self._checkpoint
        assert checkpoint is not None
        if entry is not None and entry.statement.log != checkpoint.origin:
            check.fail(f"the checkpoint is of {checkpoint.origin!r}, the entry of another log")
        if self._trust is None:
            self._unchecked.append("who signed the checkpoint: there is no trust file")
            return
        try:
            open_checkpoint(proof.checkpoint, self._trust.origin, self._trust.log_keys)
            check.hold()
        except (Malformed, BadSignature) as error:
            check.fail(error.message)
        policy = pinned_basis(self._trust).policy
        if policy is not None:
            witnesses = self._checks.witnesses = Check("witnesses")
            note = parse_note(proof.checkpoint)
            check_witnesses(witnesses, note, policy, size=checkpoint.size)

    def _check_anchor(self) -> None:
        raw = self._receipt.anchor
        if raw is None:
            self._unchecked.append("an anchor: the receipt has none, only the log's key speaks")
            return
        try:
            anchor = parse_anchor(raw)
            shown = self._verified(anchor)
            self._check_size(anchor)
        except (InvalidInput, VerificationError) as error:
            self._checks.anchor.fail(error.message)
            return
        self._checks.anchor.hold()
        self._unchecked += [f"of the anchor: {each}" for each in shown.unchecked]
        if any("sealed" in each for each in shown.checked):
            self._time = shown.time
        else:
            self._unchecked.append(f"block {shown.block} (0x{shown.block_hash.hex()}): ask a node")

    def _check_size(self, anchor: Anchor) -> None:
        checkpoint = self._checkpoint
        if checkpoint is None or (anchor.size, anchor.root) != (checkpoint.size, checkpoint.root):
            raise BadProof("the anchor is one of another tree than the checkpoint")

    def _verified(self, anchor: Anchor) -> StateProof:
        """The state proof, as far as possible from what the trust file pins. Raises BadProof."""
        trust = self._trust
        contract = "0x" + anchor.contract.hex()
        code: bytes | None = None
        validators: tuple[Validators, ...] = ()
        if trust is not None and trust.contract is not None:
            contract = trust.contract
            code = bytes.fromhex(trust.code_hash[2:]) if trust.code_hash else None
            validators = tuple(map(_pinned, trust.validators))
        else:
            self._unchecked.append("the contract: it is the receipt's own word")
        if trust is not None and trust.chain_id not in (None, anchor.chain_id):
            raise BadProof(f"the anchor is on chain {anchor.chain_id}, not on {trust.chain_id}")
        return verify_state_proof(
            self._receipt.anchor or {},
            contract=contract,
            log_id=self._log_id(anchor),
            code_hash=code,
            validators=validators,
        )

    def _log_id(self, anchor: Anchor) -> bytes:
        """The log's id in one of its epochs. Raises BadProof."""
        origin = self._trust.origin if self._trust else getattr(self._checkpoint, "origin", "")
        for epoch in range(MAX_EPOCHS):
            if log_id(origin, epoch) == anchor.log_id:
                return anchor.log_id
        raise BadProof(f"the anchor is not one of the log {origin!r}")


def _name(signature: Signature) -> str:
    return f"key {signature.key[:16]}"


def _pinned(each: ValidatorRange) -> Validators:
    addresses = [bytes.fromhex(address[2:]) for address in each.addresses]
    return Validators(each.first, each.last, addresses)


def _algorithm(der: bytes) -> str | None:
    """What the key signs with; None if it may not be enrolled at all."""
    for alg in keys.ALGORITHMS:
        try:
            keys.check_public_key(alg, der)
        except InvalidInput:
            continue
        return alg
    return None
