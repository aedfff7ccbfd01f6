"""Reading a public tree: from a folder and over HTTP, bounded in bytes and in time."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.source import Folder, Gone, Server, TooLarge, open_source
from audit.verify import verify
from ledger.errors import NotFound, Unavailable
from tests.audit import simulator
from tests.audit.simulator import ALL_KINDS, Files, Operator, failures


@contextmanager
def served(files: dict[str, bytes], prefix: str = "/log/", *, drip: float = 0.0) -> Iterator[str]:
    """The root URL of a server of these files; `drip` seconds between two bytes."""

    class Tree(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def do_GET(self) -> None:
            path = self.path.removeprefix(prefix)
            raw = files.get(path) if self.path.startswith(prefix) else None
            status = 404 if raw is None else 410 if raw == b"gone" else 200
            packed = path.startswith("tile/entries")
            raw = gzip.compress(raw) if raw and packed else raw or b""
            self.send_response(status)
            chunked = path.startswith("tile/0")
            if chunked:
                raw = b"%x\r\n%s\r\n0\r\n\r\n" % (len(raw), raw)
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(raw)))
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            for at in range(len(raw)) if drip else ():
                time.sleep(drip)
                self.wfile.write(raw[at : at + 1])
                self.wfile.flush()
            if not drip:
                self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tree)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def log() -> Operator:
    """A log of one full group and a bit."""
    log = simulator.founded()
    simulator.add_payments(log, 300 - len(log.drafts))
    return log


def written(files: Files, folder: Path) -> Path:
    """The files in a folder."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


def test_over_http(log):
    """The same verdict from a server as from memory, bundles coming as gzip, tiles in chunks."""
    files = log.tree((8, 290))
    with served(files) as url:
        for where in (url, url + "/", url + "/log/"):
            report = verify(open_source(where), ALL_KINDS, trust=log.trust(), workers=1)
            assert (report.holds, report.size) == (True, 300)
        files.flip("body/280", 30)
        report = verify(open_source(url), ALL_KINDS, trust=log.trust(), workers=1)
        assert failures(report) == {"bodies": 280}


def test_from_a_folder(log, tmp_path):
    """The same from an export, and from a data folder that holds it as `log`."""
    written(log.tree((8,)), tmp_path / "log")
    for where in (tmp_path, tmp_path / "log", str(tmp_path)):
        assert verify(open_source(where), ALL_KINDS, trust=log.trust(), workers=1).holds


def test_gone(log):
    """An erased body answers 410."""
    with served({"checkpoint": b"x", "body/1": b"gone"}) as url:
        source = open_source(url)
        with pytest.raises(Gone):
            source.read("body/1", 10)
        with pytest.raises(NotFound):
            source.read("body/2", 10)


def test_nothing_there(tmp_path):
    """A place without a log is named as that."""
    with pytest.raises(NotFound):
        open_source(tmp_path)
    with served({}) as url, pytest.raises(NotFound):
        open_source(url)


def test_no_server():
    """A server that does not answer says nothing about the log."""
    with served({}) as url:
        pass
    with pytest.raises(Unavailable):
        open_source(url)


def test_slow_server():
    """A server that drips is given up."""
    with served({"checkpoint": b"x" * 100}, drip=0.05) as url:
        with pytest.raises(Unavailable):
            Server(url + "/log", read=1.0, total=0.3).read("checkpoint", 1000)
        with pytest.raises(Unavailable):
            Server(url + "/log", read=0.01).read("checkpoint", 1000)


@contextmanager
def saying(*parts: bytes) -> Iterator[str]:
    """The URL of something that answers once with these bytes, 0.02 s between two."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(4096)
                for part in parts:
                    connection.sendall(part)
                    time.sleep(0.02)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize("drip", [b"a", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_head_that_drips_for_ever(drip):
    """Not only the body has to come in time."""
    begun = [] if drip[:1] == b"H" else [b"HTTP/1.1 200 OK\r\nX: "]
    with saying(*begun, *[drip] * 40) as url, pytest.raises(Unavailable):
        Server(url, total=0.2).read("checkpoint", 1000)


def test_nobody_is_sent_elsewhere():
    """A redirect stays on its server, and what stands in one is not read."""
    with served({"checkpoint": b"inside"}) as inside:
        for target in (
            f"{inside}/log/checkpoint",
            "file:///etc/passwd",
            "http://127.0.0.1:x/",
            "/",
        ):
            head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 9999999\r\n\r\n"
            with (
                saying(head.encode()) as url,
                pytest.raises(Unavailable, match="sends its readers"),
            ):
                Server(url).read("checkpoint", 1000)


def test_bounds(tmp_path):
    """What is larger than it may be is not read to its end, as gzip or plain."""
    bomb = {"checkpoint": b"x", "tile/entries/000": bytes(3_000_000)}
    with served(bomb) as url, pytest.raises(TooLarge):
        open_source(url).read("tile/entries/000", 1000)
    with pytest.raises(TooLarge):
        Folder(written(Files(bomb), tmp_path)).read("tile/entries/000", 1000)


def test_folders_and_pipes(tmp_path):
    """A folder or a pipe in a file's place is no file, and nobody waits for it."""
    (tmp_path / "checkpoint").mkdir()
    os.mkfifo(tmp_path / "log.json")
    for path in ("checkpoint", "log.json", "checkpoint/below"):
        with pytest.raises(NotFound):
            Folder(tmp_path).read(path, 10)
