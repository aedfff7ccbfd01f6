"""What every command shares: the data folder, JSON or text, and keys named on the command line.

A key file that is encrypted is opened with the passphrase in the first line of the file that
`JEJAK_PASSPHRASE_FILE` names, else with one that is asked for. It is never on the command line.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ledger.envelope import parse_time
from ledger.errors import Malformed, NotFound
from ledger.keyfile import MAX_FILE, is_encrypted, is_pem, parse_key_file
from ledger.keys import SigningKey
from ledger.kinds import KINDS, Kinds
from ledger.settings import Settings, data_folder, load, read_secret

PASSPHRASE_VARIABLE = "JEJAK_PASSPHRASE_FILE"  # noqa: S105 its name, not a passphrase


@dataclass(frozen=True)
class Session:
    """One run of a command: its data folder, whether it prints JSON, and the kinds known to it."""

    data: Path
    as_json: bool
    kinds: Kinds = field(default_factory=lambda: KINDS)

    def settings(self) -> Settings:
        """The settings of the data folder. Raises NotFound."""
        return load(self.data)

    def say(self, told: dict[str, Any], lines: Sequence[str] | None = None) -> None:
        """Print a result: as JSON, or as lines (`name: value` when none are given)."""
        if self.as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
            return
        for line in lines if lines is not None else [f"{k}: {_shown(v)}" for k, v in told.items()]:
            click.echo(line)


class _Time(click.ParamType[str]):
    """A time as envelopes write it."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            parse_time(str(value))
        except Malformed as error:
            self.fail(f"{error.message}; write it as 2026-12-31T17:00:00Z", param, ctx)
        return str(value)


TIME = _Time()
"""An option's value: a time as envelopes write it."""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return "none" if value is None else str(value)


def session(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its Session, and the options --data and --json."""

    @click.option("--data", metavar="DIR", help="Data folder.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def with_session(data: str | None, as_json: bool, **options: Any) -> Any:
        outer = click.get_current_context().obj or {}
        folder = Path(data) if data else outer.get("data") or data_folder()
        kinds = outer["kinds"]() if "kinds" in outer else KINDS
        return command(Session(folder, as_json or outer.get("json", False), kinds), **options)

    return with_session


def signing_key(settings: Settings, named: str) -> SigningKey:
    """A key by its file, or by its name in the data folder's keys/. Raises NotFound."""
    for path in (Path(named), settings.folder / "keys" / f"{named}.key"):
        if path.is_file():
            return read_key(path)
    raise NotFound(f"there is no key file {named}", "make one with jejak key new FILE")


def read_key(path: Path) -> SigningKey:
    """The key in a file, encrypted or not. Raises NotFound, Malformed."""
    if path.is_file():
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
        if is_pem(raw):
            secret = passphrase(path.name) if is_encrypted(raw) else None
            return SigningKey(parse_key_file(raw, secret))
    return SigningKey(read_secret(path))


def passphrase(name: str, *, new: bool = False) -> bytes:
    """The passphrase of a key file; a new one is asked for twice. Raises NotFound."""
    named = os.environ.get(PASSPHRASE_VARIABLE)
    if named:
        with Path(named).open("rb") as file:
            return file.readline(1024).rstrip(b"\r\n")
    if not sys.stdin.isatty():
        raise NotFound(
            f"there is no passphrase for {name}",
            f"write it into a file that only you can read, and name that in {PASSPHRASE_VARIABLE}"
            + ("; or make the key --unencrypted, for a system" if new else ""),
        )
    asked: str = click.prompt(
        f"passphrase of {name}", hide_input=True, confirmation_prompt=new, err=True
    )
    return asked.encode()


def registrar_keys(settings: Settings, named: Sequence[str]) -> list[SigningKey]:
    """The registrars' keys named, or the one that a demonstration keeps. Raises NotFound."""
    if not named and settings.demonstration:
        named = ["registrar"]
    if not named:
        raise NotFound(
            "no registrar's key is given",
            "name each with --registrar FILE, or leave the act in a file with --act FILE",
        )
    return [signing_key(settings, each) for each in named]
