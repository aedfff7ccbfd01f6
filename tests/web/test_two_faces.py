"""Two monitors, two witnesses and two nodes, each on a port of its own, and a log with two faces.

Everything is real: servers, the development chain, `jejak monitor` in processes of their own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from audit.witness_folder import found_witness, know_log
from ledger import deployment, settings
from ledger.anchor import Chain
from ledger.commands import found_demonstration
from ledger.devchain import publish_devchain
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.note import open_checkpoint
from ledger.settings import DEVCHAIN, Settings, read_secret
from ledger.tick import Ticker
from procurement.kinds import KINDS
from procurement.projections import open_index
from tests.web.sites import Deployed, served
from tests.web.test_witnesses import Standing, standing, write_policy

ORIGIN = "dua.jejak.example"
ORG = "ID-INSPEKTORAT"


@dataclass
class Face:
    """One of the faces: a data folder, its log, what it names as witnesses, where it is served."""

    settings: Settings
    log: Log
    key: SigningKey
    url: str = ""

    def note(self, text: str) -> None:
        """Append a note of the inspectorate."""
        about = self.log.record(0).leaf_hash.hex()
        body = deployment.body_bytes({"about": [about], "text": text})
        self.log.append_one(deployment.compose(ORIGIN, "note", about, ORG, body, [self.key]))

    def tick(self, chain: Any = None) -> None:
        """Sign, ask the witnesses, publish and, where there is a chain, anchor."""
        Ticker(self.log, self.settings, chain).tick(anchor=chain is not None)


def found(folder: Path) -> Face:
    """A log on the development chain, with an office that writes notes."""
    found_demonstration(Settings(folder, ORIGIN, DEVCHAIN, demonstration=True))
    own = settings.load(folder)
    log = deployment.open_log(own, KINDS)
    registrar = SigningKey(read_secret(folder / "keys" / "registrar.key"))
    key = SigningKey(b"\x0b" * 32)
    deployment.enrol(
        own, log, [registrar], deployment.public_member(key), org=ORG, office="Inspektorat",
        roles=["auditor"], covers=[ORG], valid_from="2020-01-01T00:00:00Z",
    )  # fmt: skip
    return Face(own, log, key)


def second_face(face: Face, folder: Path) -> Face:
    """A copy of the log as it stands, with its key, that goes its own way."""
    left = shutil.ignore_patterns("chain.*")
    shutil.copytree(face.settings.folder, folder, ignore=left)
    own = settings.load(folder)
    return Face(own, deployment.open_log(own, KINDS), face.key)


@contextmanager
def lying_node(honest: str) -> Iterator[str]:
    """A node that passes everything on to another, and changes what the contract says."""

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            kind = {"Content-Type": "application/json"}
            told = requests.post(honest, data=asked, headers=kind, timeout=30).json()
            result = told.get("result")
            if json.loads(asked).get("method") == "eth_call" and result and len(result) > 66:
                told["result"] = result[:66] + "07" * 32 + result[130:]
            elif json.loads(asked).get("method") == "eth_call" and result and len(result) == 66:
                told["result"] = "0x" + "07" * 32
            raw = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def monitor(folder: Path, url: str, trust: Path, *options: str) -> tuple[int, set[str]]:
    """One step of `jejak monitor` in a process of its own: exit code, codes that are open."""
    command = [sys.executable, "-m", "jejak", "--json", "monitor", url, "--once"]
    done = subprocess.run(
        [*command, "--trust", str(trust), "--folder", str(folder), *options],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, {each["code"].split()[0] for each in told["open"]}


def evidence(folder: Path, code: str) -> list[dict[str, Any]]:
    """The files that a monitor kept about a code."""
    paths = sorted((folder / "evidence").glob("*.json"))
    told = [json.loads(path.read_text()) for path in paths]
    return [each for each in told if each["what"].startswith(code)]


@pytest.mark.timeout(300)
def test_two_faces_and_a_node_that_lies(tmp_path: Path):
    """Within two steps both monitors end with 1 and hold the two notes that prove it."""
    with ExitStack() as stack:
        one = found(tmp_path / "one")
        chain = stack.enter_context(publish_devchain(one.settings.folder))
        anchoring = Chain(chain.url, one.settings.publisher_key())
        watchers: list[Standing] = []
        for name in ("board.example.org", "paper.example.org"):
            folder = know_log(
                found_witness(tmp_path / name, name), ORIGIN, one.settings.log_verifiers()
            )
            watchers.append(stack.enter_context(standing(folder)))
        write_policy(one, watchers)  # type: ignore[arg-type]
        one.note("both have seen this")
        one.tick(anchoring)
        other = second_face(one, tmp_path / "other")
        trust = tmp_path / "trust.json"
        shutil.copy(one.settings.trust, trust)
        for face in (one, other):
            index = open_index(face.settings.index_url)
            site = Deployed(face.settings, face.log, index, face.key)
            face.url = stack.enter_context(served(site)).url
        witnesses = [word for each in watchers for word in ("--witness", each.url)]
        chains = ["--chain", chain.url]
        for name, face in (("m1", one), ("m2", other)):
            assert monitor(tmp_path / name, face.url, trust, *witnesses, *chains) == (0, set())
        write_policy(one, watchers[:1])  # type: ignore[arg-type]
        write_policy(other, watchers[1:])  # type: ignore[arg-type]
        one.note("for some"), other.note("for others")
        one.tick(anchoring), other.tick()
        lying = stack.enter_context(lying_node(chain.url))
        code, opened = monitor(
            tmp_path / "m1", one.url, trust, *witnesses, *chains, "--chain", lying
        )
        assert code == 1
        assert {"split-view", "nodes-disagree"} <= opened
        code, opened = monitor(tmp_path / "m2", other.url, trust, *witnesses, *chains)
        assert code == 1
        assert "split-view" in opened
        for name in ("m1", "m2"):
            (kept,) = evidence(tmp_path / name, "split-view")
            keys = one.settings.log_verifiers()
            shown = [open_checkpoint(note.encode(), ORIGIN, keys) for note in kept["notes"]]
            largest = max(each.size for each in shown)
            assert len({each.root for each in shown if each.size == largest}) == 2
