"""Durable verified appends against bare Ed25519 verification of the same signatures."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ledger.envelope import SIGNED_PREFIX
from ledger.keys import PublicKey, verify_signature
from ledger.log import Log, Recorded, Submission
from tests.bench.ratio import Ratio
from tests.ledger.deployments import deploy

THREADS = 2
BATCH = 1000
BATCHES = 20


def verify_all(pool: ThreadPoolExecutor, submissions: Sequence[Submission], key: PublicKey) -> None:
    """Ed25519 verification alone, on as many threads as the log takes."""

    def verify(part: Sequence[Submission]) -> None:
        for each in part:
            verify_signature(SIGNED_PREFIX + each.statement, each.signatures[0], key)

    list(pool.map(verify, [submissions[at::THREADS] for at in range(THREADS)]))


def append_all(log: Log, submissions: Sequence[Submission]) -> None:
    """A durable append, each submission recorded."""
    assert all(isinstance(outcome, Recorded) for outcome in log.append(submissions))


def bench_append() -> None:
    """Durable verified appends on SQLite, a thousand at a time."""
    ratio = Ratio("append", 0.7)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(THREADS) as pool:
        deployed = deploy(Path(folder))
        log, key = deployed.log, deployed.officer.public
        for batch in range(BATCHES):
            notes = deployed.notes(BATCH, batch * BATCH)
            ratio.turn(
                BATCH,
                partial(verify_all, pool, notes, key),
                partial(append_all, log, notes),
            )
        log.close()
    ratio.report("entries")
