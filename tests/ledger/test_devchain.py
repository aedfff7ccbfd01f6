"""The development chain: what it answers, whom it refuses, and what a kill leaves behind."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger.devchain import (
    ChainInUse,
    open_devchain,
    publish_devchain,
    reach_devchain,
    serve_devchain,
)
from ledger.devchain.rpc import answer
from ledger.errors import Conflict, Unacceptable, Unavailable
from ledger.header import header_of_block, parse_header
from tests.ledger.chains import ROOT, rpc

SENDER = Account.from_key(b"\x11" * 32)
# Initialisation code that leaves one STOP as the contract.
TINY = "0x6001600c60003960016000f300"
# Initialisation code that emits LOG1 with topic 7 and leaves nothing.
LOGGING = "0x600760006000a160006000f3"
# Initialisation code that reverts with the two bytes beef.
REVERTING = "0x61beef6000526002601efd"


def _signed(nonce: int, code: str = TINY, **fields: Any) -> str:
    transaction = {"nonce": nonce, "gas": 200_000, "gasPrice": 0, "value": 0, "data": code}
    signed = SENDER.sign_transaction({**transaction, "chainId": 0x6A656A616B, **fields})
    return signed.raw_transaction.to_0x_hex()


def _post(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    names = {"Host": where.netloc, "Content-Type": "application/json"}
    names |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", where.path or "/", body, names)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


def test_a_new_chain_is_its_own(tmp_path: Path) -> None:
    """Two chains begun in one second differ in their first block."""
    hashes = []
    for name in ("one", "other"):
        with serve_devchain(tmp_path / name) as served:
            assert rpc(served.url, "web3_clientVersion") == "jejak devchain/1"
            hashes.append(rpc(served.url, "eth_getBlockByNumber", "0x0", False)["hash"])
    assert hashes[0] != hashes[1]


def test_free_of_charge(tmp_path: Path) -> None:
    """An account without ether deploys; block after block the base fee stays zero."""
    with serve_devchain(tmp_path / "chain.db") as served:
        assert rpc(served.url, "eth_gasPrice") == "0x0"
        for nonce in range(3):
            sent = rpc(served.url, "eth_sendRawTransaction", _signed(nonce))
            receipt = rpc(served.url, "eth_getTransactionReceipt", sent)
            assert receipt["status"] == "0x1"
            assert rpc(served.url, "eth_getCode", receipt["contractAddress"], "latest") == "0x00"
        head = rpc(served.url, "eth_getBlockByNumber", "latest", True)
        assert (head["number"], head["baseFeePerGas"]) == ("0x3", "0x0")
        assert head["transactions"][0]["hash"] == sent
        assert rpc(served.url, "eth_getBalance", SENDER.address, "latest") == "0x0"


def test_times_follow_the_clock_and_never_repeat(tmp_path: Path) -> None:
    """Blocks mined within one second still have ascending times."""
    began = int(time.time())
    with serve_devchain(tmp_path / "chain.db") as served:
        for nonce in range(3):
            rpc(served.url, "eth_sendRawTransaction", _signed(nonce))
        blocks = [rpc(served.url, "eth_getBlockByNumber", hex(n), False) for n in range(4)]
    times = [int(block["timestamp"], 16) for block in blocks]
    assert times == sorted(set(times))
    assert times[0] >= began


def test_headers_hash_to_their_blocks(tmp_path: Path) -> None:
    """The raw header and the one rebuilt from JSON have the hash that the chain says."""
    with serve_devchain(tmp_path / "chain.db") as served:
        rpc(served.url, "eth_sendRawTransaction", _signed(0))
        for number in ("0x0", "0x1", "latest"):
            block = rpc(served.url, "eth_getBlockByNumber", number, False)
            raw = bytes.fromhex(rpc(served.url, "debug_getRawHeader", number)[2:])
            assert header_of_block(block) == raw
            assert "0x" + parse_header(raw).hash.hex() == block["hash"]
            assert rpc(served.url, "eth_getBlockByHash", block["hash"], False) == block


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_signed(1), "nonce too high"),
        (_signed(0, chainId=1), "signed for chain id 1"),
        (_signed(0, value=1), "not have enough balance"),
        (_signed(0, gasPrice=1), "cannot afford"),
        (_signed(0, gas=40_000_000), "gas above"),
        (_signed(0, gas=1_000), "gas"),
        ("0x", "could not be decoded"),
        ("0xc0", "could not be decoded"),
        ("0x" + "c1" * 5_000, "could not be decoded"),
        ("0x02c0", "could not be decoded"),
    ],
)
def test_bad_transactions_leave_no_block(tmp_path: Path, raw: str, reason: str) -> None:
    """What no block could hold is refused, and the chain goes on as before."""
    with serve_devchain(tmp_path / "chain.db") as served:
        with pytest.raises(RuntimeError, match=reason):
            rpc(served.url, "eth_sendRawTransaction", raw)
        assert rpc(served.url, "eth_blockNumber") == "0x0"
        rpc(served.url, "eth_sendRawTransaction", _signed(0))
        with pytest.raises(RuntimeError, match="already known"):
            rpc(served.url, "eth_sendRawTransaction", _signed(0))
        with pytest.raises(RuntimeError, match="nonce too low"):
            rpc(served.url, "eth_sendRawTransaction", _signed(0, LOGGING))
        assert rpc(served.url, "eth_blockNumber") == "0x1"


def test_reverts_carry_their_bytes(tmp_path: Path) -> None:
    """A call that reverts says with what; sent, it is mined with status 0."""
    call = {"from": SENDER.address, "data": REVERTING}
    with serve_devchain(tmp_path / "chain.db") as served:
        for method in ("eth_call", "eth_estimateGas"):
            with pytest.raises(RuntimeError) as caught:
                rpc(served.url, method, call)
            assert caught.value.args[0]["code"] == 3
            assert caught.value.args[0]["data"] == "0xbeef"
        sent = rpc(served.url, "eth_sendRawTransaction", _signed(0, REVERTING))
        assert rpc(served.url, "eth_getTransactionReceipt", sent)["status"] == "0x0"
        # The nonce of the sender is used up, and its calls still work.
        assert rpc(served.url, "eth_call", call | {"data": TINY}) == "0x00"


def test_logs_are_found_in_bounded_ranges(tmp_path: Path) -> None:
    """Events are found by block, address and topic; an endless range is refused."""
    topic = "0x" + (7).to_bytes(32, "big").hex()
    with serve_devchain(tmp_path / "chain.db") as served:
        hashes = [rpc(served.url, "eth_sendRawTransaction", _signed(n, LOGGING)) for n in range(3)]
        found = rpc(served.url, "eth_getLogs", {"fromBlock": "0x0", "topics": [topic]})
        assert [event["transactionHash"] for event in found] == hashes
        receipt = rpc(served.url, "eth_getTransactionReceipt", hashes[1])
        assert receipt["logs"] == [found[1]]
        by_hash = {"blockHash": receipt["blockHash"], "address": found[1]["address"]}
        assert rpc(served.url, "eth_getLogs", by_hash) == [found[1]]
        nothing = {"fromBlock": "0x0", "topics": [["0x" + "00" * 32, "0x" + "01" * 32]]}
        assert rpc(served.url, "eth_getLogs", nothing) == []
        with pytest.raises(RuntimeError, match="10000"):
            rpc(served.url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "0xfffff"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.example"}, 403),
        ({"Host": "attacker.example:8545"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": "99999999"}, 413),
        ({"Content_Length": "-1"}, 411),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:1"}, 200),
    ],
)
def test_web_pages_are_kept_out(devchain_url: str, headers: dict[str, str], status: int) -> None:
    """Nothing a page can send, with its name rebound to 127.0.0.1, is answered."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
    assert _post(devchain_url, body, **headers)[0] == status


