"""The command for practice: a log of its own, beside the real one and never near it."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.clearing import clear_training
from ledger.cli import Session, registrar_keys, session
from ledger.commands import found_demonstration
from ledger.errors import Conflict
from ledger.settings import DEVCHAIN, Settings, load
from ledger.tick import Ticker
from ledger.training import NOTICE, is_training, training_origin
from procurement.follower import Follower
from procurement.projections import open_index
from procurement.publish import publish_example
from web.commands import HOST, run_server, serving

PORT = 8001
BESIDE = "-training"
UNNAMED = "jejak.example"


@click.command("training")
@click.option("--origin", help="Name of the real log; that of the data folder, if it holds one.")
@click.option("--again", is_flag=True, help="Throw away what was practised and begin anew.")
@click.option("--once", is_flag=True, help="Make it, and serve nothing.")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@session
def training(
    run: Session, origin: str | None, again: bool, once: bool, host: str, port: int
) -> None:
    """A log to practise on: a fictional district, a registrar and a chain on the spot.

    It lies in a folder beside the data folder (DIR-training), and its name begins with training.:
    nothing that is signed there is valid in the real log.
    """
    folder = training_folder(run.data)
    if again and (folder / "settings.json").exists():
        clear_training(folder)
    settings = _found(folder, origin or _real_origin(run.data))
    with serving(settings) as (log, chain):
        click.echo("publishing the year of a fictional district …", err=True)
        publish_example(settings, log, registrar_keys(settings, []))
        Follower(log, open_index(settings.index_url)).run()
        Ticker(log, settings, chain).tick(anchor=True)
        told = {"origin": settings.origin, "data": str(folder), "entries": log.size}
        run.say({"notice": NOTICE} | told)
        if not once:
            run_server(settings, log, chain, host, port)


def training_folder(data: Path) -> Path:
    """Where the practice for a data folder lies: beside it, or there if that is it already."""
    if (data / "settings.json").exists() and is_training(load(data).origin):
        return data
    return Path(f"{data if data.name.strip('.') else data.resolve()}{BESIDE}")


def _real_origin(data: Path) -> str:
    found = (data / "settings.json").exists()
    return load(data).origin if found else UNNAMED


def _found(folder: Path, real: str) -> Settings:
    """The settings of the log for practice, which is made if there is none. Raises Conflict."""
    if not (folder / "settings.json").exists():
        made = Settings(folder, training_origin(real), DEVCHAIN, demonstration=True)
        found_demonstration(made)
    settings = load(folder)
    if not is_training(settings.origin):
        raise Conflict(
            f"{folder} holds a log that is not for practice", "name another folder with --data"
        )
    return settings


COMMANDS: dict[str, click.Command] = {"training": training}
