"""What `jejak verify` said, run in this process or in one of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.audit.genuine import run

ROOT = Path(__file__).parent.parent.parent

_FAILED = re.compile(
    r"(\S+): \d+ checked, \d+ failed; first"
    r"(?: at entry (?P<index>\d+)| at the anchor of size (?P<size>\d+))?: .*"
)


@dataclass(frozen=True)
class Verdict:
    """Exit code, last line, and the failed checks with the place of their first finding."""

    code: int
    line: str
    failed: dict[str, int | None]

    @property
    def index(self) -> int | None:
        """The first bad index that the verdict names."""
        found = re.match(r"verify: FAILS at entry (\d+): ", self.line)
        return int(found[1]) if found else None


def verdict_of(*arguments: Any) -> Verdict:
    """Run `jejak verify` with these arguments."""
    code, output, _ = run("verify", *arguments)
    *lines, line = output.splitlines()
    assert (code, line == "verify: holds") in ((0, True), (1, False))
    failed = {}
    for found in filter(None, map(_FAILED.fullmatch, lines)):
        place = found["index"] or found["size"]
        failed[found[1]] = int(place) if place else None
    return Verdict(code, line, failed)


def program(*arguments: Any, fails: bool = False) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a process of its own; `fails`: the JSON of its complaint."""
    done = subprocess.run(
        [sys.executable, ROOT / "jejak.py", "--json", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert fails or not done.stderr, done.stderr.decode()
    return done.returncode, json.loads(done.stderr if fails else done.stdout)
