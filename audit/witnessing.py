"""A witness's judgement of add-checkpoint requests (C2SP tlog-witness): values in, values out.

A witness signs what it has seen grow: of each log it knows the largest tree that it cosigned, and
takes only trees of which a consistency proof shows that they extend it. What is refused although
the log signed it is evidence against the log, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.add_checkpoint import AddCheckpoint
from ledger.errors import BadProof, BadSignature, JejakError
from ledger.merkle import EMPTY_ROOT, verify_consistency
from ledger.note import Checkpoint, Verifier, verify_note


@dataclass(frozen=True)
class WitnessedLog:
    """A log that a witness knows: its origin and the keys that sign its checkpoints."""

    origin: str
    keys: tuple[Verifier, ...]


class Refusal(JejakError):
    """A request is refused with a status of tlog-witness; `evidence`: the log signed it."""

    code = "refused"

    def __init__(self, status: int, message: str, *, evidence: bool = False) -> None:
        super().__init__(message)
        self.http = status
        self.evidence = evidence


class Behind(Refusal):
    """The log's idea of the last cosigned size is not ours, which is `held`."""

    def __init__(self, held: int) -> None:
        super().__init__(409, f"the last size cosigned is {held}")
        self.held = held


def judge(request: AddCheckpoint, log: WitnessedLog | None, held: Checkpoint | None) -> Checkpoint:
    """The checkpoint that may be cosigned, after the one held. Raises Refusal."""
    asked = request.checkpoint
    if log is None:
        raise Refusal(404, "unknown log")
    try:
        verify_note(request.note, log.keys)
    except BadSignature as error:
        raise Refusal(403, f"invalid signature: {error.message}") from error
    if request.old > asked.size:
        raise Refusal(400, f"old size {request.old} is above the checkpoint's {asked.size}")
    _check_root(asked)
    last = held or Checkpoint(asked.origin, 0, EMPTY_ROOT)
    if asked.size == last.size and asked.root != last.root:
        raise Refusal(422, f"another root of size {asked.size} was cosigned", evidence=True)
    if request.old != last.size:
        raise Behind(last.size)
    _check_growth(request, last)
    return asked


def _check_root(asked: Checkpoint) -> None:
    if asked.size == 0 and asked.root != EMPTY_ROOT:
        raise Refusal(422, "the empty tree has another root", evidence=True)


def _check_growth(request: AddCheckpoint, last: Checkpoint) -> None:
    asked = request.checkpoint
    if last.size == 0:
        if request.proof:
            raise Refusal(422, "the consistency proof from size 0 is not empty")
        return
    try:
        verify_consistency(last.size, asked.size, last.root, asked.root, request.proof)
    except BadProof as error:
        raise Refusal(422, f"invalid consistency proof: {error.message}", evidence=True) from error
