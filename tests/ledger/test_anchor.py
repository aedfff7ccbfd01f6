"""Anchoring, on the development chain and on a real node alike."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from contracts import artefact
from ledger.anchor import Chain
from ledger.anchor.node import Node, _refused
from ledger.devchain import serve_devchain
from ledger.errors import (
    AnchorMismatch,
    Conflict,
    NotAuthorised,
    NotFound,
    Unacceptable,
    Unavailable,
)
from ledger.merkle import consistency_proof, leaf_hash, root
from ledger.stateproof import log_id, verify_state_proof
from tests.ledger.chains import ROOT, rpc
from tests.waiting import free_port

RICH = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""Anvil's first account, published with it."""


class Tree:
    """A log's tree over numbered leaves, and the proofs of it."""

    def __init__(self, name: str = "honest") -> None:
        self.leaves = [leaf_hash(f"{name} {n}".encode()) for n in range(64)]

    def root(self, size: int) -> bytes:
        """Root of the first `size` leaves."""
        return root(self.leaves[:size])

    def proof(self, old: int, new: int) -> list[bytes]:
        """Consistency proof; none from the empty tree."""
        node = lambda level, n: root(self.leaves[n << level : (n + 1) << level])  # noqa: E731
        return consistency_proof(old, new, node) if old else []


@dataclass
class Registry:
    """A deployed contract, its admin, its publisher, and one log."""

    url: str
    admin: Chain
    publisher: Chain
    contract: str
    log: bytes
    tree: Tree

    def anchor(self, old: int, new: int) -> Any:
        """Anchor an honest extension."""
        proof = self.tree.proof(old, new)
        return self.publisher.anchor(self.contract, self.log, new, self.tree.root(new), proof)


def _deployed(url: str, admin_key: bytes, publisher_key: bytes) -> Registry:
    admin, publisher = Chain(url, admin_key), Chain(url, publisher_key)
    contract = admin.deploy(admin.address)
    log = log_id(f"jejak.test/{secrets.token_hex(4)}")
    admin.set_publisher(contract, log, publisher.address)
    return Registry(url, admin, publisher, contract, log, Tree())


@pytest.fixture
def registry(chain_url: str) -> Registry:
    """A fresh contract with keys that own nothing."""
    return _deployed(chain_url, secrets.token_bytes(32), secrets.token_bytes(32))


def test_anchors_grow_and_are_read_back(registry: Registry) -> None:
    """Each anchor is a row with its transaction, and the contract answers for all of them."""
    assert registry.publisher.latest(registry.contract, registry.log).size == 0
    rows = [registry.anchor(old, new) for old, new in ((0, 3), (3, 10), (10, 64))]
    latest = registry.publisher.latest(registry.contract, registry.log)
    assert (latest.size, latest.root) == (64, registry.tree.root(64))
    for row, size in zip(rows, (3, 10, 64), strict=True):
        expected = registry.tree.root(size)
        assert row.root == "0x" + expected.hex()
        assert registry.publisher.root_at(registry.contract, registry.log, size) == expected
        assert registry.publisher.anchored(registry.contract, registry.log, size) == row
        receipt = rpc(registry.url, "eth_getTransactionReceipt", row.transaction)
        assert receipt["blockHash"] == row.block_hash
    assert registry.publisher.anchored(registry.contract, registry.log, 5) is None
    assert not any(registry.publisher.root_at(registry.contract, registry.log, 5))


def test_the_same_anchor_twice(registry: Registry) -> None:
    """An anchor sent before its sender died is found, not sent again."""
    row = registry.anchor(0, 5)
    before = rpc(registry.url, "eth_blockNumber")
    assert registry.anchor(0, 5) == row
    assert rpc(registry.url, "eth_blockNumber") == before


def test_a_rewritten_past_cannot_be_anchored(registry: Registry) -> None:
    """Not even the publisher's key can: the chain refuses, and it is called a mismatch."""
    registry.anchor(0, 10)
    other, anchor = Tree("rewritten"), registry.publisher.anchor
    with pytest.raises(AnchorMismatch, match="does not extend size 10"):
        anchor(registry.contract, registry.log, 20, other.root(20), other.proof(10, 20))
    with pytest.raises(AnchorMismatch, match="another root at size 10"):
        anchor(registry.contract, registry.log, 10, other.root(10), [])
    assert registry.publisher.latest(registry.contract, registry.log).size == 10


def test_an_overtaken_publisher_is_no_forger(registry: Registry) -> None:
    """A proof from a size the contract has left behind is a conflict, not a mismatch."""
    registry.anchor(0, 10)
    registry.anchor(10, 20)
    tree, anchor = registry.tree, registry.publisher.anchor
    with pytest.raises(Conflict, match="size 20"):
        anchor(registry.contract, registry.log, 30, tree.root(30), tree.proof(10, 30), since=10)
    with pytest.raises(Conflict, match="size 20"):
        anchor(registry.contract, registry.log, 15, tree.root(15), tree.proof(10, 15))


