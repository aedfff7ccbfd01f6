"""A log that grows, as a witness sees it: checkpoints and requests of any two sizes."""

from __future__ import annotations

from dataclasses import dataclass, field

from audit.witnessing import WitnessedLog
from ledger.add_checkpoint import format_add_checkpoint
from ledger.merkle import consistency_proof, leaf_hash, root
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, sign_note

ORIGIN = "jejak.example.go.id"


def signer(seed: int, name: str = ORIGIN) -> Signer:
    """A key that is the same in every run."""
    return Signer(name, bytes([seed]) * 32)


@dataclass
class GrownLog:
    """Leaves of a log; a fork differs from its first leaf on."""

    name: bytes = b"true"
    key: Signer = field(default_factory=lambda: signer(1))
    origin: str = ORIGIN

    def leaves(self, size: int) -> list[bytes]:
        """The first `size` leaf hashes."""
        return [leaf_hash(self.name + b"%d" % at) for at in range(size)]

    def root(self, size: int) -> bytes:
        """The root of a size."""
        return root(self.leaves(size))

    def note(self, size: int) -> bytes:
        """The signed checkpoint of a size."""
        text = format_checkpoint(Checkpoint(self.origin, size, self.root(size)))
        return format_note(sign_note(text, self.key))

    def proof(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between two sizes; none from the empty tree."""
        leaves = self.leaves(new)

        def node(level: int, index: int) -> bytes:
            return root(leaves[index << level : (index + 1) << level])

        return consistency_proof(old, new, node) if old else []

    def request(self, old: int, new: int) -> bytes:
        """The request that moves a witness from one size to another."""
        return format_add_checkpoint(old, self.proof(old, new), self.note(new))

    def known(self) -> dict[str, WitnessedLog]:
        """The log as a witness knows it."""
        return {self.origin: WitnessedLog(self.origin, (self.key.verifier(),))}
