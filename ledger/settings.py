"""A data folder: where everything of one deployment lies, and its settings.

    settings.json  origin, chain, contract       log.key        the log's note key, 0600
    log.next.key   the one that is to take over
    publisher.key  the chain account, 0600       trust.json     what verifiers bring along
    keys/          keys kept here (demonstration) log.db, index.db, chain.db
    log/           the public tree

`JEJAK_DATA` names the folder and `JEJAK_DATABASE_URL` a PostgreSQL database. A log for practice
keeps to the folder, so that it cannot come near the database of the real one.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ledger.durable import write_file, write_new
from ledger.envelope import parse_base64
from ledger.errors import Malformed, NotFound
from ledger.note import Signer, Verifier, parse_vkey
from ledger.training import is_training

DEVCHAIN = "devchain"
DATA_VARIABLE = "JEJAK_DATA"
DATABASE_VARIABLE = "JEJAK_DATABASE_URL"
DEFAULT_FOLDER = "jejak-data"

_NODE = re.compile(r"https?://[a-z0-9.\[\]:-]{1,260}(/[A-Za-z0-9/._~-]{0,500})?")


@dataclass(frozen=True)
class Settings:
    """Settings of a deployment; `chain` is a JSON-RPC URL, `devchain`, or None.

    `retired_keys` are vkeys that sign checkpoints no more, and are still trusted for old ones.
    `nodes` are JSON-RPC URLs by the name of who runs each; readers may ask them from `/verify`.
    `auditors` are addresses of monitors by the name of who runs each; `/audit` links to them.
    """

    folder: Path
    origin: str
    chain: str | None = None
    contract: str | None = None
    genesis: str | None = None
    chain_id: int | None = None
    demonstration: bool = False
    anchor_seconds: int = 60
    retired_keys: tuple[str, ...] = ()
    nodes: Mapping[str, str] = field(default_factory=dict)
    auditors: Mapping[str, str] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """Where the log's tables are."""
        return self._named_database() or f"sqlite:///{self.folder / 'log.db'}"

    @property
    def index_url(self) -> str:
        """Where the projections are."""
        return self._named_database() or f"sqlite:///{self.folder / 'index.db'}"

    def _named_database(self) -> str | None:
        """The database of the environment, which is never that of a log for practice."""
        return None if is_training(self.origin) else _postgresql()

    @property
    def public(self) -> Path:
        """The public tree."""
        return self.folder / "log"

    @property
    def trust(self) -> Path:
        """The trust file made at init."""
        return self.folder / "trust.json"

    def log_key(self) -> Signer:
        """The log's note key. Raises NotFound, Malformed."""
        return Signer(self.origin, read_secret(self.folder / "log.key"))

    @property
    def next_log_key(self) -> Path:
        """Where the key lies that is to take over from the log's key."""
        return self.folder / "log.next.key"

    def next_log_signer(self) -> Signer:
        """The key that is to take over. Raises NotFound, Malformed."""
        return Signer(self.origin, read_secret(self.next_log_key))

    def log_signers(self) -> tuple[Signer, ...]:
        """The keys that sign checkpoints: the log's, and the one that is to take over."""
        more = (self.next_log_signer(),) if self.next_log_key.exists() else ()
        return (self.log_key(), *more)

    def log_verifiers(self) -> tuple[Verifier, ...]:
        """Keys whose checkpoints are this log's: those that sign, then those retired."""
        signing = tuple(each.verifier() for each in self.log_signers())
        return signing + tuple(parse_vkey(each) for each in self.retired_keys)

    def publisher_key(self) -> bytes:
        """The chain account's 32-byte key. Raises NotFound, Malformed."""
        return read_secret(self.folder / "publisher.key")


def _postgresql() -> str | None:
    """The database named in the environment. Raises Malformed when it is not PostgreSQL."""
    url = os.environ.get(DATABASE_VARIABLE)
    if url and not url.startswith("postgresql"):
        raise Malformed(
            f"{DATABASE_VARIABLE} does not name a PostgreSQL database",
            "write postgresql+psycopg://USER@HOST/NAME, or leave it out for SQLite",
        )
    return url or None


def data_folder(given: str | None = None) -> Path:
    """The folder given, or named by JEJAK_DATA, or ./jejak-data."""
    return Path(given or os.environ.get(DATA_VARIABLE) or DEFAULT_FOLDER)


def load(folder: Path) -> Settings:
    """The settings of a data folder. Raises NotFound, Malformed."""
    path = folder / "settings.json"
    if not path.exists():
        raise NotFound(
            f"{folder} holds no log", "run jejak init, or name the folder with --data or JEJAK_DATA"
        )
    try:
        return Settings(folder, **_members(json.loads(path.read_bytes())))
    except (ValueError, TypeError) as error:
        raise Malformed(f"{path} is not a settings file", "put it back from a backup") from error


def _members(read: Any) -> dict[str, Any]:
    """Members of the types that Settings has. Raises TypeError."""
    kinds = {
        "chain_id": int,
        "demonstration": bool,
        "anchor_seconds": int,
        "retired_keys": tuple,
        "nodes": dict,
        "auditors": dict,
    }
    given = {"nodes": {}, "auditors": {}, "retired_keys": (), **read}
    found = {**given, "retired_keys": tuple(given["retired_keys"])}
    for name, value in found.items():
        optional = value is None and name not in ("origin", "nodes", "auditors")
        if not optional and not isinstance(value, kinds.get(name, str)):
            raise TypeError(f"{name} has another type")
    for name in ("nodes", "auditors"):
        if not all(isinstance(url, str) and _NODE.fullmatch(url) for url in found[name].values()):
            raise TypeError(f"{name} are http addresses by name")
    return found


def make_folder(folder: Path) -> None:
    """The data folder, for its owner alone.

    Databases hold bodies before they are published and after they are erased; `log/` is served.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def save(settings: Settings) -> None:
    """Write settings.json."""
    kept = asdict(settings)
    del kept["folder"]
    write_file(settings.folder / "settings.json", json.dumps(kept, indent=1).encode() + b"\n")


def write_secret(path: Path, secret: bytes) -> None:
    """A 32-byte secret as base64, mode 0600; an existing file is never overwritten."""
    write_new(path, base64.b64encode(secret) + b"\n")


def read_secret(path: Path) -> bytes:
    """A secret written by write_secret. Raises NotFound, Malformed."""
    if not path.exists():
        remedy = "make one with jejak key new"
        if path.name in ("log.key", "publisher.key"):
            remedy = "put it back from a backup; a new one would not be the key that readers trust"
        raise NotFound(f"there is no key file {path.name}", remedy)
    try:
        secret = parse_base64(path.read_bytes().strip())
    except Malformed:
        secret = b""
    if len(secret) != 32:
        raise Malformed(
            f"{path.name} is not a key file",
            "name the secret file and not its .pub; if it is damaged, put back its backup",
        )
    return secret
