"""What runs beside the web server: the follower at once, the ticker every few seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ledger.errors import JejakError
from ledger.log import Log
from ledger.tick import Ticker
from procurement.follower import Follower
from procurement.projections import Projections

FOLLOW_SECONDS = 0.5
TICK_SECONDS = 3.0

_logger = logging.getLogger("jejak")


class Background:
    """Two threads that end with the context; an error is told and tried again."""

    def __init__(self, log: Log, index: Projections, ticker: Ticker) -> None:
        self._stop = threading.Event()
        follower = Follower(log, index)
        self._threads = [
            self._thread("follower", FOLLOW_SECONDS, follower.run),
            self._thread("ticker", TICK_SECONDS, ticker.tick),
        ]

    def _thread(self, name: str, pause: float, work: Callable[[], object]) -> threading.Thread:
        return threading.Thread(
            target=self._repeat, args=(name, pause, work), name=name, daemon=True
        )

    def _repeat(self, name: str, pause: float, work: Callable[[], object]) -> None:
        told = ""
        while not self._stop.is_set():
            try:
                work()
                told = ""
            except JejakError as error:
                # The same trouble is told once, not every few seconds.
                if str(error) != told:
                    _logger.warning("%s: %s", name, error)
                told = str(error)
            except Exception:
                _logger.exception("%s failed and goes on", name)
            self._stop.wait(pause)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)
