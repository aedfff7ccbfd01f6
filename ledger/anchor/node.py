"""A node of an Ethereum-compatible chain: asked through web3, sent transactions one at a time.

Transactions are of the legacy kind and signed here; gas costs what the node says, zero where the
chain is free. Nothing is sent twice under two nonces: a transaction that waits is repeated or
replaced, and whoever sent it finds out from the state what became of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ledger.anchor.refusal import refusal
from ledger.errors import Malformed, NotAuthorised, Unacceptable, Unavailable
from ledger.header import header_of_block, parse_header
from ledger.recursion import kept_recursion_limit

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

LOG_SPAN = 10_000
"""Blocks per eth_getLogs; halved when a node refuses."""

# What nodes say of a transaction they hold already, or of a nonce that another one has.
_HARMLESS = (
    "already known",
    "known transaction",
    "already imported",
    "nonce too low",
    "underpriced",
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Node:
    """A JSON-RPC URL, and the key that signs what is sent to it."""

    def __init__(self, url: str, key: bytes | None, timeout: float, patience: float) -> None:
        """`timeout` (s) bounds a request, `patience` (s) the wait for a transaction."""
        self.url = url
        self._key = key
        self._timeout = timeout
        self._patience = patience
        self._in_flight = threading.Lock()

    @cached_property
    def web3(self) -> Web3:
        """The connection; Clique's and QBFT's long extra data do not disturb it."""
        import requests

        with kept_recursion_limit():
            from web3 import HTTPProvider, Web3
            from web3.middleware import ExtraDataToPOAMiddleware

        where = urlsplit(self.url)
        if where.scheme not in ("http", "https"):
            raise Unacceptable(f"a chain is reached by an http or https URL, not {self.url!r}")
        session = requests.Session()
        # The environment's proxy has no business with a loopback address.
        session.trust_env = where.hostname not in _LOOPBACK
        session.max_redirects = 0  # a call, or a transaction, goes to the node named and no other
        timeout = {"timeout": self._timeout}
        provider = HTTPProvider(self.url, timeout, session, exception_retry_configuration=None)
        web3 = Web3(provider)
        web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        return web3

    @cached_property
    def account(self) -> LocalAccount:
        """The account of the key. Raises NotAuthorised without one."""
        with kept_recursion_limit():
            from eth_account import Account

        if self._key is None:
            raise NotAuthorised(
                "nothing could be sent to the chain: there is no publisher's key",
                "name the key of the log's publisher",
            )
        return Account.from_key(self._key)  # type: ignore[no-any-return]

    def request(self, method: str, *params: Any) -> Any:
        """The plain JSON of a result. Raises Unavailable for an error or a null."""
        with kept_recursion_limit():
            from web3.types import RPCEndpoint

        with asking():
            reply: object = self.web3.provider.make_request(RPCEndpoint(method), list(params))
        result = reply.get("result") if isinstance(reply, dict) else None
        if result is None or "error" in reply:  # type: ignore[operator]
            error = reply.get("error") if isinstance(reply, dict) else None
            raise _refused(method, error)
        return result

    def quantity(self, method: str, *params: Any) -> int:
        """A result that is a number. Raises Unavailable."""
        result = self.request(method, *params)
        with reading(method):
            return int(result, 16)

    def octets(self, method: str, *params: Any) -> bytes:
        """A result that is bytes. Raises Unavailable."""
        result = self.request(method, *params)
        with reading(method):
            return bytes.fromhex(result.removeprefix("0x"))

    def call(
        self, to: str, data: str, *, sender: str | None = None, expected: int | None = None
    ) -> bytes:
        """What a call of a contract returns; a revert raises as ledger.anchor.refusal says."""
        call = {"to": to, "data": data} | ({"from": sender} if sender else {})
        try:
            return self.octets("eth_call", call, "latest")
        except _Refused as error:
            if error.output is None:
                raise
            raise refusal(error.output, expected) from error

    def block(self, tag: str) -> Mapping[str, Any]:
        """The JSON of a block by its number (0x)."""
        block: Mapping[str, Any] = self.request("eth_getBlockByNumber", tag, False)
        return block

    def header(self, tag: str) -> tuple[bytes, bytes]:
        """A header in RLP and its hash; rebuilt from JSON where the node gives no raw one."""
        block = self.block(tag)
        with reading("eth_getBlockByNumber"):
            block_hash = bytes.fromhex(block["hash"].removeprefix("0x"))
        with suppress(Unavailable, Malformed):
            raw = self.octets("debug_getRawHeader", tag)
            if parse_header(raw).hash == block_hash:
                return raw, block_hash
        return header_of_block(block), block_hash

    def newest_event(self, address: str, topics: list[str]) -> Mapping[str, Any] | None:
        """The last such event, sought backwards from the newest block in bounded ranges."""
        high, span = self.quantity("eth_blockNumber"), LOG_SPAN
        while high >= 0:
            low = max(0, high - span + 1)
            query = {"address": address, "topics": topics}
            query |= {"fromBlock": hex(low), "toBlock": hex(high)}
            try:
                found: list[Mapping[str, Any]] = self.request("eth_getLogs", query)
            except Unavailable:
                if span == 1:
                    raise
                span //= 2
                continue
            if found:
                return found[-1]
            high = low - 1
        return None

    def event_in(self, address: str, topics: list[str], block: int) -> Mapping[str, Any] | None:
        """The last such event of one block."""
        if block > self.quantity("eth_blockNumber"):
            return None
        at = {"fromBlock": hex(block), "toBlock": hex(block)}
        query = {"address": address, "topics": topics} | at
        found: list[Mapping[str, Any]] = self.request("eth_getLogs", query)
        return found[-1] if found else None

    def send(self, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Sign and send a transaction; its receipt, or None if another one took its nonce.

        Raises Unavailable when it was not mined in time: it may still be.
        """
        sender = self.account.address
        with self._in_flight:
            # The confirmed count: what still waits under it is repeated or replaced.
            nonce = self.quantity("eth_getTransactionCount", sender, "latest")
            transaction = {"nonce": nonce, "value": 0, **fields}
            transaction["chainId"] = self.quantity("eth_chainId")
            transaction["gasPrice"] = self.quantity("eth_gasPrice")
            signed = self.account.sign_transaction(transaction)
            try:
                self.request("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex())
            except _Refused as error:
                if not any(word in str(error).lower() for word in _HARMLESS):
                    raise
            return self._receipt(bytes(signed.hash), nonce)

    def _receipt(self, transaction: bytes, nonce: int) -> Mapping[str, Any] | None:
        deadline = time.monotonic() + self._patience
        pause = 0.02
        while time.monotonic() < deadline:
            # In this order: a receipt that exists when the nonce is used up is found.
            used = self._used(nonce)
            receipt = self._try_receipt(transaction)
            if receipt is not None or used:
                return receipt
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)
        raise Unavailable(
            f"the transaction 0x{transaction.hex()} was not mined in {self._patience:.0f} s",
            "it may still be; the next attempt finds out",
        )

    def _used(self, nonce: int) -> bool:
        with suppress(Unavailable):
            sender = self.account.address
            return self.quantity("eth_getTransactionCount", sender, "latest") > nonce
        return False

    def _try_receipt(self, transaction: bytes) -> Mapping[str, Any] | None:
        # A node that is still indexing answers with an error: ask again.
        with suppress(Unavailable):
            receipt: Mapping[str, Any] = self.request(
                "eth_getTransactionReceipt", "0x" + transaction.hex()
            )
            return receipt
        return None


