"""Checkpoints on the chain: anchored, read back, and proved for receipts.

`latest()` is the truth: after Unavailable the caller asks it before trying anything again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_hash.auto import keccak

from contracts import artefact
from ledger.anchor.node import Node, reading
from ledger.anchor.refusal import moved
from ledger.envelope import format_time
from ledger.errors import AnchorMismatch, BadProof, Malformed, NotFound, Unacceptable, Unavailable
from ledger.recursion import kept_recursion_limit
from ledger.stateproof import Anchor, format_anchor, root_at_slot, verify_state_proof

REQUEST_SECONDS = 10.0
PATIENCE_SECONDS = 60.0

# The worst anchor, 64 hashes at 2^63 entries, was measured at 220,000.
_GAS = {"anchor": 400_000, "setPublisher": 200_000, "close": 200_000}
_DEPLOY_GAS = 3_000_000
_OUTPUTS = {"latest": ("uint64", "bytes32", "uint64"), "rootAt": ("bytes32",)}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ANCHORED = "0x" + keccak(b"Anchored(bytes32,uint64,bytes32,address)").hex()
_CLOSED = "0x" + keccak(b"Closed(bytes32,uint64,bytes32)").hex()


@dataclass(frozen=True)
class ChainIdentity:
    """What tells one chain from another: its id and the hash (0x) of its first block."""

    chain_id: int
    genesis: str


@dataclass(frozen=True)
class Latest:
    """The newest anchor the contract holds, `at` in seconds; size 0 when there is none."""

    size: int
    root: bytes
    at: int


@dataclass(frozen=True)
class AnchorRow:
    """One anchor on the chain. Hashes are 0x-hex; `time` is the block's."""

    size: int
    root: str
    transaction: str
    block: int
    block_hash: str
    time: str


