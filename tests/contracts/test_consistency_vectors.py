"""One verdict on consistency by Python and Solidity: published vectors, and made-up claims."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.errors import BadProof
from ledger.merkle import (
    consistency_proof,
    leaf_hash,
    node_hash,
    root,
    subtree_root,
    verify_consistency,
)
from tests.contracts.evm import Contract, Reverted, selector

IS_CONSISTENT = "isConsistent(uint64,uint64,bytes32,bytes32,bytes32[])"
ANCHOR = "anchor(bytes32,uint64,bytes32,bytes32[])"
GREATEST = 2**64 - 1


@dataclass(frozen=True)
class Claim:
    """That the tree of the new size and root begins with the old one."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    proof: tuple[bytes, ...]


def by_python(claim: Claim) -> bool:
    """The ledger's verdict."""
    try:
        verify_consistency(claim.old, claim.new, claim.old_root, claim.new_root, claim.proof)
    except BadProof:
        return False
    return True


def by_contract(harness: Contract, claim: Claim) -> bool:
    """The library's verdict, in the virtual machine."""
    arguments = (claim.old, claim.new, claim.old_root, claim.new_root, claim.proof)
    verdict: bool = harness.call(IS_CONSISTENT, *arguments, returns=("bool",))
    return verdict


def by_registry(registry: Contract, claim: Claim) -> bool:
    """Whether the registry takes the new checkpoint after the old, in a log of its own."""
    log = hashlib.sha256(repr(claim).encode()).digest()
    publisher = registry.machine.accounts[0]
    registry.send("setPublisher(bytes32,address)", log, publisher)
    registry.send(ANCHOR, log, claim.old, claim.old_root, ())
    try:
        registry.send(ANCHOR, log, claim.new, claim.new_root, claim.proof)
    except Reverted as refusal:
        if refusal.data[:4] != selector("InconsistentCheckpoint(uint64,uint64)"):
            raise
        return False
    return True


# ---- published vectors


def published(vectors: Path) -> list[tuple[str, Claim, bool]]:
    """Name, claim and whether it holds.

    A hash that is not of 32 bytes is filled up with zeros: the contract's types know no other, and
    no vector's verdict hangs on it.
    """
    cases = json.loads((vectors / "rfc6962-merkle-json" / "consistency.json").read_bytes())
    return [(case["file"], _claim(case), not case["wantErr"]) for case in cases]


def _claim(case: dict[str, Any]) -> Claim:
    old_root, new_root, *proof = (
        b64decode(text).ljust(32, b"\0")
        for text in (case["root1"], case["root2"], *(case["proof"] or ()))
    )
    return Claim(case["size1"], case["size2"], old_root, new_root, tuple(proof))


def test_python_agrees_with_the_published_vectors(shared_vectors: Path) -> None:
    """Each published vector has the published verdict by the ledger."""
    cases = published(shared_vectors)
    assert len(cases) == 98
    assert [name for name, claim, holds in cases if by_python(claim) != holds] == []


def test_solidity_agrees_with_the_published_vectors(
    shared_vectors: Path, harness: Contract
) -> None:
    """Each published vector has the published verdict by the contract's library."""
    cases = published(shared_vectors)
    assert [name for name, claim, holds in cases if by_contract(harness, claim) != holds] == []


def test_the_registry_agrees_with_the_published_vectors(
    shared_vectors: Path, registry: Contract
) -> None:
    """Each vector between two growing sizes is anchored, or refused, by the committed bytecode."""
    growing = [case for case in published(shared_vectors) if 0 < case[1].old < case[1].new]
    assert len(growing) > 70
    assert [name for name, claim, holds in growing if by_registry(registry, claim) != holds] == []


# ---- by hand


def leaves(count: int) -> list[bytes]:
    """Leaf hashes."""
    return [leaf_hash(b"entry %d" % index) for index in range(count)]


def overlong() -> Claim:
    """From 6 to 7 with four nodes: entries 4 and 5 hang one level lower in the new tree."""
    hashes = leaves(6)
    first, anything = root(hashes[:4]), b"\x2a" * 32
    rehung = node_hash(first, node_hash(hashes[4], node_hash(hashes[5], anything)))
    return Claim(6, 7, root(hashes), rehung, (hashes[5], anything, hashes[4], first))


def test_an_overlong_proof_is_refused_by_python() -> None:
    """Old entries cannot be hung at new places; no published vector tries this."""
    assert not by_python(overlong())


def test_an_overlong_proof_is_refused_by_the_registry(registry: Contract) -> None:
    """Old entries cannot be hung at new places on the chain either."""
    assert not by_registry(registry, overlong())


# ---- made up


