"""The development chain itself: one block for each transaction, executed by py-evm.

Paris rules: a header of the London form, as a QBFT chain of Besu has it, without proof of work.
The base fee is zero and stays so, because no block can use more than half of its gas; a publisher
needs no ether, and there is none. State is never pruned: every old block answers calls and proofs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rlp
from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.db.atomic import AtomicDB
from eth.exceptions import HeaderNotFound, Revert, TransactionNotFound, VMError
from eth.vm.forks.paris import ParisVM
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie

from ledger.devchain.identity import CHAIN_ID
from ledger.devchain.store import Event, SqliteStore

BLOCK_GAS = 60_000_000
TRANSACTION_GAS = BLOCK_GAS // 2
MAX_EVENTS = 10_000


class Refused(Exception):
    """A transaction or a call that the chain does not take; the text says why."""


class Reverted(Exception):
    """The contract reverted; `output` is what it returned."""

    def __init__(self, output: bytes) -> None:
        super().__init__("execution reverted")
        self.output = output


@dataclass(frozen=True)
class Mined:
    """A transaction, its receipt, and the block that holds both, alone."""

    block: BlockAPI
    transaction: SignedTransactionAPI
    receipt: ReceiptAPI
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Account:
    """An account in the state of one block, and the nodes that prove it (EIP-1186)."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes
    proof: tuple[bytes, ...]


class _Chain(MiningChain):
    chain_id = CHAIN_ID
    vm_configuration = ((0, ParisVM),)  # type: ignore[assignment]


class DevChain:
    """An open development chain. Not safe for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        self._store = SqliteStore(path)
        if self._store.empty:
            with self._store.transaction():
                _Chain.from_genesis(AtomicDB(self._store), _genesis(int(time.time())), {})
        self._chain = _Chain(AtomicDB(self._store))

    def close(self) -> None:
        """Release the file."""
        self._store.close()

    @property
    def head(self) -> BlockHeaderAPI:
        """Header of the newest block."""
        return self._chain.get_canonical_head()

    def header(self, number: int) -> BlockHeaderAPI | None:
        """Header of the block at this height."""
        try:
            return self._chain.get_canonical_block_header_by_number(number)  # type: ignore[arg-type]
        except HeaderNotFound:
            return None

    def header_by_hash(self, block_hash: bytes) -> BlockHeaderAPI | None:
        """Header of the block with this hash."""
        try:
            return self._chain.get_block_header_by_hash(block_hash)  # type: ignore[arg-type]
        except (HeaderNotFound, ValidationError):
            return None

    def block(self, header: BlockHeaderAPI) -> BlockAPI:
        """The block with this header."""
        return self._chain.get_block_by_header(header)

    def send(self, raw: bytes) -> bytes:
        """Mine a signed transaction into a block of its own, durably; its hash.

        Raises Refused when no block could hold it. One that reverts is mined all the same.
        """
        transaction = self._decode(raw)
        self._check(transaction)
        try:
            with self._store.transaction():
                self._mine(transaction)
        except ValidationError as error:
            raise Refused(str(error)) from error
        finally:
            # What was half done is in the object, not in the file.
            self._chain = _Chain(AtomicDB(self._store))
        return transaction.hash

    def mined(self, transaction_hash: bytes) -> Mined | None:
        """The transaction with this hash, found through py-evm's index."""
        try:
            number, index = self._chain.get_canonical_transaction_index(transaction_hash)  # type: ignore[arg-type]
        except (TransactionNotFound, ValidationError):
            return None
        block = self._chain.get_canonical_block_by_number(number)
        receipt = block.get_receipts(self._chain.chaindb)[index]
        events = _events(number, transaction_hash, receipt)
        return Mined(block, block.transactions[index], receipt, events)

    def call(self, at: BlockHeaderAPI, sender: bytes, to: bytes, data: bytes, value: int) -> bytes:
        """What a call would return in the state of a block. Raises Reverted or Refused."""
        transaction = self._unsigned(at, sender, to, data, value)
        try:
            return self._chain.get_transaction_result(transaction, at)
        except (VMError, ValidationError) as error:
            raise _failure(error) from error

    def estimate(
        self, at: BlockHeaderAPI, sender: bytes, to: bytes, data: bytes, value: int
    ) -> int:
        """Gas that a transaction needs, rounded up. Raises Reverted or Refused."""
        transaction = self._unsigned(at, sender, to, data, value)
        try:
            return self._chain.estimate_gas(transaction, at)
        except (VMError, ValidationError) as error:
            raise _failure(error) from error

    def account(self, at: BlockHeaderAPI, address: bytes) -> Account:
        """The account at this address in the state of a block, with its proof."""
        trie = HexaryTrie(self._chain.chaindb.db, at.state_root)
        key = keccak(address)
        found = trie[key]
        nonce, balance, storage, code = rlp.decode(found) if found else _EMPTY_ACCOUNT
        return Account(_integer(nonce), _integer(balance), storage, code, _proof(trie, key))

    def code(self, at: BlockHeaderAPI, address: bytes) -> bytes:
        """The runtime code at this address in the state of a block."""
        return self._chain.get_vm(at).state.get_code(address)  # type: ignore[arg-type]

    def slot(self, storage_root: bytes, slot: bytes) -> tuple[int, tuple[bytes, ...]]:
        """The value of a storage slot under a storage root, and its proof."""
        trie = HexaryTrie(self._chain.chaindb.db, storage_root)
        found = trie[keccak(slot)]
        return _integer(rlp.decode(found)) if found else 0, _proof(trie, keccak(slot))

    def events(
        self,
        first: int,
        last: int,
        addresses: Sequence[bytes] = (),
        topics: Sequence[Sequence[bytes]] = (),
    ) -> list[Event]:
        """The logs of a range of blocks; more than MAX_EVENTS of them are refused."""
        found = self._store.events(first, last, addresses, topics, MAX_EVENTS + 1)
        if len(found) > MAX_EVENTS:
            raise Refused(f"query returned more than {MAX_EVENTS} results")
        return found

    def _decode(self, raw: bytes) -> SignedTransactionAPI:
        try:
            transaction = self._chain.get_vm().get_transaction_builder().decode(raw)
            transaction.check_signature_validity()
            return transaction
        except Exception as error:  # py-evm, rlp and eth-keys each raise families of their own
            raise Refused("the raw transaction could not be decoded") from error

    def _check(self, transaction: SignedTransactionAPI) -> None:
        if self.mined(transaction.hash):
            raise Refused("already known")
        nonce = self.account(self.head, transaction.sender).nonce
        if transaction.nonce != nonce:
            word = "low" if transaction.nonce < nonce else "high"
            raise Refused(f"nonce too {word}: next is {nonce}, given {transaction.nonce}")
        if transaction.chain_id not in (None, CHAIN_ID):
            raise Refused(f"signed for chain id {transaction.chain_id}, this is {CHAIN_ID}")
        if transaction.gas > TRANSACTION_GAS:
            raise Refused(f"gas above {TRANSACTION_GAS}, the most a transaction may ask for")

    def _mine(self, transaction: SignedTransactionAPI) -> None:
        parent = self.head
        self._chain.header = self._chain.create_header_from_parent(
            parent,
            gas_limit=parent.gas_limit,
            timestamp=max(int(time.time()), parent.timestamp + 1),
        )
        result, receipts, _ = self._chain.mine_all([transaction])
        number = result.imported_block.number
        self._store.add_events(_events(number, transaction.hash, receipts[0]))

    def _unsigned(
        self, at: BlockHeaderAPI, sender: bytes, to: bytes, data: bytes, value: int
    ) -> Any:
        unsigned = self._chain.create_unsigned_transaction(
            nonce=self.account(at, sender).nonce,
            gas_price=0,
            gas=TRANSACTION_GAS,
            to=to,  # type: ignore[arg-type]
            value=value,
            data=data,
        )
        return SpoofTransaction(unsigned, from_=sender)


