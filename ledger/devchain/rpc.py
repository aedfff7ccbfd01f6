"""JSON-RPC of the development chain: the methods of a real node that web3 and an auditor use.

Ethereum JSON-RPC (execution-apis). `eth_getProof` and `debug_getRawHeader` are among them; pending,
safe and finalized blocks are the newest one, because a transaction is mined as soon as it is sent.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import rlp
from eth.abc import BlockAPI, BlockHeaderAPI, SignedTransactionAPI

from ledger.devchain.chain import (
    TRANSACTION_GAS,
    DevChain,
    Mined,
    Refused,
    Reverted,
    created_contract,
)
from ledger.devchain.identity import CHAIN_ID, CLIENT_VERSION
from ledger.devchain.store import Event

MAX_BLOCKS = 10_000
"""Most blocks that one eth_getLogs may ask about."""

_BYTES = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_NEWEST = ("latest", "pending", "safe", "finalized")


class RpcError(Exception):
    """An error object of JSON-RPC 2.0."""

    def __init__(self, code: int, message: str, error_data: str | None = None) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"code": code, "message": message}
        if error_data is not None:
            self.error["data"] = error_data


def answer(chain: DevChain, request: object) -> dict[str, Any]:
    """The JSON-RPC 2.0 response to one parsed request; never raises on what a client sent."""
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": None}
    try:
        reply["id"], method, params = _parse_request(request)
        reply["result"] = _bound_method(chain, method, params)()
    except RpcError as error:
        reply["error"] = error.error
    except Reverted as error:
        message = {"code": 3, "message": "execution reverted", "data": _hex(error.output)}
        reply["error"] = message
    except Refused as error:
        reply["error"] = {"code": -32000, "message": str(error)}
    return reply


def _parse_request(request: object) -> tuple[object, str, Sequence[Any]]:
    if not isinstance(request, dict):
        raise RpcError(-32600, "the request is not one JSON object")
    method, params = request.get("method"), request.get("params", [])
    if not isinstance(method, str) or not isinstance(params, list):
        raise RpcError(-32600, "the request has no method, or params that are not a list")
    return request.get("id"), method, params


def _bound_method(chain: DevChain, method: str, params: Sequence[Any]) -> Callable[[], Any]:
    found = _METHODS.get(method)
    if found is None:
        raise RpcError(-32601, f"the method {method[:80]} does not exist")
    try:
        inspect.signature(found).bind(chain, *params)
    except TypeError as error:
        raise RpcError(-32602, f"invalid params: {error}") from error
    return partial(found, chain, *params)


# Values read from params.


def _octets(text: object, size: int | None = None) -> bytes:
    if not isinstance(text, str) or not _BYTES.fullmatch(text):
        raise RpcError(-32602, "invalid params: bytes are 0x and pairs of hex digits")
    raw = bytes.fromhex(text[2:])
    if size is not None and len(raw) != size:
        raise RpcError(-32602, f"invalid params: {size} bytes expected, {len(raw)} given")
    return raw


def _number(text: object) -> int:
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise RpcError(-32602, "invalid params: a number is 0x and hex digits")
    return int(text, 16)


def _header(chain: DevChain, tag: object) -> BlockHeaderAPI:
    """The block that a number, a name, a hash or an EIP-1898 object means."""
    if isinstance(tag, dict):
        tag = tag.get("blockHash", tag.get("blockNumber"))
    if tag in _NEWEST:
        return chain.head
    if isinstance(tag, str) and len(tag) == 66:
        found = chain.header_by_hash(_octets(tag, 32))
    else:
        found = chain.header(0 if tag == "earliest" else _number(tag))
    if found is None:
        raise RpcError(-32001, "block not found")
    return found


def _call(call: object) -> tuple[bytes, bytes, bytes, int]:
    """Sender, recipient (empty to create), data and value of a call object."""
    if not isinstance(call, dict):
        raise RpcError(-32602, "invalid params: a call is an object")
    to = call.get("to")
    payload = call.get("input", call.get("data", "0x"))
    return (
        _octets(call.get("from", "0x" + "00" * 20), 20),
        b"" if to is None else _octets(to, 20),
        _octets(payload),
        _number(call.get("value", "0x0")),
    )


# Methods.


def _block_by_number(chain: DevChain, tag: object, full: bool = False) -> dict[str, Any] | None:
    try:
        return _format_block(chain.block(_header(chain, tag)), full)
    except RpcError as error:
        if error.error["code"] == -32001:
            return None
        raise


def _block_by_hash(
    chain: DevChain, block_hash: object, full: bool = False
) -> dict[str, Any] | None:
    _octets(block_hash, 32)
    return _block_by_number(chain, block_hash, full)


def _fee_history(
    chain: DevChain, count: object, newest: object, percentiles: Sequence[Any] | None = None
) -> dict[str, Any]:
    last = _header(chain, newest).block_number
    wanted = count if isinstance(count, int) else _number(count)
    blocks = max(0, min(wanted, 1024, last + 1))
    history = {
        "oldestBlock": hex(last - blocks + 1),
        "baseFeePerGas": ["0x0"] * (blocks + 1),
        "gasUsedRatio": [0.0] * blocks,
    }
    return history | ({"reward": [["0x0"] * len(percentiles)] * blocks} if percentiles else {})


def _balance(chain: DevChain, address: object, tag: object = "latest") -> str:
    return hex(chain.account(_header(chain, tag), _octets(address, 20)).balance)


def _nonce(chain: DevChain, address: object, tag: object = "latest") -> str:
    return hex(chain.account(_header(chain, tag), _octets(address, 20)).nonce)


def _code(chain: DevChain, address: object, tag: object = "latest") -> str:
    return _hex(chain.code(_header(chain, tag), _octets(address, 20)))


def _storage(chain: DevChain, address: object, slot: object, tag: object = "latest") -> str:
    account = chain.account(_header(chain, tag), _octets(address, 20))
    value, _ = chain.slot(account.storage_root, _word(_number(slot)))
    return _hex(_word(value))


def _eth_call(chain: DevChain, call: object, tag: object = "latest") -> str:
    return _hex(chain.call(_header(chain, tag), *_call(call)))


def _estimate(chain: DevChain, call: object, tag: object = "latest") -> str:
    return hex(chain.estimate(_header(chain, tag), *_call(call)))


def _send(chain: DevChain, raw: object) -> str:
    return _hex(chain.send(_octets(raw)))


def _transaction(chain: DevChain, transaction_hash: object) -> dict[str, Any] | None:
    mined = chain.mined(_octets(transaction_hash, 32))
    return None if mined is None else _format_transaction(mined.transaction, mined.block)


def _receipt(chain: DevChain, transaction_hash: object) -> dict[str, Any] | None:
    mined = chain.mined(_octets(transaction_hash, 32))
    return None if mined is None else _format_receipt(mined)


def _logs(chain: DevChain, query: object) -> list[dict[str, Any]]:
    if not isinstance(query, dict):
        raise RpcError(-32602, "invalid params: a log filter is an object")
    if "blockHash" in query:
        first = last = int(_header(chain, query["blockHash"]).block_number)
    else:
        first = _bound(chain, query.get("fromBlock", "latest"))
        last = _bound(chain, query.get("toBlock", "latest"))
    if last - first >= MAX_BLOCKS:
        raise RpcError(-32005, f"a range of more than {MAX_BLOCKS} blocks is not answered")
    addresses, topics = _filter(query)
    hashes: dict[int, bytes] = {}
    return [
        _format_event(event, hashes.setdefault(event.block, _header(chain, hex(event.block)).hash))
        for event in chain.events(first, last, addresses, topics)
    ]


def _bound(chain: DevChain, tag: object) -> int:
    """A block number, which may lie past the newest block."""
    if isinstance(tag, str) and _QUANTITY.fullmatch(tag):
        return min(_number(tag), 2**63 - 1)
    return _header(chain, tag).block_number


def _filter(query: Mapping[str, Any]) -> tuple[list[bytes], list[list[bytes]]]:
    topics = query.get("topics") or []
    if not isinstance(topics, list) or len(topics) > 4:
        raise RpcError(-32602, "invalid params: a log has at most four topics")
    return _choice(query.get("address"), 20), [_choice(topic, 32) for topic in topics]


def _choice(value: object, size: int) -> list[bytes]:
    """One value or a list of them; none means any."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    if len(values) > 100:
        raise RpcError(-32602, "invalid params: a filter of more than 100 values")
    return [_octets(each, size) for each in values]


