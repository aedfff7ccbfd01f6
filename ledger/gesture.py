"""One gesture over many statements: a passkey signs the root of a tree of what each of them says.

The leaves are the signed bytes of the statements, in the tree of RFC 6962. Each entry carries its
own path, so that it is checked alone: the path leads to the very root that the person signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.envelope import (
    MAX_BATCH,
    MIN_BATCH,
    BatchSignature,
    Signature,
    Statement,
    WebAuthnSignature,
    format_base64,
    parse_base64,
    signed_bytes,
)
from ledger.errors import BadProof, BadSignature, Unacceptable
from ledger.merkle import fold_inclusion, inclusion_proof, leaf_hash, parents

BATCH_PREFIX = b"jejak/batch/1\n"


@dataclass(frozen=True)
class Gesture:
    """The tree over a batch of statements: its levels of hashes, the leaf hashes first."""

    levels: Sequence[Sequence[bytes]]

    @property
    def size(self) -> int:
        """How many statements there are."""
        return len(self.levels[0])

    @property
    def signed(self) -> bytes:
        """What is signed for all of them."""
        return batch_bytes(self.size, self.levels[-1][0])

    def path(self, index: int) -> list[bytes]:
        """The inclusion proof of the statement at an index."""
        return inclusion_proof(index, self.size, lambda level, at: self.levels[level][at])

    def signature(self, index: int, signature: WebAuthnSignature) -> BatchSignature:
        """The assertion over `signed` as the entry of the statement at an index carries it."""
        return BatchSignature(
            authenticator=signature.authenticator,
            client=signature.client,
            index=str(index),
            key=signature.key,
            path=tuple(map(format_base64, self.path(index))),
            sig=signature.sig,
            size=str(self.size),
        )


def gesture_over(statements: Sequence[Statement]) -> Gesture:
    """The tree over these statements, in their order.

    Raises Unacceptable for too few or too many, and for one that is there twice.
    """
    if not MIN_BATCH <= len(statements) <= MAX_BATCH:
        raise Unacceptable(
            f"a batch of {len(statements)} statements; {MIN_BATCH} to {MAX_BATCH} are allowed"
        )
    levels = [[leaf_hash(signed_bytes(each)) for each in statements]]
    if len(set(levels[0])) != len(statements):
        raise Unacceptable("a statement is in the batch twice", "leave one of the two out")
    while len(levels[-1]) > 1:
        levels.append(parents(levels[-1]))
    return Gesture(levels)


def batch_bytes(size: int, root: bytes) -> bytes:
    """What a person signs for a batch; it begins unlike what is signed for one statement."""
    return BATCH_PREFIX + f"{size}\n{root.hex()}".encode()


def challenged(signed: bytes, signature: BatchSignature) -> bytes:
    """What was signed for the batch, if the statement of these signed bytes is in it.

    Raises BadSignature when the path does not fit its place.
    """
    path = list(map(parse_base64, signature.path))
    index, size = signature.place
    try:
        return batch_bytes(size, fold_inclusion(index, size, leaf_hash(signed), path))
    except BadProof as error:
        raise BadSignature(f"the statement has no place in the batch: {error.message}") from error


def companions(signatures: Sequence[Signature]) -> int:
    """With how many other records an entry was signed in one gesture, the largest counting."""
    batches = [each for each in signatures if isinstance(each, BatchSignature)]
    return max((each.place[1] - 1 for each in batches), default=0)


def words_of(others: int) -> str:
    """The same in words, for reports."""
    records = "record" if others == 1 else "records"
    return f"signed together with {others} other {records} in one gesture"
