"""A chain's node as a browser may ask it: with CORS, honest or not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Allow-Private-Network": "true",
}


@dataclass
class Node:
    """Where it is asked, where it passes questions on, what it says instead, what it was asked."""

    url: str = ""
    chain: str = ""
    instead: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, question: dict[str, Any]) -> bytes:
        """The chain's answer, or what is said instead of it."""
        self.asked.append(json.dumps([question["method"], question["params"]]))
        if question["method"] in self.instead:
            told = {"jsonrpc": "2.0", "id": 1, "result": self.instead[question["method"]]}
            return json.dumps(told).encode()
        return requests.post(self.chain, json=question, timeout=30).content


@contextmanager
def running(node: Node, *, cors: bool = True) -> Iterator[Node]:
    """The node on a free port of 127.0.0.1."""

    class Answering(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self._send(204, b"")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._send(200, node.answer(json.loads(self.rfile.read(length))))

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            for name, value in (CORS if cors else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    node.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
