"""The monitor's command: somebody else's log, watched from another machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from audit.metrics import metrics
from audit.monitor import Monitor, Step, Watched
from audit.notifying import Mail, post_webhook, send_mail, step_json, write_atom
from audit.source import open_source
from audit.split_view import node_names
from ledger import deployment
from ledger.anchor import Chain
from ledger.cli import Session, session
from ledger.durable import write_file
from ledger.errors import Unavailable
from procurement.kinds import KINDS

FOLDER = "jejak-monitor"


@dataclass(frozen=True)
class Channels:
    """Where alerts go."""

    webhooks: tuple[str, ...] = ()
    mail: Mail | None = None

    def tell(self, log: str, step: Step) -> None:
        """Tell all of what changed; a channel that fails is named on standard error."""
        if not step.opened and not step.closed:
            return
        for url in self.webhooks:
            _try(partial(post_webhook, url, log, step))
        if self.mail is not None:
            _try(partial(send_mail, self.mail, log, step))


@click.command("monitor")
@click.argument("where", metavar="URL")
@click.option("--trust", "trust_file", required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", "chains", multiple=True, help="JSON-RPC URL of a node; name several.")
@click.option("--witness", "witnesses", multiple=True, help="Address of a witness; name several.")
@click.option("--folder", default=FOLDER, show_default=True, type=click.Path(path_type=Path))
@click.option("--every", default=60, show_default=True, type=click.IntRange(1), metavar="SECONDS")
@click.option("--once", is_flag=True, help="One step, and end with 1 where evidence fails.")
@click.option("--until-failure", is_flag=True, help="End with 1 as soon as evidence fails.")
@click.option("--quiet-hours", default=24, show_default=True, type=click.IntRange(1))
@click.option("--lag-minutes", default=15, show_default=True, type=click.IntRange(1))
@click.option("--webhook", "webhooks", multiple=True, help="URL that is sent alerts as JSON.")
@click.option("--mail-to", multiple=True, help="E-mail address that is sent alerts.")
@click.option("--mail-from", default="jejak-monitor@localhost", show_default=True)
@click.option("--mail-server", default="127.0.0.1:25", show_default=True)
@session
def monitor_command(
    run: Session,
    where: str,
    trust_file: str,
    chains: tuple[str, ...],
    witnesses: tuple[str, ...],
    folder: Path,
    every: int,
    once: bool,
    until_failure: bool,
    quiet_hours: int,
    lag_minutes: int,
    webhooks: tuple[str, ...],
    mail_to: tuple[str, ...],
    mail_from: str,
    mail_server: str,
) -> None:
    """Follow the log at URL and tell when it was changed, lost something, or shows two faces.

    FOLDER/alerts.atom and FOLDER/metrics.prom are written at each step, FOLDER/evidence/ when
    evidence fails. Nothing of the operator's is trusted but what TRUST pins.
    """
    mail = Mail(mail_server, mail_from, mail_to) if mail_to else None
    watched = Watched(
        open_source(where),
        deployment.read_trust(Path(trust_file)),
        list(zip(node_names(chains), map(Chain, chains), strict=True)),
        witnesses,
        timedelta(hours=quiet_hours),
        timedelta(minutes=lag_minutes),
    )
    with closing(Monitor(folder, watched, KINDS)) as monitor:
        while True:
            step = monitor.step()
            _write(run, folder, watched.trust.origin, monitor, step)
            Channels(webhooks, mail).tell(watched.trust.origin, step)
            if once or (until_failure and step.failed):
                sys.exit(1 if step.failed else 0)
            time.sleep(every)


def _try(send: Callable[[], None]) -> None:
    try:
        send()
    except Unavailable as error:
        click.echo(f"not told: {error}", err=True)


def _write(run: Session, folder: Path, log: str, monitor: Monitor, step: Step) -> None:
    write_atom(folder / "alerts.atom", log, monitor.store)
    write_file(folder / "metrics.prom", metrics(monitor.store, log).encode())
    if run.as_json:
        click.echo(step_json(log, step))
        return
    told = "" if step.run.holds else f": {step.run.verdict}"
    state = "holds" if step.run.holds else "FAILS"
    click.echo(f"{step.run.time} {log}: {step.run.size} entries, {state}{told}")
    for alert in step.opened:
        click.echo(f"  {alert.severity}: {alert.code}: {alert.what}")
    for alert in step.closed:
        click.echo(f"  over: {alert.code}")


COMMANDS: dict[str, click.Command] = {"monitor": monitor_command}
