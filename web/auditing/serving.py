"""A monitor's site beside the monitor: a server in a thread, on a socket that is taken before."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from ledger.errors import InvalidInput, Unavailable
from web.commands import HOST, server_options

_ADDRESS = re.compile(r"(?:(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):)?([0-9]{1,5})")
_SECONDS = 30


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `[HOST:]PORT`; without a host this machine alone. Raises InvalidInput."""
    found = _ADDRESS.fullmatch(text)
    port = int(found[2]) if found else 65_536
    if found is None or port > 65_535:
        raise InvalidInput(f"{text[:60]!r} is no place to listen", "write PORT or HOST:PORT")
    return (found[1] or HOST).strip("[]"), port


@contextmanager
def listening(app: FastAPI, host: str, port: int) -> Iterator[str]:
    """Serve while the context lasts; the address. Raises Unavailable where it cannot listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        taken = socket.create_server((host, port), family=family)
    except OSError as error:
        why = f"port {port} of {host} cannot be listened on: {error.strerror or error}"
        raise Unavailable(why, "name another port, or end what uses it") from error
    server = uvicorn.Server(uvicorn.Config(app, **server_options()))
    thread = threading.Thread(target=server.run, args=([taken],), name="site", daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=_SECONDS)
        taken.close()
