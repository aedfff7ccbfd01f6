"""What Jejak costs above the bare work it cannot avoid, as ratios within one run.

    append   durable verified appends against bare Ed25519 verification of the same signatures
    hash     the chain and tree verified by hashes against bare SHA-256 of the same bytes
    import   real releases imported, with projections, against ocdsmerge alone from the same bytes
    memory   peak memory of importing one large file of them (only when it is named: takes minutes)
    verify   `jejak verify` of a whole log against bare Ed25519 verification (only when named)
    follow   1,000 new entries after ten thousand against as many after a million (when named)
    pages    p95 of pages of a million entries against those of ten thousand (only when named)

1.00 means no cost at all. Both sides take turns; the median counts. `scripts/bench` runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.bench.appending import bench_append
from tests.bench.following import bench_follow
from tests.bench.hashing import bench_hash
from tests.bench.importing import bench_import
from tests.bench.memory import bench_memory
from tests.bench.pages import bench_pages
from tests.bench.verifying import bench_verify

BENCHES = {
    "append": bench_append,
    "follow": bench_follow,
    "hash": bench_hash,
    "import": bench_import,
    "memory": bench_memory,
    "pages": bench_pages,
    "verify": bench_verify,
}


def main(names: Sequence[str]) -> None:
    """Run the benches named, or all but those that take minutes."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"scripts/bench: no bench named {unknown[0]}; there are {', '.join(BENCHES)}")
    for name in names or ("append", "hash", "import"):
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
