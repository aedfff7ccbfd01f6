"""What Jejak costs above the bare work it cannot avoid, as ratios within one run.

    append   durable verified appends against bare Ed25519 verification of the same signatures
    hash     the chain and tree verified by hashes against bare SHA-256 of the same bytes
    import   real releases imported, with projections, against ocdsmerge alone from the same bytes
    memory   peak memory of importing one large file of them (only when it is named: takes minutes)

1.00 means no cost at all. Both sides take turns; the median counts. `scripts/bench` runs it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from statistics import median

from ocdsmerge import Merger

from audit.hashes import hash_only
from jejak import cli
from ledger import deployment, tiles
from ledger.cli import signing_key
from ledger.envelope import SIGNED_PREFIX
from ledger.keys import PublicKey, verify_signature
from ledger.log import Log, Recorded, Submission
from ledger.merkle import leaf_hash
from ledger.settings import load
from procurement.follower import Follower
from procurement.importing import import_files
from procurement.kinds import KINDS
from procurement.projections import open_index
from tests.ledger.deployments import deploy

SHARED = Path(os.environ.get("JEJAK_SHARED", Path(__file__).parents[2] / "shared"))
LARGE = int(os.environ.get("JEJAK_BENCH_BYTES", "1000000000"))
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


def real_files() -> list[Path]:
    """The eight sets of real releases."""
    files = sorted((SHARED / "data").glob("*/releases.jsonl.gz"))
    if not files:
        sys.exit("scripts/bench: no data beside the repository; name its parent in JEJAK_SHARED")
    return files


def real_lines() -> list[bytes]:
    """Their releases, each as its bytes."""
    return [line for path in real_files() for line in gzip.open(path).read().splitlines()]


def found_importer(folder: Path) -> None:
    """A demonstration with the key of an importer."""
    key = str(folder / "keys" / "importer.key")
    enrolment = ["--org", "XX-IMPORTER", "--office", "Import desk", "--role", "importer"]
    for command in (
        ["init", "--demo"],
        ["key", "new", key, "--unencrypted"],
        ["key", "enrol", key, *enrolment],
    ):
        cli.main(["--data", str(folder), "--json", *command], standalone_mode=False)


def import_all(folder: Path, files: Sequence[Path]) -> None:
    """All files imported and projected."""
    settings = load(folder)
    log, index = deployment.open_log(settings, KINDS), open_index(settings.index_url)
    key = signing_key(settings, "importer")
    report = import_files(log, files, key=key, org="XX-IMPORTER")
    assert report.recorded
    Follower(log, index).run()
    index.close()
    log.close()


def merge_all(schema: dict[str, object], lines: Sequence[bytes]) -> None:
    """All lines parsed, and the releases of each process compiled by ocdsmerge."""
    processes: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in lines:
        release = json.loads(line)
        processes[release["ocid"]].append(release)
    merger = Merger(schema)
    with warnings.catch_warnings(action="ignore"):
        for releases in processes.values():
            merger.create_compiled_release(releases)


def bench_import() -> None:
    """The eight sets, each round into a new log."""
    path = SHARED / "vectors" / "schema-ocds-1.1.5" / "release-schema.json"
    schema, files, lines = json.loads(path.read_bytes()), real_files(), real_lines()
    ratio = Ratio("import", 0.5)
    for _ in range(3):
        with tempfile.TemporaryDirectory() as name, redirect_stdout(io.StringIO()):
            found_importer(Path(name))
            ratio.turn(
                len(lines),
                partial(merge_all, schema, lines),
                partial(import_all, Path(name), files),
            )
    ratio.report("releases")


def repeated(lines: Sequence[bytes], size: int) -> Iterator[bytes]:
    """The lines again and again, each time under new ocids, until there are `size` bytes."""
    written = copy = 0
    while written < size:
        for line in lines:
            ocid = json.dumps(json.loads(line)["ocid"]).encode()
            again = line.replace(ocid, ocid[:-1] + b'-%d"' % copy) + b"\n"
            yield again
            written += len(again)
        copy += 1


def bench_memory() -> None:
    """One JSON Lines file imported by the command line in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name) / "data", Path(name) / "releases.jsonl"
        with redirect_stdout(io.StringIO()):
            found_importer(folder)
        with file.open("wb") as out:
            out.writelines(repeated(real_lines(), LARGE))
        command = [sys.executable, "-m", "jejak", "--data", str(folder), "--json"]
        start = time.perf_counter()
        subprocess.run(
            [*command, "import", str(file), "--key", "importer"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        taken = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = file.stat().st_size / 1e6
    print(f"memory  {peak:5.0f}  MiB (aim 400) for {size:,.0f} MB in {taken:,.0f} s", flush=True)


BENCHES = {
    "append": bench_append,
    "hash": bench_hash,
    "import": bench_import,
    "memory": bench_memory,
}


def main(names: Sequence[str]) -> None:
    """Run the benches named, or all but the one that takes minutes."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"scripts/bench: no bench named {unknown[0]}; there are {', '.join(BENCHES)}")
    for name in names or ("append", "hash", "import"):
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
