"""The state proof of a receipt, off line, against a forger who may change anything in it."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contracts import artefact
from ledger.anchor import Chain
from ledger.devchain import serve_devchain
from ledger.errors import BadProof, BadSignature, Malformed
from ledger.header import QBFT_MIX_HASH, QbftExtra, format_qbft, parse_header
from ledger.merkle import leaf_hash
from ledger.rlp import format_rlp
from ledger.stateproof import (
    ROOT_AT_BASE_SLOT,
    Validators,
    format_anchor,
    log_id,
    parse_anchor,
    root_at_slot,
    verify_state_proof,
)

LOG = log_id("jejak.test")
KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 5)]
VALIDATORS = tuple(sorted(key.public_key.to_canonical_address() for key in KEYS))
# Nothing in a state proof speaks about these two; verify_state_proof says so.
UNPROVED = ("transaction", "chainId")


@pytest.fixture(scope="module")
def anchor(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A real anchor among others, so that the proofs have branches."""
    with serve_devchain(tmp_path_factory.mktemp("chain") / "chain.db") as served:
        chain = Chain(served.url, b"\x21" * 32)
        contract = chain.deploy(chain.address)
        for epoch in range(6):
            log = log_id("jejak.test", epoch)
            chain.set_publisher(contract, log, chain.address)
            chain.anchor(contract, log, 1_000 + epoch, leaf_hash(bytes([epoch])), [])
        return chain.proof(contract, LOG, 1_000)


def _verify(anchor: dict[str, Any], **pinned: Any) -> Any:
    return verify_state_proof(anchor, contract=anchor["contract"], log_id=LOG, **pinned)


def _qbft(anchor: dict[str, Any], keys: list[PrivateKey]) -> dict[str, Any]:
    """The same anchor in a block of a QBFT chain, sealed by these keys."""
    items = list(parse_header(bytes.fromhex(anchor["header"][2:])).items)
    extra = QbftExtra(bytes(32), VALIDATORS, [], 1, ())
    items[12:14] = [format_qbft(extra), QBFT_MIX_HASH]
    digest = parse_header(format_rlp(list(items))).seal_hash
    seals = tuple(key.sign_msg_hash(digest).to_bytes() for key in keys)
    items[12] = format_qbft(QbftExtra(bytes(32), VALIDATORS, [], 1, seals))
    raw = format_rlp(list(items))
    header, block_hash = "0x" + raw.hex(), "0x" + parse_header(raw).hash.hex()
    return {**anchor, "header": header, "blockHash": block_hash}


def test_log_ids() -> None:
    """The id is the hash of the origin and the epoch in decimal."""
    assert log_id("jejak.example.go.id", 12) == hashlib.sha256(b"jejak.example.go.id\n12").digest()
    assert log_id("jejak.test") == log_id("jejak.test", 0)


def test_the_slot_is_where_solc_puts_it() -> None:
    """`rootAt` lies at the base slot of the formula, and is the mapping of mappings it assumes."""
    layout = artefact()["storageLayout"]
    (place,) = [each for each in layout["storage"] if each["label"] == "rootAt"]
    assert (int(place["slot"]), place["offset"]) == (ROOT_AT_BASE_SLOT, 0)
    outer = layout["types"][place["type"]]
    inner = layout["types"][outer["value"]]
    assert (outer["key"], inner["key"], inner["value"]) == ("t_bytes32", "t_uint64", "t_bytes32")


def test_slot_formula() -> None:
    """The formula, written out once more by hand."""
    at_log = keccak(b"\x07" * 32 + bytes(31) + b"\x01")
    assert root_at_slot(b"\x07" * 32, 258) == keccak(bytes(30) + b"\x01\x02" + at_log)


def test_what_is_shown(anchor: dict[str, Any]) -> None:
    """A good proof says what it shows and what it does not."""
    shown = _verify(anchor)
    assert (shown.size, shown.root) == (1_000, leaf_hash(b"\0"))
    assert shown.code_hash == keccak(bytes.fromhex(artefact()["deployedBytecode"][2:]))
    assert shown.checked == ("storage", "account", "header")
    assert "transaction" in shown.unchecked
    assert "block is sealed by the chain's validators" in shown.unchecked
    assert "contract code" in _verify(anchor, code_hash=shown.code_hash).checked


def test_another_contract_log_or_code(anchor: dict[str, Any]) -> None:
    """A true proof about something else than what is trusted is refused."""
    for pinned in (
        {"contract": "0x" + "11" * 20, "log_id": LOG},
        {"contract": anchor["contract"], "log_id": log_id("jejak.test", 1)},
        {"contract": anchor["contract"], "log_id": LOG, "code_hash": bytes(32)},
    ):
        with pytest.raises(BadProof):
            verify_state_proof(anchor, **pinned)
    verify_state_proof(anchor, contract=anchor["contract"].upper().replace("X", "x"), log_id=LOG)