def test_only_loopback_is_served(tmp_path: Path) -> None:
    """A chain without access control is not offered to a network."""
    with pytest.raises(Unacceptable):
        serve_devchain(tmp_path / "chain.db", host="0.0.0.0")


def test_requests_out_of_form(devchain_url: str) -> None:
    """Each bad request gets its JSON-RPC error, and the next is answered."""
    cases = [
        (b"{", -32700),
        (b"[" * 50_000, -32700),
        (b"[]", -32600),
        (b'{"method":5}', -32600),
        (b'{"method":"eth_mine","params":[]}', -32601),
        (b'{"method":"eth_getCode","params":[]}', -32602),
        (b'{"method":"eth_getCode","params":["0x12"]}', -32602),
        (b'{"method":"eth_getBlockByNumber","params":["0xzz",false]}', -32602),
        (b'{"method":"eth_call","params":[{"to":"0x' + b"00" * 20 + b'"},"0x99"]}', -32001),
    ]
    for body, code in cases:
        status, raw = _post(devchain_url, body)
        assert (status, json.loads(raw)["error"]["code"]) == (200, code), body[:60]
    assert rpc(devchain_url, "eth_chainId") == "0x6a656a616b"


_ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.just("latest")
    | st.from_regex(r"0x[0-9a-f]{0,66}", fullmatch=True),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "to",
                    "from",
                    "data",
                    "value",
                    "topics",
                    "address",
                    "fromBlock",
                    "toBlock",
                    "blockHash",
                    "blockNumber",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_METHODS = st.sampled_from(
    [
        "eth_call",
        "eth_getProof",
        "eth_getLogs",
        "eth_getStorageAt",
        "eth_getBlockByNumber",
        "eth_getBlockByHash",
        "eth_feeHistory",
        "eth_estimateGas",
        "eth_getTransactionReceipt",
        "eth_sendRawTransaction",
        "debug_getRawHeader",
        "eth_getTransactionCount",
    ]
)


