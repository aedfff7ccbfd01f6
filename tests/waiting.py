"""Patience with servers and processes that tests start, and ports for them to listen on."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 60.0

T = TypeVar("T")


def until(
    what: Callable[[], T],
    amiss: Callable[[], str],
    *,
    passing: type[Exception] | tuple[type[Exception], ...] = (),
    seconds: float = PATIENCE,
) -> T:
    """What comes of asking, once something does, whatever fails in `passing` before.

    `amiss` says what is wrong when nothing has come in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := what():
                return answer
        except passing:
            pass
        assert time.monotonic() < deadline, amiss()
        time.sleep(0.05)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
