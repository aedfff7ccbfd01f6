"""Break the contracts on purpose, one way at a time: `python -m contracts.mutants`.

Each mutant is one replacement in a copy of the sources; forge's tests must fail on it. Prints one
line a mutant and last "N of N killed"; exit 1 when one lives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from contracts import toolchain

_COPIES = "copies"
_VERIFIER = "src/RFC6962.sol"
_REGISTRY = "src/CheckpointRegistry.sol"


@dataclass(frozen=True)
class Mutant:
    """One deliberate fault: what an attacker or a careless hand would like to be so."""

    fault: str
    path: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The source with the fault. Raises ValueError unless it has one place for it."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.path} has not exactly one {self.old!r}")
        return text.replace(self.old, self.new)


MUTANTS = (
    Mutant("an overlong proof is folded on", _VERIFIER, "if (sn == 0) return", "if (false) return"),
    Mutant("a proof may be too short", _VERIFIER, "fits = sn == 0", "fits = true"),
    Mutant("the count of nodes is not asked", _VERIFIER, "return fits && fr", "return fr"),
    Mutant("the old root is not compared", _VERIFIER, "fr == oldRoot && ", ""),
    Mutant("the new root is not compared", _VERIFIER, " && sr == newRoot", ""),
    Mutant("nodes are hashed as leaves", _VERIFIER, "bytes1(0x01)", "bytes1(0x00)"),
    Mutant("nodes have no prefix", _VERIFIER, "bytes1(0x01), left", "left"),
    Mutant("left and right are swapped", _VERIFIER, "left, right));", "right, left));"),
    Mutant("the empty tree has extensions", _VERIFIER, "oldSize == 0 || ", ""),
    Mutant("a tree may shrink", _VERIFIER, " || oldSize > newSize", ""),
    Mutant("equal sizes have any roots", _VERIFIER, " && oldRoot == newRoot;", ";"),
    Mutant("equal sizes take any proof", _VERIFIER, "proof.length == 0 && oldRoot", "oldRoot"),
    Mutant("the path always has its seed", _VERIFIER, "oldSize & (oldSize - 1) == 0", "false"),
    Mutant("the last node is never on the left", _VERIFIER, " || fn == sn)", ")"),
    Mutant("a left node is never taken", _VERIFIER, "fn & 1 == 1 || fn == sn", "fn == sn"),
    Mutant("promoted nodes are not skipped", _VERIFIER, "fn & 1 == 0 && fn != 0", "false"),
    Mutant("the climb starts at the leaf", _VERIFIER, "while (fn & 1 == 1)", "while (false)"),
    Mutant("the new root is folded the wrong way", _VERIFIER, "(sr, path[i]);", "(path[i], sr);"),
    Mutant(
        "anyone anchors", _REGISTRY, "if (!hasRole(publisherRole(log), msg.sender))", "if (false)"
    ),
    Mutant(
        "a closed log takes anchors",
        _REGISTRY,
        "if (head.closed) revert LogClosed(log);\n        if (root",
        "if (root",
    ),
    Mutant("the root zero is anchored", _REGISTRY, "if (root == 0)", "if (false)"),
    Mutant("a size is anchored twice", _REGISTRY, "size <= current", "size < current"),
    Mutant("sizes go back", _REGISTRY, "if (size <= current)", "if (false)"),
    Mutant("no proof is asked", _REGISTRY, "if (!_extends(", "if (false && !_extends("),
    Mutant(
        "the first anchor takes any proof", _REGISTRY, "return proof.length == 0", "return true"
    ),
    Mutant("the newest size is not kept", _REGISTRY, "        head.size = size;\n", ""),
    Mutant(
        "the time is not kept",
        _REGISTRY,
        "        head.anchoredAt = uint64(block.timestamp);\n",
        "",
    ),
    Mutant(
        "the old publisher stays", _REGISTRY, "        _revokeRole(role, _publishers[log]);\n", ""
    ),
    Mutant("the publisher is forgotten", _REGISTRY, "        _publishers[log] = publisher;\n", ""),
    Mutant("address zero may publish", _REGISTRY, "if (publisher != address(0)) ", ""),
    Mutant(
        "one role for all logs",
        _REGISTRY,
        'abi.encode("publisher", log)',
        'abi.encode("publisher")',
    ),
    Mutant("the role is the log id", _REGISTRY, 'keccak256(abi.encode("publisher", log))', "log"),
    Mutant("the admin grants publishers", _REGISTRY, ": NOBODY", ": DEFAULT_ADMIN_ROLE"),
    Mutant(
        "a stranger names publishers",
        _REGISTRY,
        "address publisher) external onlyRole(DEFAULT_ADMIN_ROLE)",
        "address publisher) external",
    ),
    Mutant(
        "a stranger closes logs",
        _REGISTRY,
        "close(bytes32 log) external onlyRole(DEFAULT_ADMIN_ROLE)",
        "close(bytes32 log) external",
    ),
    Mutant("closing does not last", _REGISTRY, "head.closed = true;", ""),
    Mutant(
        "a log is closed twice",
        _REGISTRY,
        "if (head.closed) revert LogClosed(log);\n        head.closed",
        "head.closed",
    ),
    Mutant(
        "an anchor is not told",
        _REGISTRY,
        "        emit Anchored(log, size, root, msg.sender);\n",
        "",
    ),
    Mutant(
        "roots lie in another slot",
        _REGISTRY,
        "    struct Head {",
        "    uint256 private _moved;\n\n    struct Head {",
    ),
)


def tried(mutants: Sequence[Mutant | None]) -> list[bool]:
    """Whether forge's tests fail on each mutant, in order; None stands for the sources as they are.

    All are compiled by one run of solc, which costs far more to start than a copy takes it.
    Raises ValueError when a mutant does not compile: that would prove nothing.
    """
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        for name in ("foundry.toml", "solc"):
            shutil.copy2(toolchain.ROOT / name, project / name)
        (project / "node_modules").symlink_to(toolchain.node_modules().resolve())
        for number, mutant in enumerate(mutants):
            _copy_sources(project / _COPIES / str(number), mutant)
        built = _run_forge(project, "build")
        if built.returncode:
            raise ValueError(f"a mutant does not compile:\n{built.stdout}{built.stderr}")
        return [_tests_fail(project, number) for number in range(len(mutants))]


def _copy_sources(copy: Path, mutant: Mutant | None) -> None:
    for name in ("src", "test"):
        shutil.copytree(toolchain.ROOT / name, copy / name)
    if mutant is not None:
        source = copy / mutant.path
        source.write_text(mutant.apply(source.read_text(encoding="utf-8")), encoding="utf-8")


def _tests_fail(project: Path, number: int) -> bool:
    run = _run_forge(project, "test", "--fail-fast", "--match-path", f"{_COPIES}/{number}/*")
    if "[FAIL" not in run.stdout and (run.returncode or "[PASS]" not in run.stdout):
        raise ValueError(f"forge did not run the tests:\n{run.stdout}{run.stderr}")
    return run.returncode != 0


def _run_forge(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own tool with our own arguments
        [toolchain.forge(), *arguments],
        cwd=project,
        env={
            **os.environ,
            "FOUNDRY_PROFILE": "mutants",
            "FOUNDRY_SRC": _COPIES,
            "FOUNDRY_TEST": _COPIES,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    """Try the sources, then every mutant."""
    cores = os.cpu_count() or 1
    shares = [MUTANTS[first::cores] for first in range(cores)]
    lives = 0
    with ThreadPoolExecutor(cores) as pool:
        tries = pool.map(tried, [[None, *share] for share in shares])
        for share, (broken, *verdicts) in zip(shares, tries, strict=True):
            if broken:
                print("the tests fail on the sources as they are")
                return 1
            for mutant, killed in zip(share, verdicts, strict=True):
                print(f"{'killed' if killed else 'LIVES '}  {mutant.fault}", flush=True)
                lives += not killed
    print(f"{len(MUTANTS) - lives} of {len(MUTANTS)} killed")
    return 1 if lives else 0


if __name__ == "__main__":
    sys.exit(main())
