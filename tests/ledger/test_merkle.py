"""The RFC 6962 tree: every proof that should hold does, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import BadProof, Malformed
from ledger.merkle import Edge, NodeReader

LARGEST = 70
LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(LARGEST)]


def mth(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash word for word as RFC 6962 section 2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


ROOTS = [mth(LEAVES[:n]) for n in range(LARGEST + 1)]


def reader(leaves: Sequence[bytes]) -> NodeReader:
    """Nodes computed from all leaves; a node past them cannot be read."""

    def node(level: int, index: int) -> bytes:
        covered = leaves[index << level : (index + 1) << level]
        assert len(covered) == 1 << level
        return mth(covered)

    return node


NODE = reader(LEAVES)


def holds(verify: Callable[[], None]) -> bool:
    """Whether a proof is accepted; only BadProof refuses."""
    try:
        verify()
    except BadProof:
        return False
    return True


def test_hashes_are_those_of_the_rfc():
    """The empty tree, the empty leaf, and the two prefixes."""
    assert merkle.EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")
    assert merkle.leaf_hash(b"").hex().startswith("6e340b9cffb37a98")
    assert (
        merkle.node_hash(b"a" * 32, b"b" * 32)
        == hashlib.sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()
    )


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_root_is_the_definition(size: int):
    """Level by level, by the right edge, and over perfect subtrees: one root."""
    edge = Edge()
    edge.extend(LEAVES[:size])
    assert merkle.root(LEAVES[:size]) == edge.root() == ROOTS[size]
    assert edge.size == size
    assert merkle.parse_edge(size, merkle.format_edge(edge)) == edge
    if size:
        assert merkle.subtree_root(0, size, NODE) == ROOTS[size]


def test_every_inclusion_proof_verifies_and_no_other_index_or_size_does():
    """For every index of every size up to 70."""
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, NODE)
            merkle.verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])
            for other in (index - 1, index + 1):
                with pytest.raises(BadProof):
                    merkle.verify_inclusion(other, size, LEAVES[index], proof, ROOTS[size])


def test_every_consistency_proof_verifies():
    """From every size to every size up to 70."""
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(old, new, NODE)
            merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            assert (proof == []) == (old == new)


def mutants(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with a hash changed, cut, added, doubled, swapped, or of another length."""
    other = b"\x5a" * 32
    found = [[*proof, other], [other, *proof], [*proof, *proof[-1:], *proof[-1:]]]
    for at in range(len(proof)):
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        found += [
            [*proof[:at], flipped, *proof[at + 1 :]],
            [*proof[:at], *proof[at + 1 :]],
            [*proof[: at + 1], *proof[at:]],
            [*proof[:at], proof[at][:31], *proof[at + 1 :]],
            [*proof[:at], proof[at] + b"\x00", *proof[at + 1 :]],
        ]
    found += [
        [*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]] for at in range(len(proof) - 1)
    ]
    return [each for each in found if each != proof]


@given(st.integers(1, LARGEST), st.data())
def test_every_mutated_inclusion_proof_is_refused(size: int, data: st.DataObject):
    """Another hash, order, length, leaf, root or size is refused."""
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, NODE)
    for mutant in mutants(proof):
        with pytest.raises(BadProof):
            merkle.verify_inclusion(index, size, LEAVES[index], mutant, ROOTS[size])
    for leaf, root in ((LEAVES[index - 1], ROOTS[size - 1]), (LEAVES[index], ROOTS[size - 1])):
        with pytest.raises(BadProof):
            merkle.verify_inclusion(index, size, leaf, proof, root)
    with pytest.raises(BadProof):
        merkle.verify_inclusion(index, index, LEAVES[index], proof, ROOTS[size])


@given(st.integers(2, LARGEST), st.data())
def test_every_mutated_consistency_proof_is_refused(new: int, data: st.DataObject):
    """Another hash, order, length, root or size is refused."""
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency_proof(old, new, NODE)
    for mutant in mutants(proof):
        with pytest.raises(BadProof):
            merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], mutant)
    for first, second in ((ROOTS[old - 1], ROOTS[new]), (ROOTS[old], ROOTS[new - 1])):
        with pytest.raises(BadProof):
            merkle.verify_consistency(old, new, first, second, proof)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_proof_for_one_size_is_refused_for_its_neighbours(shift: int):
    """The sizes are part of what is proven."""
    for new in range(2, 40):
        for old in range(1, new):
            proof = merkle.consistency_proof(old, new, NODE)
            for a, b in ((old + shift, new), (old, new + shift), (old - shift, new)):
                if 0 < a <= b:
                    with pytest.raises(BadProof):
                        merkle.verify_consistency(a, b, ROOTS[a], ROOTS[b], proof)


