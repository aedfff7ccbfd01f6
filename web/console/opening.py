"""The console of a deployment: its database, its address, what its institutions ask of it.

`console.json` in the data folder, optional:

    {"url": "https://jejak.example.go.id",
     "training": "https://training.jejak.example.go.id",
     "fourEyes": {"<org>": {"amount": "1000000000.00", "currency": "IDR"}},
     "currencies": ["IDR", "USD"]}

`url` is where officers reach the console when it is not https:// and the log's name; `training`
where they practise, to which the console links; `fourEyes` the amount from which an institution
asks for a second officer, `*` standing for all others;
`currencies` what may be written in beside the currencies of the budget lines themselves.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from ledger import store
from ledger.envelope import format_time
from ledger.errors import InvalidInput, Malformed
from ledger.settings import Settings
from procurement.money import Money, parse_currency, parse_money
from web.console.tables import SCHEMA, ConsoleTable, SecretRow

FILE = "console.json"
FOLDER = "console"
LOCAL = "localhost"

_SECRET = store.table(SecretRow)


@dataclass(frozen=True)
class ConsoleFile:
    """What console.json says: the console's origin, when two officers sign, and currencies."""

    url: str | None = None
    four_eyes: Mapping[str, Money] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    training: str | None = None

    def threshold(self, org: str) -> Money | None:
        """From which amount an institution asks for a second officer; None where it never does."""
        return self.four_eyes.get(org) or self.four_eyes.get("*")


class Console:
    """The console of a data folder; its database is opened when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.asked = read_console_file(settings.folder / FILE)

    @cached_property
    def engine(self) -> Engine:
        """The database, made if missing."""
        engine = store.open_engine(_database_url(self.settings), SCHEMA)
        store.create_tables(engine, ConsoleTable.metadata, SCHEMA)
        return engine

    @cached_property
    def secret(self) -> bytes:
        """The key that authenticates challenges; made once, the same for all processes."""
        with store.transaction(self.engine) as connection:
            known = connection.execute(select(_SECRET.c.secret)).scalar()
        return bytes(known) if known else self._new_secret()

    def _new_secret(self) -> bytes:
        made = secrets.token_bytes(32)
        try:
            with store.transaction(self.engine) as connection:
                connection.execute(insert(_SECRET).values(id=1, secret=made))
        except IntegrityError:
            del self.__dict__["secret"]
            return self.secret
        return made

    def origin(self, host: str | None, port: int | None) -> str:
        """The web origin of the console. A Host header from outside is nobody's word for it."""
        if self.asked.url:
            return self.asked.url
        if host == LOCAL:
            return f"http://{LOCAL}:{port}" if port not in (None, 80) else f"http://{LOCAL}"
        return f"https://{self.settings.origin.split('/')[0]}"

    def close(self) -> None:
        """Let go of the database."""
        if "engine" in self.__dict__:
            self.engine.dispose()


def relying_party(origin: str) -> str:
    """The WebAuthn relying party of a web origin: its host."""
    return urlsplit(origin).hostname or ""


def now() -> str:
    """The clock, as envelopes write it."""
    return format_time(datetime.now(UTC))


def read_console_file(path: Path) -> ConsoleFile:
    """What console.json says; nothing where there is none. Raises Malformed."""
    if not path.exists():
        return ConsoleFile()
    try:
        return _console_file(json.loads(path.read_bytes()))
    except (ValueError, TypeError, KeyError, AttributeError, InvalidInput) as error:
        raise Malformed(
            f"{path.name} is not a settings file of the console: {error}",
            'write {"url": "https://…", "fourEyes": {"<org>": {"amount": "…", "currency": "…"}}}',
        ) from error


def _console_file(read: Any) -> ConsoleFile:
    if unknown := set(read) - {"url", "training", "fourEyes", "currencies"}:
        raise TypeError(f"unknown member {min(unknown)}")
    four_eyes = {
        str(org): parse_money(value["amount"], value["currency"])
        for org, value in read.get("fourEyes", {}).items()
    }
    url, practice = _address(read, "url"), _address(read, "training")
    if practice is not None and practice == url:
        raise TypeError("training is the address of this console")
    currencies = tuple(parse_currency(each) for each in read.get("currencies", []))
    return ConsoleFile(url, four_eyes, currencies, practice)


def _address(read: Any, name: str) -> str | None:
    """The root address of a site, without a slash at its end. Raises TypeError."""
    found = read.get(name)
    if found is None:
        return None
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TypeError(f"{name} is not an address")
    return str(found).rstrip("/")


def _database_url(settings: Settings) -> str:
    """PostgreSQL where the log is there; else a file in a folder that only its owner enters."""
    if not settings.database_url.startswith("sqlite"):
        return settings.database_url
    folder = settings.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(folder, 0o700)
    return store.sqlite_url(folder / "console.db")
