"""Requests written by hand, byte by byte, to a server on 127.0.0.1."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.web.sites import Deployed

PATIENCE = 30.0


def connection(site: Deployed) -> socket.socket:
    """A connection to the server."""
    target = urlsplit(site.url)
    return socket.create_connection((str(target.hostname), int(target.port or 0)), PATIENCE)


def head_bytes(head: str) -> bytes:
    """The head of a request, its lines as HTTP ends them."""
    return head.strip("\n").replace("\n", "\r\n").encode() + b"\r\n\r\n"


def raw(site: Deployed, head: str, *parts: bytes, until: bytes = b"}") -> bytes:
    """What the server answers to bytes on a connection, until these come or it hangs up."""
    with connection(site) as sent:
        sent.sendall(head_bytes(head))
        for part in parts:
            try:
                sent.sendall(part)
            except OSError:
                break
        return answered(sent, until)


def answered(sent: socket.socket, until: bytes) -> bytes:
    """What comes back, until these bytes have come or the server hangs up."""
    answer = b""
    while until not in answer and (read := sent.recv(65536)):
        answer += read
    return answer
