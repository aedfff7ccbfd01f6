"""Verifying signatures on several threads while whoever needs them does something else.

OpenSSL verifies without Python's global lock, all else here holds it. So whoever has work of its
own does a short stretch of it, then verifies one signature like the others, and so on: a long
stretch would leave every other thread waiting for the lock with a verified signature in its hands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

from ledger.kinds import Kinds
from ledger.registry import Registry
from ledger.submission import (
    Prepared,
    Refused,
    Submission,
    read_or_refuse,
    verify_or_refuse,
)

STRETCH = 8
"""Submissions that are read or placed between two signatures: as long as verifying one takes."""

_T = TypeVar("_T")


class Verifying:
    """The signatures of submissions, verified by `threads` threads of a pool and who helps them."""

    def __init__(self, pool: Executor, threads: int) -> None:
        self._pool, self._threads = pool, threads
        self._left: deque[tuple[int, Prepared, bytes]] = deque()
        self._settled: dict[int, Prepared | Refused] = {}
        self._workers: list[Future[None]] = []

    def read(
        self, submissions: Sequence[Submission], registry: Registry, kinds: Kinds
    ) -> list[Prepared | Refused]:
        """What was read of submissions, while the signatures of the first are being verified."""
        read: list[Prepared | Refused] = []
        for stretch in stretches(submissions, self.help):
            for submission in stretch:
                each = read_or_refuse(submission, registry, kinds)
                if isinstance(each, Refused):
                    self._settled[len(read)] = each
                else:
                    self._left.append((len(read), each, submission.statement))
                read.append(each)
            if not self._workers:
                self._start()
        self._start()
        return read

    def _start(self) -> None:
        """As many threads as there may be, whichever of them found nothing to do before."""
        working = sum(not each.done() for each in self._workers)
        self._workers += [self._pool.submit(self._work) for _ in range(self._threads - working)]

    def _work(self) -> None:
        while self.help():
            pass

    def help(self) -> bool:
        """Verify one signature that nobody has begun with; whether there was one."""
        try:
            at, each, statement = self._left.popleft()
        except IndexError:
            return False
        self._settled[at] = verify_or_refuse(each, statement)
        return True

    @property
    def left(self) -> int:
        """How many nobody has begun with."""
        return len(self._left)

    def settle(self, count: int) -> list[Prepared | Refused]:
        """All `count` submissions, each verified or refused; waits until they are."""
        self._work()
        for worker in self._workers:
            if not worker.cancel():
                worker.result()
        # Nothing stands here unless it was verified: what is missing raises.
        return [self._settled[at] for at in range(count)]

    def give_up(self) -> None:
        """Begin with no more of them."""
        self._left.clear()


def stretches(values: Sequence[_T], between: Callable[[], object]) -> Iterator[Sequence[_T]]:
    """The values in short runs; `between` is called after each."""
    for at in range(0, len(values), STRETCH):
        yield values[at : at + STRETCH]
        between()