class _Refused(Unavailable):
    """The node answered with an error; `output` is what a contract reverted with, if it did."""

    output: str | None = None


def _refused(method: str, error: object) -> _Refused:
    reason = error.get("message") if isinstance(error, dict) else error
    refused = _Refused(
        f"the node refused {method}: {reason or 'it found nothing'}", "see the node's log"
    )
    output = error.get("data") if isinstance(error, dict) else None
    if isinstance(output, str):
        refused.output = output.removeprefix("Reverted ")
    return refused


@contextmanager
def asking() -> Iterator[None]:
    """Turn what web3 and requests raise on the way to a node into Unavailable."""
    import requests

    with kept_recursion_limit():
        from web3.exceptions import Web3Exception

    try:
        yield
    except requests.TooManyRedirects as error:
        raise Unavailable(
            "the chain's node sends on to another address, which is not followed",
            "name the node by its own address",
        ) from error
    except (requests.RequestException, OSError) as error:
        raise Unavailable(
            "the chain's node does not answer", "start it, or check its URL"
        ) from error
    except (Web3Exception, ValueError) as error:
        raise Unavailable(
            f"what answers is no node of a chain: {error}", "check its URL"
        ) from error


@contextmanager
def reading(method: str) -> Iterator[None]:
    """Turn an answer out of form into Unavailable."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Unavailable(
            f"the node's answer to {method} could not be read", "ask another node"
        ) from error
