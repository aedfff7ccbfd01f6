"""Nodes that tests start, and a bare way to ask one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.waiting import free_port, until

ROOT = Path(__file__).resolve().parents[2]
FREE_OF_CHARGE = ("--base-fee", "0", "--gas-price", "0", "--disable-min-priority-fee")


def rpc(url: str, method: str, *params: object) -> Any:
    """A bare JSON-RPC call: the result, or the error object in a RuntimeError."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=10) as response:
        reply = json.load(response)
    if "error" in reply:
        raise RuntimeError(reply["error"])
    return reply["result"]


def _binary() -> str:
    named = os.environ.get("JEJAK_ANVIL")
    modules = ROOT / "contracts" / "node_modules" / "@foundry-rs"
    installed = sorted(map(str, modules.glob("anvil-*/bin/anvil")))
    found = named or (installed[0] if installed else shutil.which("anvil"))
    if found is None:
        pytest.skip("anvil is not installed: npm ci in contracts/, or name it in JEJAK_ANVIL")
    return found


@contextmanager
def run_anvil(*options: str) -> Iterator[str]:
    """The URL of an anvil that runs while the block does; skips where none is installed."""
    port = free_port()
    where = ("--host", "127.0.0.1", "--port", str(port), "--silent")
    process = subprocess.Popen([_binary(), *where, "--hardfork", "london", *options])
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    def answers() -> Any:
        assert process.poll() is None, "anvil ended at once"
        return rpc(url, "eth_chainId")

    until(answers, lambda: "anvil does not answer", passing=OSError, seconds=20)