@pytest.fixture(scope="module")
def idle_chain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An open chain that nobody serves."""
    chain = open_devchain(tmp_path_factory.mktemp("idle") / "chain.db")
    yield chain
    chain.close()


@given(method=_METHODS, params=st.lists(_ANY_JSON, max_size=3))
def test_any_params_get_an_answer(idle_chain: Any, method: str, params: list[Any]) -> None:
    """Whatever JSON a client sends as params, it gets a result or an error, in JSON."""
    reply = answer(idle_chain, {"id": 1, "method": method, "params": params})
    assert ("result" in reply) != ("error" in reply)
    json.dumps(reply)


def test_one_process_one_chain(tmp_path: Path) -> None:
    """The file is locked while it is open, and free again after."""
    path = tmp_path / "chain.db"
    with serve_devchain(path):
        with pytest.raises(ChainInUse):
            open_devchain(path)
        tried = "import sys; from pathlib import Path; from ledger.devchain import open_devchain"
        run = [sys.executable, "-c", f"{tried}; open_devchain(Path(sys.argv[1]))", str(path)]
        ended = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=False)
        assert "ChainInUse" in ended.stderr
    open_devchain(path).close()


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is no development chain is left as it is."""
    text, other = tmp_path / "text", tmp_path / "other.db"
    text.write_bytes(b"not a database, and longer than a header of one hundred bytes " * 3)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE entry (leaf BLOB)")
    connection.close()
    for path in (text, other):
        with pytest.raises(Conflict):
            open_devchain(path)
    assert text.read_bytes().startswith(b"not a database")