@pytest.mark.parametrize("size", [999, 1_001, 0])
def test_another_size_or_root(anchor: dict[str, Any], size: int) -> None:
    """Neither the size nor the root can be exchanged for another, not even for nothing."""
    for changed in ({"size": size}, {"root": "0x" + "11" * 32}, {"root": "0x" + "00" * 32}):
        with pytest.raises(BadProof):
            _verify({**anchor, **changed})


@given(data=st.data())
def test_bit_flips(anchor: dict[str, Any], data: st.DataObject) -> None:
    """One bit changed anywhere in what is claimed or in its proof, and it is refused."""
    changed = copy.deepcopy(anchor)
    name = data.draw(st.sampled_from([each for each in changed if each not in UNPROVED]))
    value = changed[name]
    if isinstance(value, int):
        changed[name] = value ^ 1 << data.draw(st.integers(0, 62))
    elif isinstance(value, list):
        place = data.draw(st.integers(0, len(value) - 1))
        value[place] = _flipped(value[place], data)
    else:
        changed[name] = _flipped(value, data)
    with pytest.raises((BadProof, Malformed)):
        verify_state_proof(changed, contract=anchor["contract"], log_id=LOG)


def _flipped(text: str, data: st.DataObject) -> str:
    """The text with one bit changed: of a character, or of a byte that it encodes."""
    if data.draw(st.booleans()):
        raw = bytearray(text.encode())
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 6))
        return raw.decode()
    raw = bytearray.fromhex(text[2:])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    return "0x" + raw.hex()


@pytest.mark.parametrize("name", ["accountProof", "storageProof"])
def test_nodes_added_dropped_or_swapped(anchor: dict[str, Any], name: str) -> None:
    """The nodes of a proof are exactly those needed, in their order."""
    nodes = anchor[name]
    assert len(nodes) > 1
    for changed in (nodes[:-1], nodes[1:], nodes[::-1], [*nodes, nodes[-1]], [], [*nodes, "0x80"]):
        with pytest.raises((BadProof, Malformed)):
            _verify({**anchor, name: changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"extra": 1},
        {"size": "1000"},
        {"size": True},
        {"size": -1},
        {"size": 2**64},
        {"block": None},
        {"root": None},
        {"root": "0x"},
        {"header": "0x" + "c0" * 70_000},
        {"header": "0x" + "c1" * 5_000},
        {"header": "0xc0"},
        {"accountProof": ["0x80"] * 100},
        {"accountProof": {"0": "0x80"}},
        {"storageProof": "0x80"},
        {"storageProof": [7]},
        {"storageProof": ["0x" + "c1" * 2_000]},
        {"contract": "0X" + "11" * 20},
    ],
)
def test_out_of_form(anchor: dict[str, Any], changed: dict[str, Any]) -> None:
    """Whatever a stranger writes there, it is refused as Malformed or as no proof."""
    with pytest.raises((BadProof, Malformed)):
        _verify({**anchor, **changed})
    for name in anchor:
        with pytest.raises(Malformed):
            parse_anchor({key: value for key, value in anchor.items() if key != name})


@pytest.mark.parametrize("whole", [None, [], "x", 5, {"header": "0x"}])
def test_no_anchor_at_all(whole: Any) -> None:
    """Something else than an anchor is Malformed."""
    with pytest.raises(Malformed):
        verify_state_proof(whole, contract="0x" + "11" * 20, log_id=LOG)


def test_round_trip(anchor: dict[str, Any]) -> None:
    """What is parsed is written back the same."""
    assert format_anchor(parse_anchor(anchor)) == anchor


def test_sealed_block(anchor: dict[str, Any]) -> None:
    """With validators pinned for its block, a quorum of their seals is asked for."""
    ranges = [Validators(1, None, VALIDATORS)]
    sealed = _verify(_qbft(anchor, KEYS[:3]), validators=ranges)
    assert "block is sealed by the chain's validators" in sealed.checked
    for keys in ([], KEYS[:2]):
        with pytest.raises(BadSignature):
            _verify(_qbft(anchor, keys), validators=ranges)
    # The development chain has no seals to show.
    with pytest.raises(Malformed):
        _verify(anchor, validators=ranges)


def test_validators_of_other_blocks(anchor: dict[str, Any]) -> None:
    """Validators pinned for other blocks leave the seal unchecked, and that is said."""
    block = anchor["block"]
    for ranges in ([Validators(block + 1, None, VALIDATORS)], [Validators(0, block - 1, ())]):
        shown = _verify(_qbft(anchor, []), validators=ranges)
        assert "block is sealed by the chain's validators" in shown.unchecked
    with pytest.raises(BadSignature):
        _verify(_qbft(anchor, []), validators=[Validators(block, block, VALIDATORS)])
