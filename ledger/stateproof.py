"""The anchor of a receipt, checked off line: contract storage, account, state root, header.

The chain of evidence is `rootAt[log][size]` in the contract's storage (storage proof), the
contract's account (account proof, both EIP-1186), the header's state root, the header's hash and,
when the verifier brings validators along, their seals. Pure: no node is asked, web3 is not needed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_hash.auto import keccak

from ledger.envelope import format_time
from ledger.errors import BadProof, Malformed
from ledger.header import MAX_HEADER, Header, parse_header, verify_seals
from ledger.rlp import parse_rlp
from ledger.trie import MAX_NODE, MAX_NODES, verify_trie_proof

ROOT_AT_BASE_SLOT = 1
"""Place of `rootAt` in the contract's storage, after the roles of AccessControl: solc's
`storageLayout` of the artefact says the same, and a test compares them."""

MAX_SIZE = 2**64 - 1
_MAX_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z
_FIELDS = (
    "chainId",
    "contract",
    "logId",
    "size",
    "root",
    "transaction",
    "block",
    "blockHash",
    "header",
    "accountProof",
    "storageProof",
)
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


@dataclass(frozen=True)
class Validators:
    """The validators pinned for a range of blocks; `last` None means: to this day."""

    first: int
    last: int | None
    addresses: Collection[bytes]


@dataclass(frozen=True)
class Anchor:
    """The `anchor` of a receipt, parsed: what it claims and the bytes that prove it."""

    chain_id: int
    contract: bytes
    log_id: bytes
    size: int
    root: bytes
    transaction: bytes
    block: int
    block_hash: bytes
    header: bytes
    account_proof: tuple[bytes, ...]
    storage_proof: tuple[bytes, ...]


@dataclass(frozen=True)
class StateProof:
    """What a state proof shows, which of it was checked, and what was not."""

    size: int
    root: bytes
    block: int
    block_hash: bytes
    state_root: bytes
    time: str
    code_hash: bytes
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]


def log_id(origin: str, epoch: int = 0) -> bytes:
    """The contract's name for a log: SHA-256 of origin, newline and decimal epoch."""
    return hashlib.sha256(f"{origin}\n{epoch}".encode()).digest()


def root_at_slot(log_id: bytes, size: int) -> bytes:
    """The storage slot (32 bytes) of `rootAt[log_id][size]`.

    Solidity's rule for a mapping at slot p: keccak256(key ‖ p), both as 32 bytes, here twice.
    """
    outer = keccak(log_id + ROOT_AT_BASE_SLOT.to_bytes(32, "big"))
    return keccak(size.to_bytes(32, "big") + outer)


def parse_anchor(anchor: object) -> Anchor:
    """The JSON object of a receipt's anchor. Raises Malformed."""
    if not isinstance(anchor, Mapping) or set(anchor) != set(_FIELDS):
        raise Malformed("an anchor has exactly the members " + ", ".join(_FIELDS))
    return Anchor(
        chain_id=_integer(anchor, "chainId"),
        contract=_octets(anchor["contract"], 20),
        log_id=_octets(anchor["logId"], 32),
        size=_integer(anchor, "size"),
        root=_octets(anchor["root"], 32),
        transaction=_octets(anchor["transaction"], 32),
        block=_integer(anchor, "block"),
        block_hash=_octets(anchor["blockHash"], 32),
        header=_bounded(anchor["header"], MAX_HEADER),
        account_proof=_nodes(anchor["accountProof"]),
        storage_proof=_nodes(anchor["storageProof"]),
    )


def format_anchor(anchor: Anchor) -> dict[str, Any]:
    """The inverse of parse_anchor."""
    values = (
        anchor.chain_id,
        *(_hex(part) for part in (anchor.contract, anchor.log_id)),
        anchor.size,
        *(_hex(part) for part in (anchor.root, anchor.transaction)),
        anchor.block,
        *(_hex(part) for part in (anchor.block_hash, anchor.header)),
        [_hex(node) for node in anchor.account_proof],
        [_hex(node) for node in anchor.storage_proof],
    )
    return dict(zip(_FIELDS, values, strict=True))