def test_commands_reach_the_running_chain(tmp_path: Path) -> None:
    """A second command uses the chain that runs; without one it opens the file itself."""
    with publish_devchain(tmp_path) as served:
        rpc(served.url, "eth_sendRawTransaction", _signed(0))
        with reach_devchain(tmp_path) as url:
            assert url.startswith(served.url)
            assert rpc(url, "eth_blockNumber") == "0x1"
    assert not (tmp_path / "chain.url").exists()
    with reach_devchain(tmp_path) as url, reach_devchain(tmp_path) as again:
        assert url == again
        assert rpc(url, "eth_blockNumber") == "0x1"
    assert not (tmp_path / "chain.url").exists()


def test_stale_and_copied_addresses_lead_nowhere(tmp_path: Path) -> None:
    """The chain.url of a killed process or of a copied folder is not followed."""
    first, copy = tmp_path / "first", tmp_path / "copy"
    first.mkdir()
    (first / "chain.url").write_text("http://127.0.0.1:9/none\n")
    with publish_devchain(first) as served:
        shutil.copytree(first, copy)
        (copy / "chain.db-wal").unlink(missing_ok=True)
        with reach_devchain(copy) as url:
            assert not url.startswith(served.url)
    with serve_devchain(tmp_path / "other.db") as other:
        (first / "chain.url").write_text(f"{other.url}/fe00-1\n")
        with reach_devchain(first) as url:
            assert not url.startswith(other.url)


def test_a_chain_that_is_locked_and_silent(tmp_path: Path) -> None:
    """When the process that has the chain does not answer, the command says so."""
    chain = open_devchain(tmp_path / "chain.db")
    try:
        with (
            pytest.raises(Unavailable, match="does not answer"),
            reach_devchain(tmp_path, patience=0.2),
        ):
            pytest.fail("there was nothing to reach")
    finally:
        chain.close()


def test_commands_at_once_share_one_chain(tmp_path: Path) -> None:
    """Four threads that all find no chain end up on the same one."""

    def head(_: int) -> object:
        with reach_devchain(tmp_path) as url:
            time.sleep(0.3)
            return rpc(url, "eth_getBlockByNumber", "0x0", False)["hash"]

    with publish_devchain(tmp_path), ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(head, range(4)))) == 1


_SENDING = """
import sys
from pathlib import Path
from ledger.devchain import serve_devchain
with serve_devchain(Path(sys.argv[1])) as served:
    print(served.url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("attempt", range(3))
def test_kill_9_leaves_a_whole_block(tmp_path: Path, attempt: int) -> None:
    """Killed while it mines, the chain reopens with every transaction it had answered for."""
    path = tmp_path / "chain.db"
    run = [sys.executable, "-c", _SENDING, str(path)]
    process = subprocess.Popen(run, stdin=-1, stdout=-1, text=True, cwd=ROOT)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    answered: list[str] = []
    deadline = time.monotonic() + 0.5 + attempt * 0.23
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(_kill_at, deadline, process.pid)
        with suppress(OSError, http.client.HTTPException):
            answered += (
                rpc(url, "eth_sendRawTransaction", _signed(nonce, LOGGING))
                for nonce in range(10_000)
            )
        killing.result()
    process.wait(10)
    process.stdout.close()
    process.stdin.close()  # type: ignore[union-attr]
    assert answered
    with serve_devchain(path) as served:
        head = int(rpc(served.url, "eth_blockNumber"), 16)
        # At most the one transaction that was mined and not yet answered for.
        assert head in (len(answered), len(answered) + 1)
        receipts = [rpc(served.url, "eth_getTransactionReceipt", sent) for sent in answered]
        assert [int(each["blockNumber"], 16) for each in receipts] == list(
            range(1, len(answered) + 1)
        )
        events = rpc(served.url, "eth_getLogs", {"fromBlock": "0x0"})
        assert len(events) == head
        rpc(served.url, "eth_sendRawTransaction", _signed(head))


def _kill_at(deadline: float, pid: int) -> None:
    time.sleep(max(0.0, deadline - time.monotonic()))
    os.kill(pid, signal.SIGKILL)
