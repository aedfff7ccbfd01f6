"""The arithmetic of signatures, in batches, on whatever executor there is.

The signatures are judged by OpenSSL through cryptography, which keeps Python's lock while it
verifies Ed25519 (measured with 50.0): only processes make it faster. Pure but for the executor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from audit.report import Check
from ledger.admission import verify_signatures
from ledger.envelope import Signature, Statement, signed_bytes
from ledger.errors import BadSignature
from ledger.keys import PublicKey

BATCH = 128
MAX_PENDING = 64


@dataclass(frozen=True)
class Signed:
    """A statement at an index, its signatures, and the keys that these name."""

    index: int
    statement: Statement
    signatures: tuple[Signature, ...]
    keys: tuple[PublicKey, ...]


def check_signatures(batch: Sequence[Signed]) -> list[tuple[int, str]]:
    """Index and reason of each whose signatures do not all verify."""
    failed = []
    for each in batch:
        try:
            verify_signatures(signed_bytes(each.statement), each.signatures, each.keys)
        except BadSignature as error:
            failed.append((each.index, error.message))
    return failed


class SignatureQueue:
    """Takes signed statements in order and puts what fails into a check."""

    def __init__(self, check: Check, executor: Executor | None = None) -> None:
        """Without an executor everything is verified on the spot."""
        self._check = check
        self._executor = executor
        self._batch: list[Signed] = []
        self._pending: deque[tuple[int, Future[list[tuple[int, str]]]]] = deque()

    def now(self, signed: Signed) -> bool:
        """Verify at once; whether it holds."""
        return self._count(1, check_signatures([signed]))

    def count(self, index: int, why: str | None) -> None:
        """Of one that was verified before: None if it holds, or else why not."""
        self._count(1, [] if why is None else [(index, why)])

    def put(self, signed: Signed) -> None:
        """Verify sooner or later, `flush` at the latest."""
        self._batch.append(signed)
        if len(self._batch) >= BATCH:
            self._submit()

    def flush(self) -> None:
        """Wait for all."""
        self._submit()
        self._wait(0)

    def _submit(self) -> None:
        batch, self._batch = self._batch, []
        if self._executor is None:
            self._count(len(batch), check_signatures(batch))
        elif batch:
            future = self._executor.submit(check_signatures, batch)
            self._pending.append((len(batch), future))
            self._wait(MAX_PENDING)

    def _wait(self, left: int) -> None:
        while len(self._pending) > left:
            size, future = self._pending.popleft()
            self._count(size, future.result())

    def _count(self, size: int, failed: Sequence[tuple[int, str]]) -> bool:
        self._check.hold(size - len(failed))
        for index, what in failed:
            self._check.fail(what, index)
        return not failed
