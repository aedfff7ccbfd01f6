"""What the tests of the contracts stand on; each says why when a tool is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts import artefact, toolchain
from tests.contracts.evm import Contract, Machine


def _tool(find: Callable[[], Path]) -> Path:
    try:
        return find()
    except toolchain.MissingTool as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def solc() -> Path:
    """The compiler."""
    return _tool(toolchain.solc)


@pytest.fixture(scope="session")
def forge() -> Path:
    """Foundry's test runner."""
    return _tool(toolchain.forge)


@pytest.fixture(scope="session")
def anvil() -> Path:
    """Foundry's node."""
    return _tool(toolchain.anvil)


@pytest.fixture(scope="session")
def machine() -> Machine:
    """One virtual machine for all."""
    return Machine()


@pytest.fixture(scope="session")
def registry(machine: Machine) -> Contract:
    """The registry from the committed bytecode; account 0 is its admin."""
    return machine.deploy(artefact()["bytecode"], machine.accounts[0], types=("address",))


@pytest.fixture(scope="session")
def harness(machine: Machine, solc: Path) -> Contract:
    """The library alone, compiled here with the settings of the registry."""
    from contracts.compile import compile_sources

    output = compile_sources(
        [
            toolchain.ROOT / "src" / "RFC6962.sol",
            toolchain.ROOT / "test" / "ConsistencyHarness.sol",
        ]
    )
    compiled = output["contracts"]["test/ConsistencyHarness.sol"]["ConsistencyHarness"]
    return machine.deploy("0x" + compiled["evm"]["bytecode"]["object"])
