"""The mirror's command: a full copy of somebody else's log, kept on another machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import click

from audit.mirror import Mirror, Mirrored
from audit.source import open_source
from ledger import deployment
from ledger.anchor import Chain
from ledger.cli import Session, session
from ledger.errors import NotFound, Unavailable
from ledger.trust import Trust
from procurement.kinds import KINDS


@click.command("mirror")
@click.argument("where", metavar="URL")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--trust", "trust_file", type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", "chains", multiple=True, help="JSON-RPC URL of a node; name several.")
@click.option(
    "--follow", type=click.IntRange(1), metavar="SECONDS", help="Go on, and look this often."
)
@session
def mirror_command(
    run: Session,
    where: str,
    folder: Path,
    trust_file: str | None,
    chains: tuple[str, ...],
    follow: int | None,
) -> None:
    """Keep a full copy of the public tree at URL (another mirror will do) in DIR.

    Everything is verified before it stands in DIR/log, which `jejak serve --mirror DIR` serves.
    Ends with 1 where the log forks, shows less than before or does not hold; DIR/evidence/ has
    the notes.
    """
    trust = deployment.read_trust(Path(trust_file)) if trust_file else None
    nodes = [Chain(url) for url in chains]
    if follow is None:
        with closing(_opened(where, folder, trust, nodes)) as mirror:
            _tell(run, mirror.step())
        return
    while True:
        try:
            _follow(run, _opened(where, folder, trust, nodes), follow)
        except (Unavailable, NotFound) as error:
            click.echo(f"jejak: {error}", err=True)
            time.sleep(follow)


def _opened(where: str, folder: Path, trust: Trust | None, nodes: Sequence[Chain]) -> Mirror:
    mirror = Mirror(folder, open_source(where), KINDS, trust, nodes)
    if not mirror.pinned:
        click.echo("no trust file: held to what the log says of itself now", err=True)
    return mirror


def _follow(run: Session, opened: Mirror, seconds: int) -> NoReturn:
    """Step until something is wrong with the way there, or with the log."""
    with closing(opened) as mirror:
        while True:
            step = mirror.step()
            if step.size != step.since or step.erased:
                _tell(run, step)
            time.sleep(seconds)


def _tell(run: Session, step: Mirrored) -> None:
    told = {"size": step.size, "since": step.since, "root": step.report.root.hex()}
    told |= {"files": step.fetched, "bytes": step.octets, "erased": step.erased}
    run.say(told)


COMMANDS: dict[str, click.Command] = {"mirror": mirror_command}
