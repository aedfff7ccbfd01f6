"""Compile the contracts into `artefacts/`: `python -m contracts.compile [--check]`.

The bytes are reproducible: solc, its settings and every source are pinned, and no metadata hash is
appended. `--check` compiles again and compares with what is committed; exit 1 on a difference.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import solcx

from contracts import toolchain

CONTRACT = "CheckpointRegistry"
SETTINGS: dict[str, Any] = {
    "evmVersion": "london",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 200},
}
_OUTPUTS = [
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.methodIdentifiers",
    "storageLayout",
]


def compile_sources(paths: Iterable[Path], within: Path = toolchain.ROOT) -> dict[str, Any]:
    """The standard output of solc for Solidity files, each named by its path below `within`.

    Raises solcx.exceptions.SolcError, toolchain.MissingTool.
    """
    sources = {
        path.relative_to(within).as_posix(): {"content": path.read_text(encoding="utf-8")}
        for path in sorted(paths)
    }
    given = {
        "language": "Solidity",
        "settings": {**SETTINGS, "outputSelection": {"*": {"*": _OUTPUTS}}},
        "sources": sources,
    }
    binary = toolchain.solc()
    output: dict[str, Any] = solcx.compile_standard(given, solc_binary=binary)
    return output | {"version": solcx.wrapper.get_version_str_from_solc_binary(binary)}


def build() -> dict[str, Any]:
    """The artefact of the registry, compiled from `src/`."""
    output = compile_sources((toolchain.ROOT / "src").glob("*.sol"))
    compiled = output["contracts"][f"src/{CONTRACT}.sol"][CONTRACT]
    sources = source_hashes(output["sources"])
    return {
        "contract": CONTRACT,
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
        "methodIdentifiers": compiled["evm"]["methodIdentifiers"],
        "settings": SETTINGS,
        "solc": output["version"],
        "sourceHash": source_hash(sources),
        "sources": sources,
        "storageLayout": compiled["storageLayout"],
    }


def source_hashes(names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each source: ours under `src/`, the others from npm's packages."""
    return {name: hashlib.sha256(_source(name).read_bytes()).hexdigest() for name in sorted(names)}


def source_hash(sources: Mapping[str, str]) -> str:
    """SHA-256 of the lines `<hash>  <path>`, in order of path: what sha256sum would print."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sources.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def format_artefact(artefact: Mapping[str, Any]) -> str:
    """The text of an artefact file: sorted and indented, to be read in a diff."""
    return json.dumps(artefact, indent=1, sort_keys=True) + "\n"


def artefact_path() -> Path:
    """Where the artefact is committed."""
    return toolchain.ROOT / "artefacts" / f"{CONTRACT}.json"


def differences(built: Mapping[str, Any], committed: Mapping[str, Any]) -> list[str]:
    """The keys under which two artefacts differ."""
    return sorted(
        key for key in built.keys() | committed.keys() if built.get(key) != committed.get(key)
    )


def _source(name: str) -> Path:
    inside = name.startswith("src/")
    return (toolchain.ROOT if inside else toolchain.node_modules()) / name


def main(arguments: list[str] | None = None) -> int:
    """Write the artefact, or with --check compare it."""
    parser = argparse.ArgumentParser(prog="python -m contracts.compile", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    built, path = build(), artefact_path()
    if not parser.parse_args(arguments).check:
        path.write_text(format_artefact(built), encoding="utf-8")
        print(f"{path.name}: written, source {built['sourceHash'][:16]}")
        return 0
    differing = differences(built, json.loads(path.read_text(encoding="utf-8")))
    print(f"{path.name}: " + (f"differs in {', '.join(differing)}" if differing else "up to date"))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
