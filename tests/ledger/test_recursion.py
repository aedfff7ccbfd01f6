"""A deeply nested text must never crash a process that speaks to a chain."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import json, sys
from pathlib import Path
from ledger.anchor import Chain
from ledger.devchain import serve_devchain
from procurement.reading import read_items
folder = Path(sys.argv[1])
with serve_devchain(folder / "chain.db") as served:
    Chain(served.url, bytes(31) + b"1").deploy("0x" + "11" * 20)
try:
    json.loads("[" * 1_000_000)
except RecursionError:
    pass
(folder / "deep.json").write_bytes(b'{"ocid":' + b"[" * 1_000_000)
print(sys.getrecursionlimit(), [item.reason[:12] for item in read_items(folder / "deep.json")])
"""


def test_libraries_do_not_raise_the_recursion_limit(tmp_path: object) -> None:
    """After deploying through web3 and py-evm, a million brackets are an error, not a crash."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith("1000 ['")
