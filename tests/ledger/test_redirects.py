"""Nothing that is sent goes anywhere but where it was to go, whatever answers there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from audit.monitor_history import Run
from audit.notifying import post_webhook
from ledger import deployment
from ledger.anchor import Chain
from ledger.errors import JejakError, Unavailable
from ledger.keys import SigningKey
from ledger.remote import Server
from ledger.witnesses import post_to

SUBMISSION = deployment.demonstration_root("a.example", SigningKey(b"\x01" * 32))


@pytest.fixture(params=[301, 302, 303, 307, 308])
def sending_on(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A server that sends everything on to its own `/elsewhere`, and what was asked there."""
    asked: list[str] = []

    class Sending(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(self.path)
            self.send_response(request.param)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sending)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", asked=asked)
    server.shutdown()
    server.server_close()


def _tell(url: str) -> None:
    run = Run(1, "2026-01-01T00:00:00Z", 0, 1, True, "holds", 0.0, {})
    step: Any = SimpleNamespace(run=run, failed=False, opened=(), closed=(), open=())
    post_webhook(url, "a.example", step)


@pytest.mark.parametrize(
    "send",
    [
        lambda url: Server(url).publish(SUBMISSION),
        lambda url: Server(url).check(SUBMISSION),
        lambda url: Server(url).org_of("ab" * 32),
        lambda url: Server(url).entry(0),
        _tell,
        lambda url: Chain(url).identity(),
    ],
)
def test_who_sends_on_is_not_followed(sending_on: Any, send: Callable[[str], object]) -> None:
    """A submission, a message of a monitor and a call of a node: refused, and told why."""
    with pytest.raises(JejakError, match="sends on to another address") as refused:
        send(sending_on.url)
    assert refused.value.remedy.startswith("name the ")
    assert "/elsewhere" not in sending_on.asked
    assert len(sending_on.asked) == 1


def test_a_witness_that_sends_on_is_not_followed(sending_on: Any) -> None:
    """What a log sends to a witness stays there."""
    assert 300 <= post_to(sending_on.url, b"old 0\n").status < 400
    assert len(sending_on.asked) == 1


def test_a_transaction_is_sent_to_its_node_alone(sending_on: Any) -> None:
    """Signed or not, an anchor is handed to nobody else."""
    chain = Chain(sending_on.url, b"\x02" * 32)
    with pytest.raises(Unavailable, match="sends on"):
        chain.deploy("0x" + "11" * 20)
    assert set(sending_on.asked) == {"/"}