def test_overlong_proof_from_six_to_seven_is_refused():
    """Four hashes fold to the honest old root while hanging old leaf 5 at a new place."""
    assert len(merkle.consistency_proof(6, 7, NODE)) == 3
    fold, junk = merkle.node_hash, b"\x77" * 32
    left, fourth, fifth = NODE(2, 0), LEAVES[4], LEAVES[5]
    assert fold(left, fold(fourth, fifth)) == ROOTS[6]
    forged = fold(left, fold(fourth, fold(fifth, junk)))
    with pytest.raises(BadProof):
        merkle.verify_consistency(6, 7, ROOTS[6], forged, [fifth, junk, fourth, left])


def test_overlong_inclusion_proof_is_refused():
    """A root above the tree is not the tree's root, whoever signed it."""
    further = b"\x77" * 32
    for size in range(1, 20):
        forged = merkle.node_hash(further, ROOTS[size])
        for index in range(size):
            proof = [*merkle.inclusion_proof(index, size, NODE), further]
            with pytest.raises(BadProof):
                merkle.verify_inclusion(index, size, LEAVES[index], proof, forged)


def test_hashes_of_other_lengths_are_refused_even_where_their_bytes_join_alike():
    """33 and 31 bytes hash as 32 and 32 do: only the lengths tell them apart."""
    first, second = LEAVES[0] + LEAVES[1][:1], LEAVES[1][1:]
    assert merkle.node_hash(first, second) == ROOTS[2]
    with pytest.raises(BadProof):
        merkle.verify_inclusion(0, 2, first, [second], ROOTS[2])
    with pytest.raises(BadProof):
        merkle.verify_consistency(1, 2, first, ROOTS[2], [second])


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 0), (-1, 1), (2, 1), (5, 4)])
def test_sizes_that_cannot_grow_are_refused(old: int, new: int):
    """Nothing is consistent with the empty tree here, nor does a tree shrink."""
    with pytest.raises(BadProof):
        merkle.verify_consistency(old, new, merkle.EMPTY_ROOT, ROOTS[1], [])
    with pytest.raises(BadProof):
        merkle.consistency_proof(old, new, NODE)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 3)])
def test_index_outside_the_tree_is_refused(index: int, size: int):
    """There is no proof of what is not there."""
    with pytest.raises(BadProof):
        merkle.verify_inclusion(index, size, LEAVES[0], [], ROOTS[1])
    with pytest.raises(BadProof):
        merkle.inclusion_proof(index, size, NODE)


@given(
    st.integers(-2, 2**64),
    st.integers(-2, 2**64),
    st.lists(st.binary(min_size=32, max_size=32) | st.binary(max_size=40), max_size=70),
    st.binary(max_size=32),
)
def test_random_proof_is_refused_with_bad_proof_only(
    first: int, second: int, proof: list[bytes], root: bytes
):
    """Whatever is sent as a proof, nothing but BadProof comes back."""
    assert not holds(lambda: merkle.verify_inclusion(first, second, LEAVES[0], proof, root))
    assert not holds(lambda: merkle.verify_consistency(first, second, root, LEAVES[0], proof))


@given(st.lists(st.integers(0, 6), max_size=12))
def test_edge_grows_by_subtrees_as_by_leaves(levels: list[int]):
    """Perfect subtrees, largest first, give the root that their leaves give."""
    by_leaf, by_subtree = Edge(), Edge()
    for level in sorted(levels, reverse=True):
        leaves = [merkle.leaf_hash(bytes([level, n])) for n in range(1 << level)]
        by_leaf.extend(leaves)
        by_subtree.append_subtree(level, mth(leaves))
    assert by_leaf == by_subtree


@given(st.integers(-3, 2**70), st.binary(max_size=200))
def test_random_edge_raises_only_malformed(size: int, raw: bytes):
    """An edge fits its size: 32 bytes for each binary one."""
    try:
        edge = merkle.parse_edge(size, raw)
    except Malformed:
        return
    assert merkle.format_edge(edge) == raw
