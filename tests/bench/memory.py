"""Peak memory of importing one large file of real releases; takes minutes."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from tests.bench.importing import found_importer, real_lines

LARGE = int(os.environ.get("JEJAK_BENCH_BYTES", "1000000000"))


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
