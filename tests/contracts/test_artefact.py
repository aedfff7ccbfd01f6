"""The committed artefact: what it is compiled from, what it promises, where it keeps a root."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from contracts import artefact, toolchain
from contracts.compile import format_artefact, main, source_hash
from ledger.stateproof import root_at_slot
from tests.contracts.evm import Contract

LOG = hashlib.sha256(b"jejak.example.go.id\n0").digest()
INTERFACE = {
    "function anchor(bytes32,uint64,bytes32,bytes32[])",
    "function latest(bytes32)",
    "function rootAt(bytes32,uint64)",
    "function setPublisher(bytes32,address)",
    "function close(bytes32)",
    "event Anchored(bytes32,uint64,bytes32,address)",
    "event PublisherSet(bytes32,address)",
    "event Closed(bytes32,uint64,bytes32)",
    "error NotPublisher(address)",
    "error LogClosed(bytes32)",
    "error SizeNotIncreasing(uint64,uint64)",
    "error InconsistentCheckpoint(uint64,uint64)",
    "error EmptyRoot()",
}


def promised(abi: list[dict[str, Any]]) -> set[str]:
    """Functions, events and errors by their signatures."""
    return {
        f"{item['type']} {item['name']}({','.join(each['type'] for each in item['inputs'])})"
        for item in abi
        if item["type"] in ("function", "event", "error")
    }


def test_the_interface_is_the_published_one() -> None:
    """Every function, event and error of the format is there, by its exact types."""
    assert promised(artefact()["abi"]) >= INTERFACE


def test_what_is_indexed_is_part_of_the_format() -> None:
    """Readers find anchors by log, size and publisher."""
    events = {item["name"]: item["inputs"] for item in artefact()["abi"] if item["type"] == "event"}
    indexed = {
        name: [each["name"] for each in inputs if each["indexed"]]
        for name, inputs in events.items()
    }
    assert indexed["Anchored"] == ["log", "size", "publisher"]
    assert indexed["PublisherSet"] == ["log", "publisher"]
    assert indexed["Closed"] == ["log"]


def test_no_function_takes_ether() -> None:
    """Nothing is payable, and nothing answers an unknown call."""
    assert not {"payable"} & {item.get("stateMutability") for item in artefact()["abi"]}
    assert not {"receive", "fallback"} & {item["type"] for item in artefact()["abi"]}


def test_our_sources_are_the_compiled_ones() -> None:
    """Each Solidity source in the tree has the hash that the artefact names: no compiler needed."""
    own = {
        f"src/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (toolchain.ROOT / "src").glob("*.sol")
    }
    sources = artefact()["sources"]
    assert {name: sources[name] for name in sources if name.startswith("src/")} == own
    assert artefact()["sourceHash"] == source_hash(sources)


def test_the_compiler_is_pinned() -> None:
    """The artefact was made by the compiler that package.json and the sources name."""
    version = artefact()["solc"].partition("+")[0]
    assert f'"solc": "{version}"' in (toolchain.ROOT / "package.json").read_text()
    for path in (toolchain.ROOT / "src").glob("*.sol"):
        assert f"pragma solidity {version};" in path.read_text()
    assert artefact()["settings"]["evmVersion"] == "london"


def test_compiling_again_gives_the_same_bytes(
    solc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The committed artefact is what the sources compile to."""
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_artefact_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the sources compile to other bytes than are committed, the check says so and fails."""
    stale = tmp_path / "stale.json"
    stale.write_text(format_artefact(artefact()))
    monkeypatch.setattr("contracts.compile.artefact_path", lambda: stale)
    monkeypatch.setattr("contracts.compile.build", lambda: artefact() | {"bytecode": "0x00"})
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "stale.json: differs in bytecode\n"


def test_a_root_lies_where_the_formula_says(registry: Contract) -> None:
    """The slot that receipts prove holds the root, in the machine and by solc's storage layout."""
    root = hashlib.sha256(b"root").digest()
    registry.send("setPublisher(bytes32,address)", LOG, registry.machine.accounts[1])
    registry.send("anchor(bytes32,uint64,bytes32,bytes32[])", LOG, 2**40, root, (), sender=1)
    assert registry.machine.storage(registry.address, root_at_slot(LOG, 2**40)) == root
    layout = {place["label"]: place for place in artefact()["storageLayout"]["storage"]}
    assert (layout["rootAt"]["slot"], layout["rootAt"]["offset"]) == ("1", 0)
    types = artefact()["storageLayout"]["types"]
    assert types[layout["rootAt"]["type"]]["label"] == (
        "mapping(bytes32 => mapping(uint64 => bytes32))"
    )


def test_a_head_fills_one_slot() -> None:
    """Size, time and the closing of a log share a slot: an anchor writes two."""
    types = artefact()["storageLayout"]["types"]
    heads = [kind for name, kind in types.items() if re.search(r"struct\(Head\)", name)]
    assert "32" in {kind["numberOfBytes"] for kind in heads}


def test_the_deployed_code_is_the_artefacts(registry: Contract) -> None:
    """What the chain holds after deployment is `deployedBytecode`, byte by byte."""
    code = registry.machine.tester.get_code(registry.address)
    assert code == artefact()["deployedBytecode"]
