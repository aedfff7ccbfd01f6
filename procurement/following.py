"""A follower in a process of its own beside an import: projections keep up with the log.

The process is forked, for a fresh interpreter loads libraries for longer than most imports last.
SQLite's locks do not survive a fork, so no connection is open at that moment; neither does a
thread, so there is none. Any number of followers may run, and none is ever relied on: who
started one follows to the end himself.
"""

from __future__ import annotations

import gc
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from ledger.log import Log
from procurement.follower import Follower
from procurement.projections import Projections

_PAUSE = 0.01
# A step has work of its own, whatever its entries are: few entries wait for more.
_FEW = 64


@contextmanager
def followed(log: Log, index: Projections) -> Iterator[None]:
    """Project what is appended inside while it is, and the rest of the log behind it.

    Raises Unavailable.
    """
    started = _start(log, index)
    try:
        yield
    finally:
        if started is not None:
            child, end = started
            os.close(end)
            os.waitpid(child, 0)
    Follower(log, index).run()


def _start(log: Log, index: Projections) -> tuple[int, int] | None:
    """Process id of the follower and the pipe that ends it once closed; None where none may be."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return None
    log.engine.dispose()
    index.engine.dispose()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        _follow(log, index, reader)
    os.close(reader)
    return child, writer


def _follow(log: Log, index: Projections, until: int) -> NoReturn:
    """Follow until the pipe is closed, by whoever started this or by his death; then to the end."""
    try:
        gc.freeze()  # what the parent holds is not looked through again and again
        follower = Follower(log, index)
        while not select.select([until], [], [], _PAUSE)[0]:
            while log.size - follower.position() >= _FEW:
                follower.step()
        follower.run()
    finally:
        # Nothing of the parent's is flushed, closed or told a second time.
        os._exit(0)
