"""A bare virtual machine for contracts: no node, no web3, the ABI written out by eth_abi."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from eth_utils.crypto import keccak

GAS = 3_000_000


class Reverted(Exception):
    """The contract refused, with this revert data."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex())
        self.data = data


class Machine:
    """py-evm with funded accounts, of which the first deploys."""

    def __init__(self) -> None:
        self.tester: Any = EthereumTester(PyEVMBackend())
        self.accounts: tuple[str, ...] = tuple(self.tester.get_accounts())

    def deploy(self, bytecode: str, *arguments: object, types: tuple[str, ...] = ()) -> Contract:
        """A new contract from 0x-hex bytecode and the constructor's arguments."""
        data = bytecode + encode(types, arguments).hex()
        receipt = self.transact({"from": self.accounts[0], "gas": GAS, "data": data})
        return Contract(self, receipt["contract_address"])

    def call(self, transaction: dict[str, Any]) -> bytes:
        """What a transaction would answer; nothing is kept. Raises Reverted."""
        try:
            answer: str = self.tester.call(transaction)
        except TransactionFailed as failure:
            raise Reverted(_revert_data(str(failure))) from None
        return bytes.fromhex(answer.removeprefix("0x"))

    def transact(self, transaction: dict[str, Any]) -> dict[str, Any]:
        """The receipt of a transaction that goes through."""
        fees = {"max_fee_per_gas": 10**10, "max_priority_fee_per_gas": 1}
        identity = self.tester.send_transaction(transaction | fees)
        receipt: dict[str, Any] = self.tester.get_transaction_receipt(identity)
        assert receipt["status"] == 1
        return receipt

    def storage(self, address: str, slot: bytes) -> bytes:
        """The 32 bytes in a contract's slot."""
        state = self.tester.backend.chain.get_vm().state
        value: int = state.get_storage(bytes.fromhex(address[2:]), int.from_bytes(slot, "big"))
        return value.to_bytes(32, "big")


@dataclass(frozen=True)
class Contract:
    """A contract on a machine; its functions are named by their full signature."""

    machine: Machine
    address: str

    def call(self, signature: str, *arguments: object, returns: tuple[str, ...]) -> Any:
        """What a function answers: one value, or a tuple of several. Raises Reverted."""
        decoded = decode(returns, self.machine.call(self._transaction(0, signature, arguments)))
        return decoded[0] if len(decoded) == 1 else decoded

    def send(self, signature: str, *arguments: object, sender: int = 0) -> dict[str, Any]:
        """The receipt of a transaction that calls a function. Raises Reverted."""
        transaction = self._transaction(sender, signature, arguments)
        self.machine.call(transaction)
        return self.machine.transact(transaction)

    def _transaction(
        self, sender: int, signature: str, arguments: tuple[object, ...]
    ) -> dict[str, Any]:
        types = signature[signature.index("(") + 1 : -1].split(",")
        data = selector(signature) + encode(types, arguments)
        account = self.machine.accounts[sender]
        return {"from": account, "to": self.address, "gas": GAS, "data": "0x" + data.hex()}


def selector(signature: str) -> bytes:
    """The four bytes that name a function or an error."""
    return bytes(keccak(text=signature)[:4])


def _revert_data(message: str) -> bytes:
    """The data out of eth-tester's sentence, which shows it as a literal or as hex."""
    literal = re.search(r"b(['\"]).*\1", message, re.DOTALL)
    if literal:
        return bytes(ast.literal_eval(literal.group()))
    found = re.search(r"0x([0-9a-f]*)", message)
    return bytes.fromhex(found.group(1)) if found else b""