def verify_state_proof(
    anchor: Mapping[str, Any],
    *,
    contract: str,
    log_id: bytes,
    code_hash: bytes | None = None,
    validators: Sequence[Validators] = (),
) -> StateProof:
    """Check that the contract holds the anchor's root at its size, in the state of its header.

    `contract` (0x address, either case), `log_id`, `code_hash` (keccak-256 of the runtime code) and
    `validators` come from the verifier's trust file, never from the operator. Without validators
    for the block nothing says that the header is one of the chain: `unchecked` lists it. Seals are
    checked as QBFT's, **not run against Besu**.

    Raises:
        BadProof: the proof does not lead from the header to the root, or is about another contract.
        BadSignature: validators are pinned and no quorum of them sealed the header.
        Malformed: a part is out of form.
    """
    claim = parse_anchor(anchor)
    if _hex(claim.contract) != contract.lower() or claim.log_id != log_id:
        raise BadProof("the anchor is one of another contract or log than the one trusted")
    header = _verified_header(claim)
    storage_root, code = _verified_account(header.state_root, claim)
    if code_hash is not None and code != code_hash:
        raise BadProof("the contract runs other code than the one trusted")
    _verify_root(storage_root, claim)
    checked, unchecked = ["storage", "account", "header"], ["transaction", "chain id"]
    (unchecked if code_hash is None else checked).append("contract code")
    sealed = _verify_sealed(header, validators)
    (checked if sealed else unchecked).append("block is sealed by the chain's validators")
    moment = format_time(datetime.fromtimestamp(header.timestamp, UTC))
    return StateProof(
        *(claim.size, claim.root, claim.block, claim.block_hash, header.state_root, moment, code),
        checked=tuple(checked),
        unchecked=tuple(unchecked),
    )


def _verified_header(claim: Anchor) -> Header:
    header = parse_header(claim.header)
    if header.timestamp > _MAX_TIME:
        raise Malformed("the block's time lies after the year 9999")
    if header.hash != claim.block_hash or header.number != claim.block:
        raise BadProof("the header is not that of the block the anchor names")
    return header


def _verified_account(state_root: bytes, claim: Anchor) -> tuple[bytes, bytes]:
    """Storage root and code hash of the contract's account: [nonce, balance, storage, code]."""
    value = verify_trie_proof(state_root, keccak(claim.contract), claim.account_proof)
    account = parse_rlp(value, depth=1)
    if isinstance(account, bytes) or len(account) != 4:
        raise BadProof("the account proof ends in something else than an account")
    storage_root, code_hash = account[2:]
    if isinstance(storage_root, list) or isinstance(code_hash, list):
        raise BadProof("the account proof ends in something else than an account")
    return storage_root, code_hash


def _verify_root(storage_root: bytes, claim: Anchor) -> None:
    slot = root_at_slot(claim.log_id, claim.size)
    value = parse_rlp(verify_trie_proof(storage_root, keccak(slot), claim.storage_proof), depth=0)
    # Storage drops leading zeros; a root of zero is no root, and is never stored.
    if isinstance(value, list) or not any(claim.root) or value != claim.root.lstrip(b"\0"):
        raise BadProof("the contract holds another root at this size")


def _verify_sealed(header: Header, validators: Sequence[Validators]) -> bool:
    """Whether validators are pinned for this block; if they are, their seals are verified."""
    for pinned in validators:
        if pinned.first <= header.number and (pinned.last is None or header.number <= pinned.last):
            verify_seals(header, pinned.addresses)
            return True
    return False


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _integer(anchor: Mapping[str, Any], name: str) -> int:
    number = anchor[name]
    if type(number) is not int or not 0 <= number <= MAX_SIZE:
        raise Malformed(f"the anchor's {name} is not an integer of 64 bits")
    return number


def _bounded(text: object, limit: int) -> bytes:
    if not isinstance(text, str) or len(text) > 2 + 2 * limit or not _HEX.fullmatch(text):
        raise Malformed(f"an anchor has a part that is not 0x and lower-case hex to {limit} bytes")
    return bytes.fromhex(text[2:])


def _octets(text: object, size: int) -> bytes:
    raw = _bounded(text, size)
    if len(raw) != size:
        raise Malformed(f"an anchor has a part that is not {size} bytes")
    return raw


def _nodes(texts: object) -> tuple[bytes, ...]:
    if not isinstance(texts, list) or len(texts) > MAX_NODES:
        raise Malformed(f"a state proof is a list of at most {MAX_NODES} nodes")
    return tuple(_bounded(text, MAX_NODE) for text in texts)
