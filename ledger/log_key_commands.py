"""Commands for the key that signs checkpoints."""

from __future__ import annotations

import click

from ledger import deployment, log_keys
from ledger.cli import Session, session
from ledger.kinds import KINDS
from ledger.note import format_vkey


@click.group("log-key")
def log_key() -> None:
    """The key that signs checkpoints."""


@log_key.command("new")
@session
def log_key_new(run: Session) -> None:
    """Make the next key: from the next tick on both sign; hand out the new trust file."""
    settings = run.settings()
    made = log_keys.add(settings, deployment.open_log(settings, KINDS))
    run.say({"next": format_vkey(made), "trust": str(settings.trust)})


@log_key.command("switch")
@click.option("--lost", is_flag=True, help="The old key is gone: a new one signs at once.")
@click.option("--stolen", is_flag=True, help="The same, and the old one leaves the trust file.")
@session
def log_key_switch(run: Session, lost: bool, stolen: bool) -> None:
    """The next key takes over; the old one signs no more."""
    settings = run.settings()
    log = deployment.attach_log(settings, KINDS)
    if lost or stolen:
        settings = log_keys.switch_at_once(settings, log, stolen=stolen)
    else:
        settings = log_keys.switch(settings, log)
    run.say(
        {
            "key": format_vkey(settings.log_key().verifier()),
            "retired": list(settings.retired_keys),
            "trust": str(settings.trust),
        }
    )


COMMANDS: dict[str, click.Command] = {"log-key": log_key}
