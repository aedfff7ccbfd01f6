"""The fictional district in a data folder, signed and anchored, and `jejak` run on it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from jejak import cli
from ledger import deployment, settings
from ledger.commands import found_demonstration
from ledger.keys import SigningKey
from ledger.settings import DEVCHAIN, Settings, read_secret
from ledger.tick import Ticker
from procurement.kinds import KINDS
from procurement.publish import publish_example

ORIGIN = "distrik.jejak.example"


def make_district(folder: Path) -> Path:
    """Found, tell the year, tick and anchor."""
    own = Settings(folder, ORIGIN, DEVCHAIN, demonstration=True)
    found_demonstration(own)
    own = settings.load(folder)
    registrar = SigningKey(read_secret(folder / "keys" / "registrar.key"))
    log = deployment.open_log(own, KINDS)
    publish_example(own, log, [registrar])
    with deployment.open_chain(own) as chain:
        Ticker(log, own, chain).tick(anchor=True)
    log.close()
    return folder


def say(folder: Path, line: str, code: int = 0) -> Any:
    """What a command line, as it is printed for people to repeat, says as JSON."""
    program, *arguments = shlex.split(line)
    assert program == "jejak"
    command = ["--data", str(folder), "--json", *arguments]
    result = CliRunner().invoke(cli, command, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code
    return json.loads(result.stdout)
