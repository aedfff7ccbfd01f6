"""HTTP/1.1 as `jejak serve` speaks it: uvicorn's, but for bodies whose length is not said.

A body in chunks costs a step of Python for each of them, on the thread that serves everybody, and
before any application is asked; a chunk can be one byte long. So such a request is refused by its
head (411, RFC 9110 section 15.5.12), its body unread, and the connection is closed.
"""

from __future__ import annotations

from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from web import headers
from web.api.refusals import NoLength
from web.problems import problem_bytes


class SizedConnection(h11.Connection):
    """A server's side of a connection; `unsized` once it was sent a body of unknown length."""

    unsized = False

    def next_event(self) -> Any:
        """The next event. Raises h11.RemoteProtocolError for a body of unknown length."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.unsized = any(name == b"transfer-encoding" for name, _ in event.headers)
            if self.unsized:
                raise h11.RemoteProtocolError("a body of unknown length", error_status_hint=411)
        return event


class SizedProtocol(H11Protocol):
    """The protocol of one connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn = self._sized = SizedConnection(h11.SERVER)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, and hang up."""
        if not self._sized.unsized:
            super().send_400_response(msg)
            return
        self._send(NoLength())
        self.transport.close()

    def _send(self, refusal: NoLength) -> None:
        body = problem_bytes(refusal.status, refusal.code, refusal.message, refusal.remedy)
        said = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
            **headers.SECURITY,
        }
        head = h11.Response(status_code=refusal.status, headers=list(said.items()))
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
