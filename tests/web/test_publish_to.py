"""`jejak publish --to`: signed here, published there, whatever the server answers."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jejak import main
from ledger.errors import Malformed
from ledger.keys import SigningKey
from ledger.remote import Server
from ledger.settings import write_secret
from tests.audit.verdicts import program
from tests.web.publishers import ORG, number, payment_body
from tests.web.sites import Deployed, found, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A town's log, served."""
    with served(found(tmp_path_factory.mktemp("remote"))) as deployed:
        yield deployed


@pytest.fixture
def key(site: Deployed, tmp_path: Path) -> Path:
    """The key file of the town's treasury."""
    path = tmp_path / "treasury.key"
    write_secret(path, site.key(ORG, "treasury").seed)
    return path


class Office:
    """A machine with a key file and a body, and without a data folder."""

    def __init__(self, folder: Path, key: Path) -> None:
        self.folder, self.key, self.number = folder, key, number()
        self.body = folder / "body.json"
        self.body.write_bytes(payment_body(self.number))

    def publish(self, url: str, *more: str, fails: bool = False) -> tuple[int, dict[str, Any]]:
        """Publish the body, and what the program says."""
        named = ("--kind", "budget/payment", "--subject", self.number, "--key", self.key)
        folder = ("--data", self.folder / "nothing")
        return program(*folder, "publish", self.body, *named, "--to", url, *more, fails=fails)


@pytest.fixture
def office(tmp_path: Path, key: Path) -> Office:
    """The treasury's machine."""
    return Office(tmp_path, key)


def test_a_body_is_published_from_elsewhere(site, office):
    """Index, hash and receipt come back, the bytes are those of the file; repeating is harmless."""
    origin = site.settings.origin
    code, said = office.publish(site.url, "--log", origin)
    record = site.log.record(said["index"])
    assert (code, said["repeated"]) == (0, False)
    assert record.body == office.body.read_bytes()
    assert record.leaf_hash.hex() == said["leafHash"]
    assert record.entry.statement.org == ORG
    assert said["receipt"] == f"{site.url}/e/{said['index']}.receipt.json"
    code, again = office.publish(site.url, "--log", origin)
    assert (code, again["repeated"], again["index"]) == (0, True, said["index"])
    assert not (office.folder / "nothing").exists()


def test_the_log_is_never_taken_from_the_server(site, office):
    """Without --log the statement is for the host that was typed, and this log refuses it."""
    code, said = office.publish(site.url, fails=True)
    assert (code, said["error"]) == (2, "unacceptable")
    assert site.settings.origin in said["message"]
    assert "127.0.0.1" in said["message"]


def test_a_refusal_there_is_a_refusal_here(site, office):
    """The server's reason and remedy are shown, and the exit code is that of the reason."""
    origin = site.settings.origin
    assert office.publish(site.url, "--log", origin)[0] == 0
    office.body.write_bytes(payment_body(office.number))
    code, said = office.publish(site.url, "--log", origin, fails=True)
    assert (code, said["error"]) == (2, "conflict")
    assert "replaces" in said["remedy"]
    code, said = office.publish(site.url, "--log", origin, "--org", "ID-LAIN", fails=True)
    assert (code, said["error"]) == (2, "not-authorised")


def test_a_key_that_the_server_does_not_know(site, tmp_path):
    """Said before anything is signed, with what to do."""
    path = tmp_path / "own.key"
    write_secret(path, b"\x05" * 32)
    code, said = Office(tmp_path, path).publish(site.url, "--log", "x", fails=True)
    assert (code, said["error"]) == (2, "not-found")
    assert "--org" in said["remedy"]


def test_a_server_that_does_not_answer(office):
    """Exit 3, and that trying again makes no second entry."""
    code, said = office.publish("http://127.0.0.1:9", "--org", ORG, fails=True)
    assert code == 3
    assert "one entry" in said["remedy"]


@pytest.mark.parametrize("url", ["jejak.example", "ftp://x", "file:///etc/passwd", "http://"])
def test_what_is_no_address(url):
    """Only HTTP is spoken."""
    with pytest.raises(Malformed):
        Server(url)


def test_options_of_another_place(office, capsys):
    """--log and --org without --to would be ignored: they are refused instead."""
    named = ["--kind", "note", "--subject", "x", "--key", str(office.key), "--org", ORG]
    with pytest.raises(SystemExit) as ended:
        main(["publish", str(office.body), *named])
    assert ended.value.code == 2
    assert "--to" in capsys.readouterr().err


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[tuple[str, list]]:
    """A server that gives everybody one answer; its address, and what it was sent."""
    sent: list[bytes] = []

    class One(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(bytes(self.headers) + self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), One)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


LIES = {
    "redirect": (307, {"Location": "http://127.0.0.1:9/"}, b""),
    "no JSON": (201, {}, b"<html>"),
    "another form": (201, {}, b'{"index":"1","leafHash":"x","receipt":1}'),
    "no hash": (201, {}, b'{"index":1,"leafHash":"x","receipt":"/e/1"}'),
    "endless": (201, {}, b" " * 400_000),
    "deep": (201, {}, b"[" * 100_000),
    "error": (500, {}, b""),
    "busy": (429, {"Retry-After": "1"}, b'{"detail":"later","code":"too-many-requests"}'),
    "odd": (418, {}, b'{"detail":"\\u001b[2Jtea","code":["x"]}'),
}


@pytest.mark.parametrize("name", LIES)
def test_a_server_may_answer_anything(office, name):
    """Whatever comes back: an exit code, a clean sentence, and the key was not sent."""
    status, headers, body = LIES[name]
    with answering(status, headers, body) as (url, sent):
        code, said = office.publish(url, "--org", ORG, fails=True)
    assert code in (2, 3)
    assert (code == 3) == (name in ("error", "busy", "endless"))
    assert said["message"].isprintable()
    seed = base64.b64decode(office.key.read_bytes())
    assert len(sent) == 1
    for form in (seed, seed.hex().encode(), base64.b64encode(seed)):
        assert form not in sent[0]
    assert SigningKey(seed).id.encode() in sent[0]
