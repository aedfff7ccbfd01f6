"""A witness's folder: its key, the logs that it knows, its memory.

    witness.json   {"name": "witness.example.org", "logs": {"<origin>": ["<vkey>", …]}}
    witness.key    the key's seed, 0600
    witness.db     what was cosigned, and what was refused

A witness runs on a machine of its own, under somebody else's hand than the log's.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.witness_store import WitnessServer, WitnessStore
from audit.witnessing import WitnessedLog
from ledger.cosignature import cosigner
from ledger.durable import write_file
from ledger.errors import Conflict, Malformed, NotFound
from ledger.note import Signer, Verifier, format_vkey, parse_vkey
from ledger.settings import read_secret, write_secret

FILE = "witness.json"
MAX_FILE = 4 * 1024 * 1024


@dataclass(frozen=True)
class WitnessFolder:
    """A witness's folder as it stands."""

    folder: Path
    name: str
    logs: Mapping[str, WitnessedLog]

    def signer(self) -> Signer:
        """The witness's key. Raises NotFound, Malformed."""
        return Signer(self.name, read_secret(self.folder / "witness.key"))

    def verifier(self) -> Verifier:
        """The public half, which goes into policies."""
        return cosigner(self.signer())

    def memory(self) -> WitnessStore:
        """What it remembers. Raises Unavailable."""
        return WitnessStore(self.folder / "witness.db")

    def server(self) -> WitnessServer:
        """The witness at work. Raises NotFound, Malformed, Unavailable."""
        return WitnessServer(self.signer(), self.logs, self.memory())


def found_witness(folder: Path, name: str) -> WitnessFolder:
    """Make a witness of this name, with a new key. Raises Conflict, Malformed."""
    if (folder / FILE).exists():
        raise Conflict(f"{folder} is a witness already", "name another folder")
    made = WitnessFolder(folder, name, {})
    # A name that cannot stand on a signature line is refused before a key is made for it.
    parse_vkey(format_vkey(Signer(name, bytes(32)).verifier()))
    write_secret(folder / "witness.key", secrets.token_bytes(32))
    _write(made)
    return made


def open_witness(folder: Path) -> WitnessFolder:
    """The witness of a folder. Raises NotFound, Malformed."""
    path = folder / FILE
    if not path.is_file():
        raise NotFound(f"{folder} is no witness", "make one with jejak witness new NAME")
    with path.open("rb") as file:
        found = _members(file.read(MAX_FILE + 1))
    logs = {origin: _log(origin, keys) for origin, keys in found["logs"].items()}
    return WitnessFolder(folder, found["name"], logs)


def know_log(witness: WitnessFolder, origin: str, keys: tuple[Verifier, ...]) -> WitnessFolder:
    """Take a log's checkpoints from now on; of a known log, these are its keys from now on."""
    known = dict(witness.logs) | {origin: WitnessedLog(origin, keys)}
    changed = WitnessFolder(witness.folder, witness.name, known)
    _write(changed)
    return changed


def _write(witness: WitnessFolder) -> None:
    logs = {origin: [format_vkey(key) for key in log.keys] for origin, log in witness.logs.items()}
    told = {"name": witness.name, "logs": logs}
    write_file(witness.folder / FILE, (json.dumps(told, indent=1) + "\n").encode())


def _members(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw[:MAX_FILE])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise Malformed(f"{FILE} is not an object with a name")
    if not isinstance(found.get("logs"), dict):
        raise Malformed(f"{FILE} has no object of logs")
    return found


def _log(origin: str, keys: Any) -> WitnessedLog:
    if not isinstance(keys, list) or not keys or not all(isinstance(each, str) for each in keys):
        raise Malformed(f"{FILE}: the keys of {origin[:80]} are not an array of texts")
    return WitnessedLog(origin, tuple(parse_vkey(each) for each in keys))
