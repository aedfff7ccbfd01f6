"""Foundry's own tests of the contracts, and the mutants that keep those tests honest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from contracts import mutants, toolchain


def run_forge(forge: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Forge in the project, with few fuzz runs: .ci/run makes the many, and leaves it compiled."""
    return subprocess.run(
        [forge, *arguments],
        cwd=toolchain.ROOT,
        env={**os.environ, "FOUNDRY_FUZZ_RUNS": "100", "FOUNDRY_INVARIANT_RUNS": "4"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_solidity_tests_pass(forge: Path, solc: Path) -> None:
    """Unit, fuzz and invariant tests written in Solidity hold."""
    run = run_forge(forge, "test")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "tests passed, 0 failed, 0 skipped" in run.stdout


def test_solidity_is_formatted(forge: Path) -> None:
    """Sources and tests are as `forge fmt` leaves them."""
    run = run_forge(forge, "fmt", "--check")
    assert run.returncode == 0, run.stdout


def test_ci_fuzzes_enough() -> None:
    """The CI profile makes at least 10,000 runs of each fuzz test."""
    import tomllib

    profiles = tomllib.loads((toolchain.ROOT / "foundry.toml").read_text())["profile"]
    assert profiles["ci"]["fuzz"]["runs"] >= 10_000


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.fault)
def test_a_mutant_has_one_place(mutant: mutants.Mutant) -> None:
    """Each mutant still finds the one line it breaks; without that it would prove nothing."""
    source = (toolchain.ROOT / mutant.path).read_text(encoding="utf-8")
    assert mutant.apply(source) != source


def test_a_mutant_that_fits_nowhere_is_an_error() -> None:
    """A fault whose place is gone must not pass for killed."""
    lost = mutants.Mutant("lost", "src/RFC6962.sol", "no such line", "")
    with pytest.raises(ValueError, match="exactly one"):
        lost.apply("contract C {}")
