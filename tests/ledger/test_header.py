"""Headers of plain, Clique and QBFT chains: their hashes, and the seals."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadSignature, Malformed
from ledger.header import (
    QBFT_MIX_HASH,
    Header,
    QbftExtra,
    format_header,
    format_qbft,
    header_of_block,
    parse_header,
    parse_qbft,
    verify_seals,
)
from ledger.rlp import format_rlp, parse_rlp

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 6)]
VALIDATORS = sorted(key.public_key.to_canonical_address() for key in KEYS[:4])


def _header(extra: bytes, number: int = 7, mix_hash: bytes = QBFT_MIX_HASH) -> Header:
    roots = [bytes([n]) * 32 for n in range(3)]
    before = [bytes(32), bytes(32), bytes(20), *roots, bytes(256), b"\1", bytes([number])]
    items = [*before, b"\x10", b"", b"\x65\0\0\0", extra, mix_hash, bytes(8), b""]
    return parse_header(format_rlp(items))


def _sealed(keys: list[PrivateKey], number: int = 0) -> Header:
    """A QBFT header of the four validators, sealed by these keys in round `number`."""
    bare = QbftExtra(b"v" * 32, tuple(VALIDATORS), [], number, ())
    digest = _header(format_qbft(bare)).seal_hash
    seals = tuple(key.sign_msg_hash(digest).to_bytes() for key in keys)
    return _header(format_qbft(replace(bare, seals=seals)))


def _vector(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "block.json").read_text("utf-8"))
    return found


def test_qbft_extra_data_vector(shared_vectors: Path) -> None:
    """Besu's own example is read as Besu reads it, and written back byte for byte."""
    case = json.loads((shared_vectors / "qbft-extradata" / "extradata.json").read_text("utf-8"))
    raw = bytes.fromhex(case["hex"][2:])
    extra = parse_qbft(raw)
    assert format_qbft(extra) == raw
    assert "0x" + extra.vanity.hex() == case["vanity"]
    assert ["0x" + each.hex() for each in extra.validators] == case["validators"]
    assert extra.vote == [bytes.fromhex(case["vote"]["recipient"][2:]), b"\xff"]
    assert extra.round == case["round"]
    seals = [
        b"".join(n.to_bytes(w, "big") for n, w in zip(seal, (32, 32, 1), strict=True))
        for seal in case["seals_r_s_v"]
    ]
    assert list(extra.seals) == seals


def test_clique_blocks_hash_like_plain_ones(shared_vectors: Path) -> None:
    """Two real Clique headers: the epoch block's hash is known, the other's sealer is."""
    rinkeby = _vector(shared_vectors / "clique-rinkeby-30000")["header"]
    header = parse_header(header_of_block(rinkeby))
    assert "0x" + header.hash.hex() == rinkeby["hash"]
    assert header.qbft is None
    goerli = _vector(shared_vectors / "clique-goerli-1")
    first = parse_header(header_of_block(goerli["header"]))
    extra = first.items[12]
    unsealed = keccak(format_rlp([*first.items[:12], extra[:-65], *first.items[13:]]))
    from eth_keys.datatypes import Signature

    signer = Signature(extra[-65:]).recover_public_key_from_msg_hash(unsealed)
    assert "0x" + signer.to_canonical_address().hex() == goerli["genesis_signer"]


def test_plain_headers_of_a_test_chain(shared_vectors: Path) -> None:
    """Through all forks of the execution-apis chain, each header hashes to its child's parent."""
    raw = (shared_vectors / "eip1186-execution-apis" / "chain.rlp").read_bytes()
    headers = [parse_header(format_rlp(block[0])) for block in _blocks(raw)]
    assert len(headers) > 50
    for parent, child in pairwise(headers):
        assert child.items[0] == parent.hash
        assert format_header(parse_header(format_header(child))) == format_header(child)


def _blocks(raw: bytes) -> list[Any]:
    """The RLP blocks that a chain file holds one after the other."""
    blocks = []
    while raw:
        width = raw[0] - 0xF7
        length = 1 + width + int.from_bytes(raw[1 : 1 + width], "big")
        blocks.append(parse_rlp(raw[:length]))
        raw = raw[length:]
    return blocks


def test_qbft_hash_leaves_out_round_and_seals() -> None:
    """A block keeps its hash whoever sealed it and in whichever round."""
    one, other = _sealed(KEYS[:3], 0), _sealed(KEYS[1:4], 5)
    assert one.hash == other.hash
    assert one.hash != keccak(format_header(one))
    assert one.seal_hash != other.seal_hash


def test_genesis_is_hashed_as_it_is() -> None:
    """Block 0 has QBFT's extra data but no seals to leave out."""
    raw = format_header(_sealed(KEYS[:3]))
    items = parse_rlp(raw)
    assert isinstance(items, list)
    items[8] = b""
    genesis = parse_header(format_rlp(items))
    assert genesis.hash == keccak(format_header(genesis))


@pytest.mark.parametrize("number", [0, 1, 300])
def test_a_quorum_of_seals_is_enough(number: int) -> None:
    """Three of four validators make a block final, in any round."""
    verify_seals(_sealed(KEYS[:3], number), VALIDATORS)
    verify_seals(_sealed(KEYS[:4], number), VALIDATORS)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([], "0 of 4"),
        (KEYS[:2], "2 of 4"),
        ([KEYS[0], KEYS[1], KEYS[1]], "twice"),
        ([KEYS[0], KEYS[1], KEYS[4]], "stranger"),
        (KEYS, "stranger"),
    ],
)
def test_too_few_or_foreign_seals_are_refused(keys: list[PrivateKey], reason: str) -> None:
    """Two seals, one twice, or a stranger's, are not a quorum."""
    with pytest.raises(BadSignature, match=reason):
        verify_seals(_sealed(keys), VALIDATORS)


def test_other_validators_are_refused() -> None:
    """A forger's own list in the header is not the list pinned."""
    forged = [key.public_key.to_canonical_address() for key in KEYS[1:5]]
    with pytest.raises(BadSignature, match="other validators"):
        verify_seals(_sealed(KEYS[:3]), forged)
    with pytest.raises(Malformed):
        verify_seals(_header(b"", mix_hash=bytes(32)), VALIDATORS)


def test_seals_cover_the_state_root() -> None:
    """A header changed after sealing has no seal of a validator left."""
    sealed = _sealed(KEYS[:4])
    items = list(sealed.items)
    items[3] = b"\xee" * 32
    with pytest.raises(BadSignature):
        verify_seals(parse_header(format_rlp(list(items))), VALIDATORS)


@given(st.binary(max_size=300))
def test_strangers_bytes(raw: bytes) -> None:
    """Parsers raise Malformed and nothing else."""
    for parse in (parse_header, parse_qbft):
        with pytest.raises(Malformed):
            parse(raw)
