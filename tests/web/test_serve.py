"""`jejak serve` as a process: an outsider verifies it, and hostile files do not silence it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from ledger import deployment, settings
from ledger.commands import found_demonstration
from ledger.keys import SigningKey
from ledger.settings import DEVCHAIN, Settings
from procurement.kinds import KINDS
from procurement.publish import publish_body
from tests.audit.verdicts import ROOT, program
from tests.procurement import hostile
from tests.procurement.hostile import HOSTILE, MIB, good
from tests.waiting import PATIENCE, free_port, until


@dataclass
class Served:
    """A running server: its folder and its address."""

    folder: Path
    url: str

    def ask(self, path: str) -> httpx.Response:
        """One request."""
        # Loading certificates for plain HTTP would cost more than the answer.
        return httpx.get(self.url + path, timeout=PATIENCE, verify=False)

    def wait_for(self, member: str, size: int) -> dict[str, Any]:
        """Wait until /healthz says that a member has come to a size."""

        def come() -> dict[str, Any] | None:
            said: dict[str, Any] = self.ask("/healthz").json()
            return said if said[member] >= size else None

        return until(come, lambda: f"{member} has not come to {size}") or {}


def found(folder: Path) -> int:
    """A demonstration log with an importer and a few releases; how many entries."""
    found_demonstration(Settings(folder, "layan.jejak.example", DEVCHAIN, demonstration=True))
    own = settings.load(folder)
    registrar = SigningKey(settings.read_secret(folder / "keys" / "registrar.key"))
    log = deployment.open_log(own, KINDS)
    settings.write_secret(folder / "keys" / "importer.key", secrets.token_bytes(32))
    importer = SigningKey(settings.read_secret(folder / "keys" / "importer.key"))
    public = deployment.public_member(importer)
    named: dict[str, Any] = {"org": "ID-SALIN-1", "office": "Salinan", "covers": ["*"]}
    deployment.enrol(own, log, [registrar], public, roles=["importer"], **named)
    for number in range(10, 30):
        publish_body(log, [importer], "ocds/release", f"ocds-good-{number}", good(number))
    size = log.size
    log.close()
    return size


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`jejak serve` in a process of its own, until it has published everything."""
    folder = tmp_path_factory.mktemp("served") / "data"
    size = found(folder)
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, ROOT / "jejak.py", "--data", folder, "serve", "--port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Served(folder, f"http://127.0.0.1:{port}")
        wait_for_answer(child, server)
        server.wait_for("checkpoint", size)
        server.wait_for("index", size)
        yield server
    finally:
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=PATIENCE) is not None


def wait_for_answer(child: subprocess.Popen[bytes], server: Served) -> None:
    """Wait until the server takes connections."""

    def answers() -> httpx.Response:
        assert child.poll() is None, "the server has ended"
        return server.ask("/healthz")

    until(answers, lambda: "the server has not come up", passing=httpx.TransportError)


def test_running_server_verifies(served: Served) -> None:
    """From its address, with the trust file and the chain that it runs, everything holds."""
    anchored(served)
    chain = (served.folder / "chain.url").read_text().strip()
    named = ("--trust", served.folder / "trust.json", "--chain", chain)
    code, said = program("verify", served.url, *named)
    assert (code, said["holds"], said["pinned"], said["unchecked"]) == (0, True, True, [])
    assert said["size"] == served.ask("/healthz").json()["size"]
    assert all(check["checked"] for check in said["checks"])


def anchored(served: Served) -> None:
    """Wait for the first anchor."""
    until(lambda: served.ask("/log/anchors/latest").json(), lambda: "nothing is anchored")


class Asking:
    """Asks /healthz and a page over and over from a thread."""

    def __init__(self, served: Served) -> None:
        self.answers: list[int] = []
        self._served, self._stop = served, threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._stop.is_set():
            for path in ("/healthz", "/", "/log/checkpoint"):
                self.answers.append(self._served.ask(path).status_code)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_hostile_import_beside_the_server(served: Served, tmp_path: Path) -> None:
    """While another process reads hostile files the server answers, and shows what was good."""
    before = served.ask("/healthz").json()["size"]
    lines = [good(1), *(body for body, _ in HOSTILE.values()), good(2)]
    path = hostile.write_lines(tmp_path / "x.jsonl", lines)
    bomb, tar = tmp_path / "bomb.json.gz", tmp_path / "x.tar.gz"
    bomb.write_bytes(hostile.bomb(16 * MIB))
    tar.write_bytes(hostile.blown_up_tar())
    with Asking(served) as asking:
        data = ("--data", served.folder)
        code, said = program(*data, "import", path, bomb, tar, "--key", "importer")
    assert (code, said["recorded"]) == (0, 2)
    assert said["refusals"] >= len(HOSTILE) + 2
    assert len(asking.answers) > 2
    assert set(asking.answers) == {200}
    served.wait_for("index", before + 3)
    assert served.ask("/process/ocds-good-1").status_code == 200
    assert json.loads(served.ask("/process/ocds-good-2.json").content)