def grown(old: int, new: int, seed: bytes = b"") -> Claim:
    """A claim that holds, of any sizes: only the nodes that the proof needs are ever hashed."""

    def node(level: int, index: int) -> bytes:
        start, stop = index << level, (index + 1) << level
        if start < old < stop:
            return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
        return hashlib.sha256(b"%d %d %b" % (level, index, seed)).digest()

    proof = consistency_proof(old, new, node)
    return Claim(old, new, subtree_root(0, old, node), subtree_root(0, new, node), tuple(proof))


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    """0 < old < new, of every magnitude, powers of two and their neighbours often."""
    near_power = st.builds(
        lambda power, off: min(max(2**power + off, 2), GREATEST),
        st.integers(1, 64),
        st.integers(-2, 2),
    )
    new = draw(st.one_of(st.integers(2, 40), near_power, st.integers(2, GREATEST)))
    old = draw(st.one_of(st.integers(1, new - 1), near_power.map(lambda size: min(size, new - 1))))
    return old, new


@st.composite
def disturbed(draw: st.DrawFn) -> Claim:
    """A claim that held before it was changed in one of many ways; some changes change nothing."""
    claim = grown(*draw(sizes()))
    changes = draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2))
    for change in changes:
        claim = change(draw, claim)
    return claim


def flip_a_bit(draw: st.DrawFn, claim: Claim) -> Claim:
    """One bit of a node or a root."""
    hashes = [claim.old_root, claim.new_root, *claim.proof]
    at, bit = draw(st.integers(0, len(hashes) - 1)), draw(st.integers(0, 255))
    hashes[at] = (int.from_bytes(hashes[at], "big") ^ 1 << bit).to_bytes(32, "big")
    return replace(claim, old_root=hashes[0], new_root=hashes[1], proof=tuple(hashes[2:]))


def leave_one_out(draw: st.DrawFn, claim: Claim) -> Claim:
    """A proof with one node less."""
    at = draw(st.integers(0, max(len(claim.proof) - 1, 0)))
    return replace(claim, proof=claim.proof[:at] + claim.proof[at + 1 :])


def put_one_in(draw: st.DrawFn, claim: Claim) -> Claim:
    """A proof with one node more, known or not."""
    known = [claim.old_root, claim.new_root, bytes(32), *claim.proof]
    at, node = draw(st.integers(0, len(claim.proof))), draw(st.sampled_from(known))
    return replace(claim, proof=(*claim.proof[:at], node, *claim.proof[at:]))


def swap_neighbours(draw: st.DrawFn, claim: Claim) -> Claim:
    """Two nodes that change places."""
    proof, at = list(claim.proof), draw(st.integers(0, max(len(claim.proof) - 2, 0)))
    proof[at : at + 2] = proof[at : at + 2][::-1]
    return replace(claim, proof=tuple(proof))


def claim_other_sizes(draw: st.DrawFn, claim: Claim) -> Claim:
    """Sizes a little or a lot away."""
    near, anywhere = st.integers(-3, 3), st.integers(0, GREATEST)
    old = draw(st.one_of(near.map(lambda off: claim.old + off), st.just(claim.new), anywhere))
    new = draw(st.one_of(near.map(lambda off: claim.new + off), st.just(claim.old), anywhere))
    return replace(claim, old=min(max(old, 0), GREATEST), new=min(max(new, 0), GREATEST))


def swap_the_roots(_draw: st.DrawFn, claim: Claim) -> Claim:
    """The new root as the old."""
    return replace(claim, old_root=claim.new_root, new_root=claim.old_root)


CHANGES = (
    flip_a_bit,
    leave_one_out,
    put_one_in,
    swap_neighbours,
    claim_other_sizes,
    swap_the_roots,
)


@given(sizes(), st.binary(max_size=4))
@settings(max_examples=100)
def test_growth_of_any_size_holds_for_both(
    harness: Contract, pair: tuple[int, int], seed: bytes
) -> None:
    """The ledger's own proof, up to the greatest size, is accepted by Python and Solidity."""
    claim = grown(*pair, seed)
    assert by_python(claim)
    assert by_contract(harness, claim)


@given(disturbed())
@settings(max_examples=200)
def test_a_disturbed_claim_has_one_verdict(harness: Contract, claim: Claim) -> None:
    """Python and Solidity accept, or refuse, the same claim."""
    assert by_python(claim) == by_contract(harness, claim)


@given(sizes(), st.data())
def test_another_past_is_refused_by_both(
    harness: Contract, pair: tuple[int, int], data: st.DataObject
) -> None:
    """No claim holds whose old root is of another tree, even with that tree's faultless proof."""
    claim, other = grown(*pair), grown(*pair, b"other")
    assume(claim.old_root != other.old_root)
    proof = data.draw(st.sampled_from([claim.proof, other.proof]))
    forged = replace(other, old_root=claim.old_root, proof=proof)
    assert not by_python(forged)
    assert not by_contract(harness, forged)


@pytest.mark.parametrize("new", [1, 2, 7, 8, GREATEST])
def test_nothing_extends_the_empty_tree(harness: Contract, new: int) -> None:
    """Size 0 is consistent with nothing, itself included."""
    for size in (0, new):
        claim = Claim(0, size, hashlib.sha256().digest(), b"\x01" * 32, ())
        assert not by_python(claim)
        assert not by_contract(harness, claim)