def test_roles_are_kept(registry: Registry) -> None:
    """Strangers cannot anchor, publishers cannot close or appoint, a closed log stays closed."""
    stranger = Chain(registry.url, secrets.token_bytes(32))
    with pytest.raises(NotAuthorised):
        stranger.anchor(registry.contract, registry.log, 3, registry.tree.root(3), [])
    with pytest.raises(NotAuthorised):
        registry.publisher.close(registry.contract, registry.log)
    with pytest.raises(NotAuthorised):
        stranger.set_publisher(registry.contract, registry.log, stranger.address)
    with pytest.raises(NotAuthorised, match="no publisher's key"):
        Chain(registry.url).anchor(registry.contract, registry.log, 3, registry.tree.root(3), [])
    registry.admin.close(registry.contract, registry.log)
    with pytest.raises(Conflict, match="closed"):
        registry.anchor(0, 3)
    with pytest.raises(Conflict, match="closed"):
        registry.admin.close(registry.contract, registry.log)


def test_an_empty_root_is_refused(registry: Registry) -> None:
    """Zero means nothing anchored, so it cannot be anchored."""
    with pytest.raises(Unacceptable):
        registry.publisher.anchor(registry.contract, registry.log, 3, bytes(32), [])


def test_proofs_verify_off_line(registry: Registry) -> None:
    """The proof taken with an anchor stands on its own, also for roots that begin with zeros."""
    registry.anchor(0, 10)
    registry.anchor(10, 30)
    identity = registry.publisher.identity()
    code = registry.publisher.code_hash(registry.contract)
    assert code == keccak(bytes.fromhex(artefact()["deployedBytecode"][2:]))
    for size in (10, 30):
        row = registry.publisher.anchored(registry.contract, registry.log, size)
        anchor = registry.publisher.proof(registry.contract, registry.log, size)
        shown = verify_state_proof(
            anchor, contract=registry.contract, log_id=registry.log, code_hash=code
        )
        assert row is not None
        assert (shown.size, shown.root) == (size, registry.tree.root(size))
        assert (shown.block, shown.time) == (row.block, row.time)
        assert (anchor["chainId"], anchor["transaction"]) == (identity.chain_id, row.transaction)
    # The state after the second anchor proves the first as well.
    later = registry.publisher.proof(registry.contract, registry.log, 10, row.block)
    assert later["blockHash"] == row.block_hash
    with pytest.raises(NotFound):
        registry.publisher.proof(registry.contract, registry.log, 11)


def test_a_root_that_begins_with_zeros(registry: Registry) -> None:
    """Storage drops leading zeros; the proof of such a root still verifies."""
    small = bytes(3) + hashlib.sha256(b"small").digest()[:29]
    registry.publisher.anchor(registry.contract, registry.log, 7, small, [])
    anchor = registry.publisher.proof(registry.contract, registry.log, 7)
    shown = verify_state_proof(anchor, contract=registry.contract, log_id=registry.log)
    assert shown.root == small