def _proof(
    chain: DevChain, address: object, slots: object, tag: object = "latest"
) -> dict[str, Any]:
    """EIP-1186."""
    if not isinstance(slots, list) or len(slots) > 100:
        raise RpcError(-32602, "invalid params: the slots are a list of at most 100")
    account = chain.account(_header(chain, tag), _octets(address, 20))
    storage = []
    for slot in slots:
        value, nodes = chain.slot(account.storage_root, _word(_number(slot)))
        storage.append({"key": slot, "value": hex(value), "proof": [_hex(node) for node in nodes]})
    return {
        "address": address,
        "accountProof": [_hex(node) for node in account.proof],
        "balance": hex(account.balance),
        "codeHash": _hex(account.code_hash),
        "nonce": hex(account.nonce),
        "storageHash": _hex(account.storage_root),
        "storageProof": storage,
    }


def _raw_header(chain: DevChain, tag: object) -> str:
    return _hex(rlp.encode(_header(chain, tag)))


_METHODS: Mapping[str, Callable[..., Any]] = {
    "web3_clientVersion": lambda _: CLIENT_VERSION,
    "net_version": lambda _: str(CHAIN_ID),
    "eth_chainId": lambda _: hex(CHAIN_ID),
    "eth_syncing": lambda _: False,
    "eth_blockNumber": lambda chain: hex(chain.head.block_number),
    "eth_gasPrice": lambda _: "0x0",
    "eth_maxPriorityFeePerGas": lambda _: "0x0",
    "eth_feeHistory": _fee_history,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getBalance": _balance,
    "eth_getTransactionCount": _nonce,
    "eth_getCode": _code,
    "eth_getStorageAt": _storage,
    "eth_call": _eth_call,
    "eth_estimateGas": _estimate,
    "eth_sendRawTransaction": _send,
    "eth_getTransactionByHash": _transaction,
    "eth_getTransactionReceipt": _receipt,
    "eth_getLogs": _logs,
    "eth_getProof": _proof,
    "debug_getRawHeader": _raw_header,
}


