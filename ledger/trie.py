"""Inclusion proofs in Ethereum's Merkle Patricia trie, checked.

Ethereum Yellow Paper, appendix D; the proofs are those of EIP-1186. Our own code for the reason
given in ledger.rlp: it faces bytes from strangers, and the library for it comes only with the
development chain. At most 64 steps, each of which consumes a nibble of the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eth_hash.auto import keccak

from ledger.errors import BadProof
from ledger.rlp import Item, parse_rlp

MAX_NODES = 65
MAX_NODE = 2048


def verify_trie_proof(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes:
    """The value under `key` (the hashed key, 32 bytes) in the trie with this root.

    `proof` is the nodes from the root to the leaf, each in RLP and every one of them needed.

    Raises:
        BadProof: a node is not the one its parent names, the key is absent, or nodes are left over.
        Malformed: a node is not RLP.
    """
    if len(proof) > MAX_NODES or any(len(node) > MAX_NODE for node in proof):
        raise BadProof("a trie proof is larger than any real one")
    nodes = iter(proof)
    nibbles = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    value = _descend(root, nibbles, nodes)
    if next(nodes, None) is not None:
        raise BadProof("a trie proof has nodes that nothing names")
    return value


def _descend(root: bytes, nibbles: list[int], nodes: Iterator[bytes]) -> bytes:
    reference: Item = root
    depth = 0
    while True:
        node = _resolve(reference, nodes)
        if len(node) == 17:
            if depth == len(nibbles):
                return _value(node[16])
            reference, depth = node[nibbles[depth]], depth + 1
            continue
        path, leaf = _path(node)
        if path != nibbles[depth : depth + len(path)]:
            raise BadProof("a trie proof leaves the path of its key")
        depth += len(path)
        if leaf:
            return _leaf_value(node, depth, nibbles)
        reference = node[1]


def _resolve(reference: Item, nodes: Iterator[bytes]) -> list[Item]:
    """The node a reference names: the next of the proof by its hash, or one written in place."""
    node: Item = reference
    if isinstance(reference, bytes):
        raw = next(nodes, None)
        if raw is None:
            raise BadProof("a trie proof ends before its leaf")
        if len(reference) != 32 or keccak(raw) != reference:
            raise BadProof("a node of a trie proof is not the one its parent names")
        node = parse_rlp(raw)
    if isinstance(node, bytes) or len(node) not in (2, 17):
        raise BadProof("a node of a trie proof has neither two nor seventeen items")
    return node


def _path(node: list[Item]) -> tuple[list[int], bool]:
    """The nibbles of a leaf or extension (hex prefix encoding) and whether it is a leaf."""
    packed = node[0]
    if isinstance(packed, list) or not packed:
        raise BadProof("a node of a trie proof has no path")
    nibbles = [nibble for byte in packed for nibble in (byte >> 4, byte & 15)]
    flag, even = nibbles[0], not nibbles[0] & 1
    if flag > 3 or (even and nibbles[1]):
        raise BadProof("the path of a trie node has another form than hex prefix")
    path, leaf = nibbles[2 if even else 1 :], bool(flag & 2)
    if not leaf and not path:
        raise BadProof("an extension of a trie proof has an empty path")
    return path, leaf


def _leaf_value(node: list[Item], depth: int, nibbles: list[int]) -> bytes:
    if depth != len(nibbles):
        raise BadProof("a trie proof ends at a shorter key")
    return _value(node[1])


def _value(item: Item) -> bytes:
    if isinstance(item, list) or not item:
        raise BadProof("a trie proof ends without a value")
    return item