class Chain:
    """The contract on one chain, and the key that signs what is sent to it.

    Every method raises Unavailable when the node does not answer, and NotFound when the address
    holds no contract.
    """

    def __init__(
        self,
        url: str,
        publisher_key: bytes | None = None,
        *,
        timeout: float = REQUEST_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`timeout` (s) bounds a request, `patience` (s) the wait for a transaction."""
        self.url = url
        self._node = Node(url, publisher_key, timeout, patience)

    @property
    def address(self) -> str:
        """The address (0x, lower case) of the key. Raises NotAuthorised without one."""
        return self._node.account.address.lower()

    def identity(self) -> ChainIdentity:
        """Chain id and genesis hash."""
        genesis = self._node.block("0x0")
        with reading("eth_getBlockByNumber"):
            return ChainIdentity(self._node.quantity("eth_chainId"), str(genesis["hash"]).lower())

    def client_version(self) -> str:
        """What the node calls itself; the development chain begins with `jejak devchain`."""
        return str(self._node.request("web3_clientVersion"))

    def code_hash(self, contract: str) -> bytes:
        """keccak-256 of the code at the contract's address."""
        code = self._node.octets("eth_getCode", _checksum(contract), "latest")
        if not code:
            raise NotFound(f"no contract lies at {contract}", "check its address and the chain")
        return keccak(code)

    def deploy(self, admin: str) -> str:
        """Deploy CheckpointRegistry with this admin; the contract's address (0x, lower case)."""
        build = artefact()
        factory = self._node.web3.eth.contract(abi=build["abi"], bytecode=build["bytecode"])
        creation = factory.constructor(_checksum(admin)).data_in_transaction
        receipt = self._node.send({"data": creation, "gas": self._deploy_gas(creation)})
        if receipt is None or receipt.get("status") != "0x1":
            raise Unavailable("the contract could not be deployed", "try again")
        return str(receipt["contractAddress"]).lower()

    def set_publisher(self, contract: str, log_id: bytes, address: str) -> None:
        """Let this address anchor the log, and no other.

        Raises NotAuthorised if the key is not the contract's admin.
        """
        self._transact(contract, "setPublisher", log_id, _checksum(address))

    def close(self, contract: str, log_id: bytes) -> None:
        """Close a log id for ever, as the admin does after a junk anchor. Raises NotAuthorised."""
        self._transact(contract, "close", log_id)

    def admin_call(self, contract: str, function: str, *arguments: Any) -> dict[str, str]:
        """A call for the admin's own wallet: `to` and `data`, 0x-hex."""
        registry = self._contract(contract)
        data = registry.encode_abi(function, [_address_or_same(each) for each in arguments])
        return {"to": registry.address, "data": data}

    def is_closed(self, contract: str, log_id: bytes) -> bool:
        """Whether the admin has closed the log id, as the event tells."""
        return self._node.newest_event(contract, [_CLOSED, _hex(log_id)]) is not None

    def latest(self, contract: str, log_id: bytes) -> Latest:
        """The newest anchor of the log."""
        return Latest(*self._read(contract, "latest", log_id))

    def root_at(self, contract: str, log_id: bytes, size: int) -> bytes:
        """The root anchored at this size, 32 zero bytes if there is none."""
        (root,) = self._read(contract, "rootAt", log_id, size)
        return bytes(root)

    def anchor(
        self,
        contract: str,
        log_id: bytes,
        size: int,
        root: bytes,
        proof: Sequence[bytes],
        *,
        since: int | None = None,
    ) -> AnchorRow:
        """Anchor a root, with the RFC 6962 consistency proof from the size the contract holds.

        `since` is the size the proof starts from, when the caller read it a while ago. If this very
        anchor is on the chain already, its row is returned and nothing is sent.

        Raises:
            AnchorMismatch: the chain holds another root at this size, or the root does not extend
                the one held: evidence of another history.
            Conflict: the log is closed, holds a larger size, or grew since the proof was made.
            NotAuthorised: the key is not the log's publisher.
            Unavailable: nothing is known of the outcome; ask `latest` before trying again.
        """
        held = self.latest(contract, log_id)
        if held.size >= size:
            return self._settled(contract, log_id, size, root, held)
        if since is not None and held.size != since:
            raise moved(held.size)
        arguments = (log_id, size, root, list(proof))
        receipt = self._transact(contract, "anchor", *arguments, expected=held.size)
        if receipt is not None:
            return self._row(size, root, receipt)
        row = self.anchored(contract, log_id, size)
        if row is None or row.root != _hex(root):
            raise Unavailable("what became of the anchor is not known", "ask again in a while")
        return row

    def anchored(self, contract: str, log_id: bytes, size: int) -> AnchorRow | None:
        """The anchor of this size with its transaction, found by its event; None if there is none.

        For an anchor that was mined while its sender died.
        """
        root = self.root_at(contract, log_id, size)
        if not any(root):
            return None
        event = self._node.newest_event(contract, _topics(log_id, size))
        if event is None:
            raise Unavailable("the node no longer has the event of an anchor", "ask another node")
        return self._row(size, root, event)

    def anchored_in(self, contract: str, log_id: bytes, size: int, block: int) -> AnchorRow | None:
        """The anchor of this size as this block's event tells it; None if there is no such event.

        The root is that of the contract's state, which is the event's: a size is anchored once.
        """
        event = self._node.event_in(contract, _topics(log_id, size), block)
        if event is None:
            return None
        return self._row(size, self.root_at(contract, log_id, size), event)

    def proof(
        self, contract: str, log_id: bytes, size: int, block: int | None = None
    ) -> dict[str, Any]:
        """The `anchor` of a receipt: header and EIP-1186 proofs in the state of a block.

        Taken when the anchor is made, at the anchor's own block unless another is named, because
        nodes forget old state. It has been verified when it is returned.

        Raises:
            NotFound: nothing is anchored at this size.
            BadProof: the node's proof does not verify.
        """
        row = self.anchored(contract, log_id, size)
        if row is None:
            raise NotFound(f"nothing is anchored at size {size}")
        try:
            anchor = self._evidence(contract, log_id, row, row.block if block is None else block)
            verify_state_proof(anchor, contract=contract, log_id=log_id)
        except (Malformed, KeyError, IndexError, TypeError, ValueError) as error:
            raise BadProof(f"the node's proof could not be read ({error})") from error
        return anchor

    def _evidence(self, contract: str, log_id: bytes, row: AnchorRow, block: int) -> dict[str, Any]:
        slot = _hex(root_at_slot(log_id, row.size))
        answer = self._node.request("eth_getProof", contract, [slot], hex(block))
        header, block_hash = self._node.header(hex(block))
        return format_anchor(
            Anchor(
                chain_id=self._node.quantity("eth_chainId"),
                contract=_octets(contract),
                log_id=log_id,
                size=row.size,
                root=_octets(row.root),
                transaction=_octets(row.transaction),
                block=block,
                block_hash=block_hash,
                header=header,
                account_proof=tuple(map(_octets, answer["accountProof"])),
                storage_proof=tuple(map(_octets, answer["storageProof"][0]["proof"])),
            )
        )

    def _read(self, contract: str, function: str, *arguments: Any) -> tuple[Any, ...]:
        """The decoded results of a view function."""
        registry = self._contract(contract)
        data = registry.encode_abi(function, list(arguments))
        raw = self._node.call(registry.address, data)
        types = _OUTPUTS[function]
        if len(raw) != 32 * len(types):
            raise NotFound(
                f"no CheckpointRegistry answers at {contract}",
                "check the contract's address and the chain's URL",
            )
        with reading(function):
            return tuple(self._node.web3.codec.decode(types, raw))

    def _contract(self, contract: str) -> Any:
        return self._node.web3.eth.contract(address=_checksum(contract), abi=artefact()["abi"])

    def _settled(
        self, contract: str, log_id: bytes, size: int, root: bytes, held: Latest
    ) -> AnchorRow:
        """The row of this very anchor, for which there is nothing left to send."""
        there = self.root_at(contract, log_id, size)
        if not any(there):
            raise moved(held.size)
        if there != root:
            raise AnchorMismatch(
                f"the chain holds another root at size {size} than the log",
                "keep both as evidence, and find out who published the other history",
            )
        row = self.anchored(contract, log_id, size)
        assert row is not None
        return row

    def _transact(
        self, contract: str, function: str, *arguments: Any, expected: int | None = None
    ) -> Mapping[str, Any] | None:
        """Send one call of the contract; its receipt, or None if another one took its nonce."""
        sender = self._node.account.address
        self.code_hash(contract)  # a call to an address without code would succeed
        registry = self._contract(contract)
        data = registry.encode_abi(function, list(arguments))
        # A call first: it names the reason of a refusal, and costs nothing.
        self._node.call(registry.address, data, sender=sender, expected=expected)
        fields = {"to": registry.address, "data": data, "gas": _GAS[function]}
        receipt = self._node.send(fields)
        if receipt is not None and receipt.get("status") != "0x1":
            # The state moved between the call and the block: a second call says how.
            self._node.call(registry.address, data, sender=sender, expected=expected)
            raise Unavailable(f"the transaction for {function} failed", "try again")
        return receipt

    def _deploy_gas(self, creation: Any) -> int:
        """Gas to deploy, with some to spare; some nodes cannot estimate."""
        with suppress(Unavailable):
            call = {"from": self._node.account.address, "data": creation}
            return self._node.quantity("eth_estimateGas", call) * 6 // 5
        return _DEPLOY_GAS

    def _row(self, size: int, root: bytes, mined: Mapping[str, Any]) -> AnchorRow:
        """The row of an anchor from its receipt or its event."""
        with reading("eth_getTransactionReceipt"):
            number = str(mined["blockNumber"])
            seconds = int(self._node.block(number)["timestamp"], 16)
            return AnchorRow(
                size,
                _hex(root),
                str(mined["transactionHash"]).lower(),
                int(number, 16),
                str(mined["blockHash"]).lower(),
                format_time(datetime.fromtimestamp(seconds, UTC)),
            )


def _checksum(address: str) -> Any:
    with kept_recursion_limit():
        from web3 import Web3

    if not _ADDRESS.fullmatch(address):
        raise Unacceptable(f"not an address of 0x and 40 hex digits: {address[:60]!r}")
    return Web3.to_checksum_address(address.lower())


def _address_or_same(value: Any) -> Any:
    return _checksum(value) if isinstance(value, str) else value


def _topics(log_id: bytes, size: int) -> list[str]:
    return [_ANCHORED, _hex(log_id), _hex(size.to_bytes(32, "big"))]


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