# JSON written for results.


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _format_block(block: BlockAPI, full: bool) -> dict[str, Any]:
    header = block.header
    hashes = [_hex(each.hash) for each in block.transactions]
    whole = [_format_transaction(each, block) for each in block.transactions]
    return {
        "number": hex(header.block_number),
        "hash": _hex(header.hash),
        "parentHash": _hex(header.parent_hash),
        "sha3Uncles": _hex(header.uncles_hash),
        "miner": _hex(header.coinbase),
        "stateRoot": _hex(header.state_root),
        "transactionsRoot": _hex(header.transaction_root),
        "receiptsRoot": _hex(header.receipt_root),
        "logsBloom": _hex(header.bloom.to_bytes(256, "big")),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": "0x0",
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": _hex(header.extra_data),
        "mixHash": _hex(header.mix_hash),
        "nonce": _hex(header.nonce),
        "baseFeePerGas": hex(header.base_fee_per_gas or 0),
        "size": hex(len(rlp.encode(block))),
        "uncles": [],
        "transactions": whole if full else hashes,
    }


def _format_transaction(transaction: SignedTransactionAPI, block: BlockAPI) -> dict[str, Any]:
    return {
        "blockHash": _hex(block.hash),
        "blockNumber": hex(block.number),
        "transactionIndex": "0x0",
        "type": hex(getattr(transaction, "type_id", None) or 0),
        "chainId": hex(CHAIN_ID),
        "hash": _hex(transaction.hash),
        "nonce": hex(transaction.nonce),
        "from": _hex(transaction.sender),
        "to": _hex(transaction.to) if transaction.to else None,
        "value": hex(transaction.value),
        "gas": hex(min(transaction.gas, TRANSACTION_GAS)),
        "gasPrice": hex(transaction.max_fee_per_gas),
        "input": _hex(transaction.data),
        "v": hex(getattr(transaction, "v", transaction.y_parity)),
        "r": hex(transaction.r),
        "s": hex(transaction.s),
    }


def _format_receipt(mined: Mined) -> dict[str, Any]:
    transaction, block, receipt = mined.transaction, mined.block, mined.receipt
    created = created_contract(transaction)
    return {
        "transactionHash": _hex(transaction.hash),
        "transactionIndex": "0x0",
        "blockHash": _hex(block.hash),
        "blockNumber": hex(block.number),
        "type": hex(getattr(transaction, "type_id", None) or 0),
        "from": _hex(transaction.sender),
        "to": _hex(transaction.to) if transaction.to else None,
        "contractAddress": _hex(created) if created else None,
        "status": "0x1" if receipt.state_root == b"\x01" else "0x0",
        "gasUsed": hex(receipt.gas_used),
        "cumulativeGasUsed": hex(receipt.gas_used),
        "effectiveGasPrice": hex(transaction.max_fee_per_gas),
        "logsBloom": _hex(receipt.bloom.to_bytes(256, "big")),
        "logs": [_format_event(event, block.hash) for event in mined.events],
    }


def _format_event(event: Event, block_hash: bytes) -> dict[str, Any]:
    return {
        "address": _hex(event.address),
        "topics": [_hex(topic) for topic in event.topics],
        "data": _hex(event.data),
        "blockNumber": hex(event.block),
        "blockHash": _hex(block_hash),
        "transactionHash": _hex(event.transaction),
        "transactionIndex": "0x0",
        "logIndex": hex(event.place),
        "removed": False,
    }
