"""The chain contracts and their compiled artefacts: reading one needs no compiler."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def artefact(name: str = "CheckpointRegistry") -> dict[str, Any]:
    """The compiled contract, as `python -m contracts.compile` wrote it.

    Keys: `contract`, `abi`, `bytecode` and `deployedBytecode` (0x-hex), `methodIdentifiers`
    (signature to selector, hex), `storageLayout` (solc's), `settings` (solc's, without the output
    selection), `solc` (version), `sources` (path to SHA-256) and `sourceHash`.
    """
    text = files(__name__).joinpath("artefacts", f"{name}.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed
