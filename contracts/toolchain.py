"""Where the tools that build and test the contracts are: all come from npm, none is needed to run.

`node_modules` is looked for in SOLC_JS_ROOT, then beside this file.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

ROOT = Path(__file__).parent
INSTALL = "run `npm ci` in contracts/"

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class MissingTool(Exception):
    """A tool that npm installs is not there."""


def node_modules() -> Path:
    """The directory of npm's packages, whether or not it is there."""
    return Path(os.environ.get("SOLC_JS_ROOT", ROOT)) / "node_modules"


def solc() -> Path:
    """The solc wrapper. Raises MissingTool when node or npm's solc is missing."""
    if shutil.which("node") is None:
        raise MissingTool("node is not installed")
    for package in ("solc", "@openzeppelin/contracts"):
        if not (node_modules() / package).is_dir():
            raise MissingTool(f"npm's {package} is not installed: {INSTALL}")
    return ROOT / "solc"


def forge() -> Path:
    """Foundry's test runner. Raises MissingTool."""
    return _foundry("forge")


def anvil() -> Path:
    """Foundry's development node. Raises MissingTool."""
    return _foundry("anvil")


def _foundry(name: str) -> Path:
    system, machine = platform.system().lower(), platform.machine()
    package = f"{name}-{system}-{_ARCHITECTURES.get(machine, machine)}"
    binary = node_modules() / "@foundry-rs" / package / "bin" / name
    if not binary.is_file():
        raise MissingTool(f"{name} is not installed: {INSTALL}")
    return binary
