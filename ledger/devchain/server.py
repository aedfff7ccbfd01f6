"""The development chain over HTTP, and how commands find the one that runs.

The server listens on a loopback address only and answers POSTs of application/json whose Host
header names that address and which carry no Origin: a web page, even one that rebinds its name to
127.0.0.1, cannot reach it. A running chain writes its URL to `chain.url` beside its file; the
path in that URL is made from the file's identity on disk, so a stale or copied `chain.url` never
leads to another chain. py-evm is imported when a chain is opened, not before.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from ledger.devchain.identity import CLIENT_VERSION, ChainInUse, file_token
from ledger.errors import Unacceptable, Unavailable
from ledger.recursion import kept_recursion_limit

if TYPE_CHECKING:
    from types import TracebackType

    from ledger.devchain.chain import DevChain

MAX_REQUEST = 1_048_576
IDLE_SECONDS = 60
PATIENCE_SECONDS = 10.0

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def open_devchain(path: Path) -> DevChain:
    """Open the chain kept in the file `path`, or begin one there.

    Raises:
        ChainInUse: another process has it open.
        Conflict: the file is something else.
        Unavailable: py-evm is not installed.
    """
    try:
        with kept_recursion_limit():
            from ledger.devchain.chain import DevChain
    except ImportError as error:
        raise Unavailable(
            "the development chain could not be opened: py-evm is not installed",
            "install eth-tester[py-evm], or name another chain with --chain",
        ) from error
    return DevChain(path)


class DevelopmentChain:
    """A development chain that is being served; close it, or use it as a context manager."""

    def __init__(self, chain: DevChain, path: Path, host: str, port: int) -> None:
        self._chain: DevChain | None = chain
        self._lock = threading.Lock()
        self.path = path
        self.token = file_token(path)
        self._server = _Server((host, port), _Requests)
        self._server.development_chain = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the chain answers JSON-RPC."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def answer(self, request: object) -> dict[str, Any]:
        """The response to one parsed request. Raises Unavailable once the chain is closed."""
        with kept_recursion_limit():
            from ledger.devchain.rpc import answer

        with self._lock:
            if self._chain is None:
                raise Unavailable("the development chain is closed", "start it again")
            return answer(self._chain, request)

    def close(self) -> None:
        """Stop answering and release the file; what was mined stays."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:
            if self._chain is not None:
                self._chain.close()
                self._chain = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve_devchain(path: Path, host: str = "127.0.0.1", port: int = 0) -> DevelopmentChain:
    """Open the chain in `path` and serve it; port 0 means any free one.

    Raises:
        Unacceptable: the host is not a loopback address.
        Unavailable: the port is taken, or as open_devchain.
    """
    if host not in _LOOPBACK:
        raise Unacceptable(
            f"the development chain could not be served on {host}: it has no access control",
            "use 127.0.0.1",
        )
    chain = open_devchain(path)
    try:
        return DevelopmentChain(chain, path, host, port)
    except OSError as error:
        chain.close()
        raise Unavailable(
            f"the development chain could not listen on port {port} ({error.strerror})",
            "choose another with --port",
        ) from error


@contextmanager
def publish_devchain(
    folder: Path, *, port: int = 0, patience: float = PATIENCE_SECONDS
) -> Iterator[DevelopmentChain]:
    """Serve `folder/chain.db` and keep its address in `folder/chain.url` while it runs.

    For the process that is to stay: it waits up to `patience` seconds for a passing command to let
    go of the file. Raises as serve_devchain.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            served = serve_devchain(folder / "chain.db", port=port)
            break
        except ChainInUse:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)
    with served, _announced(folder / "chain.url", f"{served.url}/{served.token}"):
        yield served


@contextmanager
def reach_devchain(folder: Path, *, patience: float = PATIENCE_SECONDS) -> Iterator[str]:
    """A URL of the chain in `folder`: the server that runs, else one opened here for the while.

    For short work. Hold it no longer than needed: a URL of another process lasts as long as that
    process does.

    Raises:
        Unavailable: the chain is in use by a process that does not answer.
    """
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        while (url := _running(folder)) is None:
            try:
                served = stack.enter_context(publish_devchain(folder, patience=0))
            except ChainInUse as error:
                if time.monotonic() >= deadline:
                    raise Unavailable(
                        "the development chain could not be reached: the process that has it "
                        "open does not answer",
                        "wait for it to end, or stop it",
                    ) from error
                time.sleep(0.1)
            else:
                url = f"{served.url}/{served.token}"
                break
        yield url


def _running(folder: Path) -> str | None:
    """The URL in chain.url, if that server answers as the chain of this very file."""
    try:
        url = (folder / "chain.url").read_text("utf-8").strip()
        expected = f"/{file_token(folder / 'chain.db')}"
    except OSError:
        return None
    if not url.startswith("http://127.0.0.1:") or not url.endswith(expected):
        return None
    return url if _client_version(url) == CLIENT_VERSION else None


def _client_version(url: str) -> str | None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "web3_clientVersion", "params": []})
    request = Request(url, body.encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        # The environment's proxy has no business with a loopback address.
        with build_opener(ProxyHandler({})).open(request, timeout=5) as response:
            reply = json.loads(response.read(MAX_REQUEST))
    except (URLError, OSError, ValueError):
        return None
    version = reply.get("result") if isinstance(reply, dict) else None
    return version if isinstance(version, str) else None


@contextmanager
def _announced(file: Path, url: str) -> Iterator[None]:
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_text(url + "\n", "utf-8")
    temporary.replace(file)
    try:
        yield
    finally:
        with suppress(OSError):
            if file.read_text("utf-8").strip() == url:
                file.unlink()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    development_chain: DevelopmentChain

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Requests(BaseHTTPRequestHandler):
    """One connection. Refuses whatever a page in a browser could have sent."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "jejak"
    sys_version = ""
    timeout = IDLE_SECONDS
    # One segment for an answer: head and body apart would wait for the client's acknowledgement.
    wbufsize = 65_536
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer one JSON-RPC request."""
        refusal = self._refusal()
        if refusal is not None:
            self._refuse(*refusal)
            return
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            request = json.loads(raw)
        except (ValueError, RecursionError):
            error = {"code": -32700, "message": "the request is not JSON"}
            self._reply(200, {"jsonrpc": "2.0", "id": None, "error": error})
            return
        try:
            self._reply(200, self.server.development_chain.answer(request))
        except Unavailable as error:
            self._refuse(503, str(error))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the log of a ledger is elsewhere."""

    def _refusal(self) -> tuple[int, str] | None:
        length = self.headers.get("Content-Length", "")
        host = self.headers.get("Host", "").rsplit(":", 1)[0].strip("[]")
        media = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if host not in _LOOPBACK or "Origin" in self.headers:
            return 403, "only programs on this machine may ask"
        if self.path not in ("/", f"/{self.server.development_chain.token}"):
            return 404, "another chain answers here"
        if media != "application/json":
            return 415, "the request is not application/json"
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            return 411, "the request does not say how long it is"
        if len(length) > 8 or int(length) > MAX_REQUEST:
            return 413, f"the request is longer than {MAX_REQUEST} bytes"
        return None

    def _refuse(self, status: int, reason: str) -> None:
        # The body was not read, so the connection cannot be used again.
        self.close_connection = True
        self._reply(status, {"error": reason})

    def _reply(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
