"""Inclusion proofs in the state trie, against Ethereum's vectors and the trie library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rlp
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger.errors import BadProof, Malformed
from ledger.rlp import parse_rlp
from ledger.trie import MAX_NODES, verify_trie_proof

KEYS = st.dictionaries(st.binary(min_size=1, max_size=3), st.binary(min_size=1, max_size=40))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _exchange(path: Path) -> tuple[list[Any], dict[str, Any]]:
    """Parameters and result of one recorded JSON-RPC call."""
    sent, received = (line for line in path.read_text("utf-8").splitlines() if line[:2] != "//")
    return json.loads(sent[3:])["params"], json.loads(received[3:])["result"]


def _nodes(trie: HexaryTrie, key: bytes) -> list[bytes]:
    raw = [rlp.encode(node) for node in trie.get_proof(key)]
    return [node for place, node in enumerate(raw) if place == 0 or len(node) >= 32]


def _trie(content: dict[bytes, bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for key, value in content.items():
        trie[key] = value
    return trie


def test_execution_apis(shared_vectors: Path) -> None:
    """Each recorded eth_getProof leads from the state root of its block to the account."""
    folder = shared_vectors / "eip1186-execution-apis"
    _, block = _exchange(folder / "eth_getBlockByNumber" / "get-latest.io")
    exchanges = [_exchange(path) for path in sorted((folder / "eth_getProof").glob("*.io"))]
    assert exchanges
    slots = 0
    for (address, *_), result in exchanges:
        proof = [_bytes(node) for node in result["accountProof"]]
        account = verify_trie_proof(_bytes(block["stateRoot"]), keccak(_bytes(address)), proof)
        fields = [_bytes(result[name]) for name in ("storageHash", "codeHash")]
        assert parse_rlp(account)[2:] == fields
        for slot in result["storageProof"]:
            key = keccak(int(slot["key"], 16).to_bytes(32, "big"))
            value = verify_trie_proof(fields[0], key, [_bytes(node) for node in slot["proof"]])
            assert int.from_bytes(parse_rlp(value), "big") == int(slot["value"], 16)
            slots += 1
    assert slots


def test_secure_trie_vector(shared_vectors: Path) -> None:
    """Every account of the published state is provable under the published root."""
    case = json.loads((shared_vectors / "eth-rlp-trie" / "securetrie.json").read_text("utf-8"))
    for test in case.values():
        entries = test["data"] if "data" in test else test["in"]
        content = {keccak(_bytes(key)): _bytes(value) for key, value in entries}
        trie = _trie(content)
        assert trie.root_hash == _bytes(test["root"])
        for key, value in content.items():
            assert verify_trie_proof(trie.root_hash, key, _nodes(trie, key)) == value


@given(KEYS, st.data())
def test_agrees_with_the_library(content: dict[bytes, bytes], data: st.DataObject) -> None:
    """Small tries with inline nodes and values in branches: what is there is proved."""
    key = data.draw(st.sampled_from(sorted(content)) if content else st.nothing() | st.just(b"x"))
    trie = _trie(content or {b"x": b"y"})
    expected = (content or {b"x": b"y"})[key]
    assert verify_trie_proof(trie.root_hash, key, _nodes(trie, key)) == expected


@given(KEYS, st.binary(min_size=1, max_size=3))
def test_absent_keys_are_not_proved(content: dict[bytes, bytes], key: bytes) -> None:
    """A proof of absence is not a proof of anything else."""
    content.pop(key, None)
    trie = _trie({**content, b"other": b"value"})
    with pytest.raises(BadProof):
        verify_trie_proof(trie.root_hash, key, _nodes(trie, key))


@given(st.binary(min_size=33, max_size=60), st.lists(st.binary(max_size=80), max_size=4))
def test_strangers_bytes(root: bytes, proof: list[bytes]) -> None:
    """Whatever is handed in, only BadProof or Malformed comes out."""
    with pytest.raises((BadProof, Malformed)):
        verify_trie_proof(keccak(proof[0]) if proof else root, keccak(root), proof)


def test_left_over_nodes_are_refused() -> None:
    """A node that nothing names has no place in a proof."""
    trie = _trie({keccak(bytes([n])): b"v" * 40 for n in range(50)})
    key = keccak(b"\1")
    nodes = _nodes(trie, key)
    for wrong in ([*nodes, nodes[-1]], nodes[:-1], nodes[1:], [], nodes * (MAX_NODES + 1)):
        with pytest.raises(BadProof):
            verify_trie_proof(trie.root_hash, key, wrong)
