"""The command by which a log names the witnesses that it asks to cosign its checkpoints."""

from __future__ import annotations

from pathlib import Path

import click

from ledger import deployment
from ledger.cli import Session, session
from ledger.durable import write_file
from ledger.errors import Malformed
from ledger.kinds import KINDS
from ledger.policy import MAX_POLICY, Policy, parse_policy
from ledger.witnesses import FILE, read_policy


@click.command("policy")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@session
def policy(run: Session, file: str | None) -> None:
    """Ask the witnesses of FILE (tlog-policy) from the next tick on; without FILE show them.

    A running `jejak serve` must be started again. The trust file changes: hand out the new one.
    """
    settings = run.settings()
    if file is not None:
        raw = _read(Path(file))
        write_file(settings.folder / FILE, raw)
        deployment.write_trust(settings, deployment.attach_log(settings, KINDS))
    found = read_policy(settings.folder)
    run.say(
        {
            "witnesses": [each.name for each in found.witnesses] if found else [],
            "asked": [each.name for each in found.witnesses if each.url] if found else [],
            "quorum": found.quorum if found else None,
            "trust": str(settings.trust),
        },
        _lines(found),
    )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(MAX_POLICY + 1)
    try:
        parse_policy(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"{path.name} is not UTF-8") from error
    return raw


def _lines(found: Policy | None) -> list[str]:
    if found is None:
        return ["no witness is asked"]
    shown = [f"witness: {each.name}, {each.url or 'no address'}" for each in found.witnesses]
    return [*shown, f"quorum: {found.quorum}"]


COMMANDS: dict[str, click.Command] = {"policy": policy}
