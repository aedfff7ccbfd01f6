"""What Jejak costs above the bare work it cannot avoid, as ratios within one run.

    append   durable verified appends against bare Ed25519 verification of the same signatures
    hash     the chain and tree verified by hashes against bare SHA-256 of the same bytes

1.00 means no cost at all. Both sides take turns; the median counts. `scripts/bench` runs it.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from audit.hashes import hash_only
from ledger import tiles
from ledger.envelope import SIGNED_PREFIX
from ledger.keys import PublicKey, verify_signature
from ledger.log import Log, Recorded, Submission
from ledger.merkle import leaf_hash
from tests.ledger.deployments import deploy

THREADS = 2
BATCH = 1000
BATCHES = 20
LEAVES = 256 * 1024
ROUNDS = 10


class Ratio:
    """Bare and whole work of one kind, done in turns so that other load falls on both."""

    def __init__(self, name: str, aim: float) -> None:
        self.name, self.aim = name, aim
        self.turns: list[tuple[float, float, int]] = []

    def turn(self, count: int, bare: Callable[[], object], whole: Callable[[], object]) -> None:
        """One turn of both over `count` things."""
        start = time.perf_counter()
        bare()
        middle = time.perf_counter()
        whole()
        self.turns.append((middle - start, time.perf_counter() - middle, count))

    def report(self, what: str) -> None:
        """One line: the median ratio, its spread, the aim, and what that means here."""
        ratios = [bare / whole for bare, whole, _ in self.turns]
        rate = sum(turn[2] for turn in self.turns) / sum(turn[1] for turn in self.turns)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        told = f"{median(ratios):5.2f}  ({spread}; aim {self.aim})  {rate:,.0f} {what} a second"
        print(f"{self.name:8}{told}", flush=True)


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


def bare_hashing(leaves: Sequence[bytes]) -> None:
    """SHA-256 of every leaf and of as many nodes as the tree has."""
    sha256 = hashlib.sha256
    node = b"\x01" * 65
    for leaf in leaves:
        sha256(leaf).digest()
    for _ in range(len(leaves) - 1):
        sha256(node).digest()


def chained_leaves(count: int) -> list[bytes]:
    """Leaves of a common size with good links, as they lie in bundles."""
    said = b'","signatures":[{"alg":"ed25519","key":"%s","sig":"%s"}],"statement":{"body":"%s"}}'
    tail = said % (b"0" * 64, b"A" * 88, b"1" * 64) + b" " * 250
    leaves: list[bytes] = []
    before = bytes(32)
    for _ in range(count):
        leaf = b'{"at":"2026-01-31T08:00:00Z","prev":"' + before.hex().encode() + tail
        before = leaf_hash(leaf)
        leaves.append(leaf)
    return leaves


def bench_hash() -> None:
    """Hash-only verification of a long log held in memory."""
    leaves = chained_leaves(LEAVES)
    groups = [leaves[at : at + tiles.WIDTH] for at in range(0, len(leaves), tiles.WIDTH)]
    ratio = Ratio("hash", 0.4)
    for _ in range(ROUNDS):
        ratio.turn(LEAVES, partial(bare_hashing, leaves), partial(hash_only, groups))
    ratio.report("entries")


BENCHES = {"append": bench_append, "hash": bench_hash}


def main(names: Sequence[str]) -> None:
    """Run the benches named, or all."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"scripts/bench: no bench named {unknown[0]}; there are {', '.join(BENCHES)}")
    for name in names or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