def test_the_wrong_address(registry: Registry) -> None:
    """An address without the contract is named as such, whatever is asked of it."""
    nowhere = "0x" + "12" * 20
    for ask in (
        lambda: registry.publisher.latest(nowhere, registry.log),
        lambda: registry.publisher.code_hash(nowhere),
        lambda: registry.admin.set_publisher(nowhere, registry.log, registry.publisher.address),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(Unacceptable):
        registry.publisher.latest("jejak", registry.log)


def test_events_are_found_in_small_ranges(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that answers only for three blocks at a time still yields an old anchor."""
    row = registry.anchor(0, 3)
    for old in range(3, 12):
        registry.anchor(old, old + 1)
    ask = Node.request

    def narrow(self: Node, method: str, *params: Any) -> Any:
        if method == "eth_getLogs":
            width = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16)
            if width >= 3:
                raise Unavailable("the range is too wide")
        return ask(self, method, *params)

    monkeypatch.setattr(Node, "request", narrow)
    assert registry.publisher.anchored(registry.contract, registry.log, 3) == row


def test_header_rebuilt_without_a_raw_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node without debug_getRawHeader gives the same evidence."""
    registry.anchor(0, 3)
    before = registry.publisher.proof(registry.contract, registry.log, 3)
    ask = Node.request

    def lacking(self: Node, method: str, *params: Any) -> Any:
        if method == "debug_getRawHeader":
            raise Unavailable("no such method")
        return ask(self, method, *params)

    monkeypatch.setattr(Node, "request", lacking)
    assert registry.publisher.proof(registry.contract, registry.log, 3) == before


@pytest.mark.parametrize("refused", ["already known", "nonce too low", "underpriced"])
def test_a_send_whose_answer_is_lost(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Sent, mined, and answered with an error: the anchor is found all the same."""
    ask = Node.request

    def lost(self: Node, method: str, *params: Any) -> Any:
        result = ask(self, method, *params)
        if method == "eth_sendRawTransaction":
            raise _refused(method, {"code": -32000, "message": refused})
        return result

    monkeypatch.setattr(Node, "request", lost)
    assert registry.anchor(0, 3).size == 3


def test_another_transaction_took_the_nonce(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes with one key: whoever lost finds the other's anchor, or does not know."""
    ask = Node.request

    def stolen(self: Node, method: str, *params: Any) -> Any:
        if method != "eth_sendRawTransaction":
            return ask(self, method, *params)
        monkeypatch.undo()
        twin = Chain(registry.url, registry.publisher._node._key)
        return twin.anchor(registry.contract, registry.log, other, registry.tree.root(other), [])

    other = 3
    monkeypatch.setattr(Node, "request", stolen)
    assert registry.anchor(0, 3).size == 3
    registry.log = log_id("another")
    registry.admin.set_publisher(registry.contract, registry.log, registry.publisher.address)
    other = 2
    monkeypatch.setattr(Node, "request", stolen)
    with pytest.raises(Unavailable, match="not known"):
        registry.anchor(0, 3)
    assert registry.anchor(2, 3).size == 3


@pytest.mark.anvil
def test_a_chain_that_charges(charging_anvil_url: str) -> None:
    """Where gas costs, the node's price is paid; a poor key is told so and may try again."""
    poor = secrets.token_bytes(32)
    registry = _deployed(charging_anvil_url, RICH, RICH)
    assert registry.anchor(0, 3).size == 3
    registry.admin.set_publisher(registry.contract, registry.log, Chain("", poor).address)
    with pytest.raises(Unavailable, match=r"[Ii]nsufficient funds"):
        Chain(charging_anvil_url, poor).anchor(
            registry.contract, registry.log, 5, registry.tree.root(5), registry.tree.proof(3, 5)
        )


def test_no_node_answers() -> None:
    """A dead URL, a web server that is no node, a URL of another kind."""
    with pytest.raises(Unavailable, match="does not answer"):
        Chain(f"http://127.0.0.1:{free_port()}", timeout=2).identity()
    with pytest.raises(Unacceptable):
        Chain("file:///etc/passwd").identity()


@pytest.mark.parametrize("reply", [b"<html>", b"[]", b"{}", b'{"jsonrpc":"2.0","id":1,"result":7}'])
def test_a_stranger_answers(stranger: Callable[[bytes], str], reply: bytes) -> None:
    """What answers but is no node leads to no other error than Unavailable."""
    with pytest.raises(Unavailable):
        Chain(stranger(reply), timeout=2).latest("0x" + "11" * 20, bytes(32))
    with pytest.raises(Unavailable):
        Chain(stranger(reply), timeout=2).identity()


@pytest.fixture
def stranger() -> Iterator[Callable[[bytes], str]]:
    """Starts servers that answer every request with the same bytes."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    servers = []

    def start(reply: bytes) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


_SERVING = """
import sys
from pathlib import Path
from ledger.devchain import serve_devchain
with serve_devchain(Path(sys.argv[1])) as served:
    print(served.url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("attempt", range(2))
def test_kill_9_while_anchoring(tmp_path: Path, attempt: int) -> None:
    """The chain dies under the publisher: every row it gave out is there, and it goes on."""
    path, key = tmp_path / "chain.db", secrets.token_bytes(32)
    run = [sys.executable, "-c", _SERVING, str(path)]
    process = subprocess.Popen(run, stdin=-1, stdout=-1, text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    registry = _deployed(process.stdout.readline().strip(), key, key)
    killer = threading.Timer(0.1 + 0.17 * attempt, os.kill, (process.pid, signal.SIGKILL))
    rows = [registry.anchor(0, 1)]
    killer.start()
    with pytest.raises(Unavailable):
        rows += (registry.anchor(size, size + 1) for size in range(1, 63))
    killer.join()
    process.wait(10)
    process.stdin.close()
    process.stdout.close()
    with serve_devchain(path) as served:
        chain = Chain(served.url, key)
        latest = chain.latest(registry.contract, registry.log)
        assert latest.size in (len(rows), len(rows) + 1)
        assert [chain.anchored(registry.contract, registry.log, row.size) for row in rows] == rows
        registry.publisher = chain
        assert registry.anchor(latest.size, latest.size + 1).size == latest.size + 1
        chain.proof(registry.contract, registry.log, latest.size + 1)


def test_patience_ends(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that nobody mines is reported, and the next attempt anchors."""
    ask = Node.request

    def swallowed(self: Node, method: str, *params: Any) -> Any:
        return None if method == "eth_sendRawTransaction" else ask(self, method, *params)

    monkeypatch.setattr(Node, "request", swallowed)
    hasty = Chain(registry.url, registry.publisher._node._key, patience=0.3)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="not mined"):
        hasty.anchor(registry.contract, registry.log, 3, registry.tree.root(3), [])
    assert time.monotonic() - began >= 0.3
    monkeypatch.undo()
    assert registry.anchor(0, 3).size == 3
