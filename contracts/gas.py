"""Measure what an anchor costs: `python -m contracts.gas` prints the table of README.md.

Runs anvil with the rules of London on a free port of 127.0.0.1 and anchors trees of made-up nodes,
the same at every run. Hashes are SHA-256; gas is what the receipts say.
"""

from __future__ import annotations

import hashlib
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from contracts import artefact, toolchain

SIZES = (10**3, 10**4, 10**6, 10**8, 2**64 - 1)
TYPICAL_ENTRIES = 100
_SAMPLES = 24
_CANDIDATES = 3_000
_GAS_LIMIT = 3_000_000
_STARTING_SECONDS = 20
_POLLS = 500


@dataclass(frozen=True)
class Growth:
    """A tree and its extension: sizes, roots, proof, and how many nodes a verifier hashes."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    proof: tuple[bytes, ...]
    hashed: int


@dataclass(frozen=True)
class Row:
    """Gas of an anchor of a tree of at most `size` entries, and the longest proof it needs."""

    size: int
    proof: int
    worst: int
    typical: int


def grow(old: int, new: int) -> Growth:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2 and both roots, over made-up subtrees."""
    old_root, new_root, proof, hashed = _subproof(old, 0, new, complete=True)
    return Growth(old, new, old_root, new_root, tuple(proof), hashed)


def _subproof(
    old: int, start: int, stop: int, *, complete: bool
) -> tuple[bytes, bytes, list[bytes], int]:
    if old == stop - start:
        whole = _subtree(start, stop)
        return whole, whole, [] if complete else [whole], 0
    half: int = 1 << (stop - start - 1).bit_length() - 1
    if old <= half:
        right = _subtree(start + half, stop)
        before, after, proof, hashed = _subproof(old, start, start + half, complete=complete)
        return before, _node(after, right), [*proof, right], hashed + 1
    left = _subtree(start, start + half)
    before, after, proof, hashed = _subproof(old - half, start + half, stop, complete=False)
    return _node(left, before), _node(left, after), [*proof, left], hashed + 2


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _subtree(start: int, stop: int) -> bytes:
    return hashlib.sha256(b"%d %d" % (start, stop)).digest()


def worst_growth(limit: int) -> Growth:
    """The dearest to verify of many up to a size: sizes about powers of two, and chance ones."""
    chance = random.Random(limit)  # noqa: S311 - the same sizes at every run
    olds = {(1 << bits) - 1 for bits in range(2, limit.bit_length() + 1)}
    olds |= {limit - 1, *(chance.randint(1, limit - 1) for _ in range(_CANDIDATES))}
    pairs = [(old, new) for old in sorted(olds) for new in {old + 1, limit} if old < new <= limit]
    return max((grow(*pair) for pair in pairs), key=lambda one: (one.hashed, len(one.proof)))


