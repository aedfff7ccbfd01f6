"""The RFC 6962 tree: hashes, roots, inclusion and consistency proofs.

Hashes are 32 bytes. A *node reader* takes (level, index) and gives the hash of the perfect subtree
over the leaves [index * 2^level, (index + 1) * 2^level).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ledger.errors import BadProof, Malformed

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
_sha256 = hashlib.sha256


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), RFC 6962 section 2.1."""
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return _sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Merkle tree hash of the leaf hashes in order; the empty tree has EMPTY_ROOT."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        level = parents(level)
    return level[0]


def parents(level: list[bytes]) -> list[bytes]:
    """The next level up: pairs hashed, an odd last node promoted unchanged."""
    paired = [
        _sha256(b"\x01" + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    return paired + level[-1:] if len(level) % 2 else paired


@dataclass
class Edge:
    """The right edge of a growing tree: the roots of its perfect subtrees, largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        carried, size = leaf, self.size
        while size & 1:
            carried = node_hash(self.hashes.pop(), carried)
            size >>= 1
        self.hashes.append(carried)
        self.size += 1

    def append_subtree(self, level: int, subtree: bytes) -> None:
        """Add the root of a perfect subtree of 2^level leaves; the size must be a multiple."""
        carried, size = subtree, self.size >> level
        while size & 1:
            carried = node_hash(self.hashes.pop(), carried)
            size >>= 1
        self.hashes.append(carried)
        self.size += 1 << level

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.hashes:
            return EMPTY_ROOT
        folded = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            folded = node_hash(left, folded)
        return folded


def parse_edge(size: int, raw: bytes) -> Edge:
    """An edge from its size and concatenated hashes. Raises Malformed."""
    if size < 0 or len(raw) != HASH_SIZE * size.bit_count():
        raise Malformed("right edge does not fit its size")
    return Edge(size, [raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE)])


def format_edge(edge: Edge) -> bytes:
    """The concatenated hashes of an edge."""
    return b"".join(edge.hashes)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, the leaf's sibling first."""
    if not 0 <= index < size:
        raise BadProof(f"no inclusion proof of entry {index} in a tree of {size}")
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty when the sizes are equal."""
    if not 0 < old <= new:
        raise BadProof(f"no consistency proof from {old} to {new}")
    return [] if old == new else _subproof(old, 0, new, True, node)


def subtree_root(start: int, stop: int, node: NodeReader) -> bytes:
    """Merkle tree hash of the leaves [start, stop), start being aligned to its first half."""
    width = stop - start
    if width.bit_count() == 1:
        level = width.bit_length() - 1
        return node(level, start >> level)
    split = _split(width)
    return node_hash(
        subtree_root(start, start + split, node), subtree_root(start + split, stop, node)
    )


def _split(width: int) -> int:
    """The largest power of two strictly smaller than width."""
    return 1 << ((width - 1).bit_length() - 1)


def _path(index: int, start: int, stop: int, node: NodeReader) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + _split(stop - start)
    if index < middle:
        return [*_path(index, start, middle, node), subtree_root(middle, stop, node)]
    return [*_path(index, middle, stop, node), subtree_root(start, middle, node)]


def _subproof(old: int, start: int, stop: int, known: bool, node: NodeReader) -> list[bytes]:
    if old == stop:
        return [] if known else [subtree_root(start, stop, node)]
    middle = start + _split(stop - start)
    if old <= middle:
        return [*_subproof(old, start, middle, known, node), subtree_root(middle, stop, node)]
    return [*_subproof(old, middle, stop, False, node), subtree_root(start, middle, node)]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes
) -> None:
    """RFC 9162 section 2.1.3.2. Raises BadProof."""
    _check_hashes([expected])
    if fold_inclusion(index, size, leaf, proof) != expected:
        raise BadProof(f"inclusion proof of entry {index} does not lead to the root")


def fold_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to. Raises BadProof for one of another length."""
    if not 0 <= index < size:
        raise BadProof(f"index {index} is not in a tree of {size}")
    _check_hashes([leaf, *proof])
    position, last, folded = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("inclusion proof is too long")
        if position & 1 or position == last:
            folded = node_hash(sibling, folded)
            position, last = _climb(position, last)
        else:
            folded = node_hash(folded, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise BadProof("inclusion proof is too short")
    return folded


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 section 2.1.4.2; a tree of size 0 is refused. Raises BadProof."""
    if not 0 < old <= new:
        raise BadProof(f"no consistency between sizes {old} and {new}")
    _check_hashes([old_root, new_root, *proof])
    if old == new:
        if proof or old_root != new_root:
            raise BadProof(f"two different trees of size {old}")
        return
    hashes = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not hashes:
        raise BadProof("consistency proof is empty")
    if _fold_consistency(old, new, hashes) != (old_root, new_root):
        raise BadProof(f"the tree of size {new} is not an extension of the one of size {old}")


def _fold_consistency(old: int, new: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_fold = new_fold = hashes[0]
    for sibling in hashes[1:]:
        # Without this an overlong proof hangs old leaves at new places.
        if last == 0:
            raise BadProof("consistency proof is too long")
        if position & 1 or position == last:
            old_fold, new_fold = node_hash(sibling, old_fold), node_hash(sibling, new_fold)
            position, last = _climb(position, last)
        else:
            new_fold = node_hash(new_fold, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise BadProof("consistency proof is too short")
    return old_fold, new_fold


def _climb(position: int, last: int) -> tuple[int, int]:
    """Go up while the node is promoted unchanged (RFC 9162: until position is odd or zero)."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_SIZE for each in hashes):
        raise BadProof("a hash is not 32 bytes")
