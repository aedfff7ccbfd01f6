"""Making receipts: one file that proves one entry off line."""

from __future__ import annotations

import json

from ledger import files
from ledger.anchoring import proven_anchor
from ledger.errors import NotFound
from ledger.keys import PublicKey
from ledger.log import Log, Record
from ledger.merkle import inclusion_proof
from ledger.receipt import Proof, Receipt, format_proof
from ledger.tick import checkpoint_at, newest_checkpoint
from ledger.training import is_training


def make_receipt(log: Log, index: int) -> Receipt:
    """The receipt of an entry: in the first anchored tree that holds it, else in the newest one.

    Raises NotFound when there is no such entry, or no checkpoint that covers it yet.
    """
    record = log.record(index)
    anchor = proven_anchor(log, index)
    checkpoint = checkpoint_at(log, anchor.size) if anchor else newest_checkpoint(log)
    if checkpoint is None or checkpoint.size <= index:
        raise NotFound(f"no checkpoint covers entry {index} yet", "try again in a few seconds")
    node = files.node_reader(log, checkpoint.size)
    hashes = tuple(inclusion_proof(index, checkpoint.size, node))
    return Receipt(
        index=index,
        entry=record.leaf,
        body=record.body,
        proof=format_proof(Proof(index, hashes, checkpoint.note)),
        anchor=json.loads(anchor.proof) if anchor and anchor.proof else None,
        keys=_signers(log, record),
        training=is_training(log.origin),
    )


def _signers(log: Log, record: Record) -> tuple[bytes, ...]:
    registry = log.registry()
    known: dict[str, PublicKey] = {**(registry.root.keys if registry.root else {})}
    known |= {key: enrolment.public for key, enrolment in registry.enrolments.items()}
    needed = [signature.key for signature in record.entry.signatures]
    return tuple(known[each].der for each in needed if each in known)