def typical_growths(limit: int) -> list[Growth]:
    """Trees of the upper half of sizes, each with 100 entries more."""
    chance = random.Random(limit)  # noqa: S311 - the same sizes at every run
    olds = [chance.randint(limit // 2, limit - TYPICAL_ENTRIES) for _ in range(_SAMPLES)]
    return [grow(old, old + TYPICAL_ENTRIES) for old in olds]


class Registry:
    """A new registry on a node whose first account is unlocked and rich."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._account: str = self._rpc("eth_accounts")[0]
        self._logs = 0
        code = artefact()["bytecode"] + _word(int(self._account, 16)).hex()
        self._address: str | None = None
        self._address = self._transact(code)["contractAddress"]

    def first_anchor(self, size: int, root: bytes) -> int:
        """Gas of the first anchor of a new log."""
        self._logs += 1
        publisher = _word(int(self._account, 16))
        self._transact(_calldata("setPublisher(bytes32,address)", self._log, publisher))
        return self._anchor(size, root, ())

    def later_anchor(self, growth: Growth) -> int:
        """Gas of the second anchor of a new log."""
        self.first_anchor(growth.old, growth.old_root)
        return self._anchor(growth.new, growth.new_root, growth.proof)

    @property
    def _log(self) -> bytes:
        return hashlib.sha256(b"log %d" % self._logs).digest()

    def _anchor(self, size: int, root: bytes, proof: Sequence[bytes]) -> int:
        # The dynamic array lies after the four words of the head, as the ABI has it.
        words = (self._log, _word(size), root, _word(4 * 32), _word(len(proof)), *proof)
        receipt = self._transact(_calldata("anchor(bytes32,uint64,bytes32,bytes32[])", *words))
        return int(receipt["gasUsed"], 16)

    def _transact(self, calldata: str) -> dict[str, Any]:
        fields = {"from": self._account, "gas": hex(_GAS_LIMIT), "data": calldata}
        if self._address is not None:
            fields["to"] = self._address
        receipt = self._receipt(self._rpc("eth_sendTransaction", fields))
        if receipt["status"] != "0x1":
            raise RuntimeError(f"the chain refused {calldata[:10]}")
        return receipt

    def _receipt(self, transaction: str) -> dict[str, Any]:
        for _ in range(_POLLS):
            receipt: dict[str, Any] | None = self._rpc("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                return receipt
            time.sleep(0.02)
        raise RuntimeError(f"the chain did not take {transaction}")

    def _rpc(self, method: str, *params: object) -> Any:
        return rpc(self._url, method, *params)


def rpc(url: str, method: str, *params: object) -> Any:
    """The result of a JSON-RPC call. Raises OSError, RuntimeError with the node's error."""
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Content-Type": "application/json"}
    request = Request(url, json.dumps(call).encode(), headers)  # noqa: S310 - always 127.0.0.1
    with urlopen(request, timeout=10) as response:  # noqa: S310 - as above
        reply = json.load(response)
    if "error" in reply:
        raise RuntimeError(reply["error"])
    return reply["result"]


@contextmanager
def london() -> Iterator[str]:
    """The URL of an anvil with the rules of London. Raises MissingTool."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", str(port), "--hardfork", "london", "--silent")
    node = subprocess.Popen([toolchain.anvil(), *options])  # noqa: S603 - our own tool
    try:
        yield _await(f"http://127.0.0.1:{port}")
    finally:
        node.terminate()
        node.wait()


def _await(url: str) -> str:
    deadline = time.monotonic() + _STARTING_SECONDS
    while True:
        try:
            rpc(url, "eth_chainId")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return url


def measure(url: str) -> tuple[int, list[Row]]:
    """Gas of a first anchor, and a row for each of SIZES."""
    registry = Registry(url)
    return registry.first_anchor(10**6, _subtree(0, 1)), [_row(registry, size) for size in SIZES]


def _row(registry: Registry, size: int) -> Row:
    worst = worst_growth(size)
    typical = [registry.later_anchor(growth) for growth in typical_growths(size)]
    return Row(
        size, len(worst.proof), registry.later_anchor(worst), round(sum(typical) / len(typical))
    )


def format_table(first: int, rows: Sequence[Row]) -> str:
    """The table of README.md."""
    lines = [
        "| entries, at most | nodes in the worst proof | gas, worst | gas, typical |",
        "|---|---|---|---|",
        f"| first anchor, any size | 0 | {first:,} | {first:,} |",
    ]
    for row in rows:
        name = "2^64 - 1" if row.size == 2**64 - 1 else f"{row.size:,}"
        lines.append(f"| {name} | {row.proof} | {row.worst:,} | {row.typical:,} |")
    return "\n".join(lines) + "\n"


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _calldata(function: str, *words: bytes) -> str:
    selector: str = artefact()["methodIdentifiers"][function]
    return "0x" + selector + b"".join(words).hex()


def main() -> int:
    """Print the table."""
    with london() as url:
        print(format_table(*measure(url)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
