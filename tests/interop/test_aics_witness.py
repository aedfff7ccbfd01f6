"""A witness that others wrote (aics-witness, which needs Python 3.12) cosigns our log."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ledger.add_checkpoint import format_add_checkpoint
from ledger.cosignature import parse_cosigner, verify_cosignatures
from ledger.note import (
    Checkpoint,
    format_checkpoint,
    format_note,
    format_vkey,
    parse_note,
    sign_note,
)
from ledger.tick import Ticker
from ledger.witnesses import FILE
from tests.audit.witness.grown import ORIGIN as GROWN
from tests.audit.witness.grown import GrownLog
from tests.ledger.deployments import ORIGIN, deploy
from tests.web.test_serve import free_port

COMMAND = os.environ.get("JEJAK_AICS_WITNESS")


@dataclass
class Peer:
    """The other witness at work: its key and its address."""

    vkey: str
    url: str

    def ask(self, raw: bytes) -> httpx.Response:
        """Send it a request."""
        return httpx.post(f"{self.url}/add-checkpoint", content=raw, verify=False, timeout=30)


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """The other witness, which knows the logs of these tests."""
    if not COMMAND:
        pytest.skip("no aics-witness is named in JEJAK_AICS_WITNESS")
    config = ["--config", str(tmp_path / "witness.json")]

    def run(*arguments: str) -> str:
        command = [COMMAND, arguments[0], *config, *arguments[1:]]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    told = run("init", "--name", "peer.example.org")
    vkey = next(word for word in told.split() if word.startswith("peer.example.org+"))
    run("add-log", "--origin", GROWN, "--vkey", format_vkey(GrownLog().key.verifier()))
    deployed = deploy(tmp_path / "data")
    for key in deployed.settings.log_verifiers():
        run("add-log", "--origin", ORIGIN, "--vkey", format_vkey(key))
    deployed.log.close()
    port = free_port()
    with subprocess.Popen(
        [COMMAND, "serve", *config, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield Peer(vkey, _ready(f"http://127.0.0.1:{port}", process))
        finally:
            process.terminate()


def _ready(url: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(300):
        assert process.poll() is None, "the witness has not come up"
        try:
            httpx.get(url, verify=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return url
    raise AssertionError("the witness does not answer")


def test_it_cosigns_growth_and_refuses_forks(peer: Peer):
    """Checkpoints of a growing log get lines that our code verifies; a fork gets none."""
    log, fork = GrownLog(), GrownLog(b"fork")
    for old, new in ((0, 1), (1, 5), (5, 6), (6, 130)):
        answer = peer.ask(log.request(old, new))
        assert answer.status_code == 200
        note = parse_note(log.note(new).replace(b"\n\n", b"\n\n", 1) + answer.content)
        assert set(verify_cosignatures(note, [parse_cosigner(peer.vkey)]))
    assert peer.ask(log.request(0, 200)).status_code == 409
    assert peer.ask(fork.request(130, 130)).status_code == 422
    assert peer.ask(fork.request(130, 200)).status_code == 422


def test_our_ticks_are_cosigned(peer: Peer, tmp_path: Path):
    """A log that names it in its policy publishes its cosignature, and no second history."""
    deployed = deploy(tmp_path / "again")
    for name in ("log.key", "publisher.key"):
        (tmp_path / "again" / name).write_bytes((tmp_path / "data" / name).read_bytes())
    policy = f"witness peer {peer.vkey} {peer.url}\nquorum peer\n"
    (deployed.settings.folder / FILE).write_text(policy)
    ticker = Ticker(deployed.log, deployed.settings, None)
    for start in (0, 300):
        deployed.log.append(deployed.notes(300, start))
        assert ticker.tick().unwitnessed == ()
    note = parse_note((deployed.settings.public / "checkpoint").read_bytes())
    assert set(verify_cosignatures(note, [parse_cosigner(peer.vkey)]))
    text = format_checkpoint(Checkpoint(ORIGIN, deployed.log.size, b"\x07" * 32))
    other = format_note(sign_note(text, *deployed.settings.log_signers()))
    request = format_add_checkpoint(deployed.log.size, [], other)
    assert peer.ask(request).status_code == 422
    deployed.log.close()