def created_contract(transaction: SignedTransactionAPI) -> bytes | None:
    """Address of the contract a transaction creates, if it creates one."""
    if transaction.to != CREATE_CONTRACT_ADDRESS:
        return None
    return keccak(rlp.encode([transaction.sender, transaction.nonce]))[12:]


_EMPTY_ACCOUNT = (b"", b"", keccak(rlp.encode(b"")), keccak(b""))


def _genesis(now: int) -> dict[str, Any]:
    # The random extra data tells one development chain from another by its genesis hash.
    return {
        "base_fee_per_gas": 0,
        "coinbase": bytes(20),
        "difficulty": 0,
        "extra_data": os.urandom(32),
        "gas_limit": BLOCK_GAS,
        "mix_hash": bytes(32),
        "nonce": bytes(8),
        "timestamp": now,
    }


def _failure(error: Exception) -> Exception:
    if isinstance(error, Revert):
        return Reverted(error.args[0] if error.args else b"")
    return Refused(str(error) or type(error).__name__)


def _events(number: int, transaction: bytes, receipt: ReceiptAPI) -> tuple[Event, ...]:
    return tuple(
        Event(
            number,
            place,
            transaction,
            log.address,
            tuple(topic.to_bytes(32, "big") for topic in log.topics),
            log.data,
        )
        for place, log in enumerate(receipt.logs)
    )


def _integer(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _proof(trie: HexaryTrie, key: bytes) -> tuple[bytes, ...]:
    """The nodes on the way to a key; a node written inside its parent is not listed again."""
    encoded = [rlp.encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
    return tuple(raw for place, raw in enumerate(encoded) if place == 0 or len(raw) >= 32)
