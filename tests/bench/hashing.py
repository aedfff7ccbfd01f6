"""The chain and tree verified by hashes against bare SHA-256 of the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from audit.hashes import hash_only
from ledger import tiles
from ledger.merkle import leaf_hash
from tests.bench.ratio import Ratio

LEAVES = 256 * 1024
ROUNDS = 10


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
