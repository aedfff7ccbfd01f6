"""The monitor's command: somebody else's log, watched from another machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from audit.metrics import metrics
from audit.monitor import Monitor, Step, Watched
from audit.notifying import Mail, post_webhook, send_mail, step_json, write_atom
from audit.printable import printable
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
@click.option(
    "--serve",
    "listen",
    metavar="[HOST:]PORT",
    help="Serve /audit, /audit.atom, /metrics and /healthz meanwhile.",
)
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
    listen: str | None,
    mail_to: tuple[str, ...],
    mail_from: str,
    mail_server: str,
) -> None:
    """Follow the log at URL and tell when it was changed, lost something, or shows two faces.

    FOLDER/alerts.atom and FOLDER/metrics.prom are written at each step, FOLDER/evidence/ when
    evidence fails. Nothing of the operator's is trusted but what TRUST pins.
    """
    if once and listen is not None:
        raise click.UsageError("--once ends at once: there is nothing to --serve")
    mail = Mail(mail_server, mail_from, mail_to) if mail_to else None
    watched = Watched(
        open_source(where),
        deployment.read_trust(Path(trust_file)),
        list(zip(node_names(chains), map(Chain, chains), strict=True)),
        witnesses,
        timedelta(hours=quiet_hours),
        timedelta(minutes=lag_minutes),
    )
    with ExitStack() as stack:
        monitor = stack.enter_context(closing(Monitor(folder, watched, KINDS)))
        if listen is not None:
            stack.enter_context(_served(folder, where, watched, listen, every))
        while True:
            step = monitor.step()
            _write(run, folder, watched.trust.origin, monitor, step)
            Channels(webhooks, mail).tell(watched.trust.origin, step)
            if once or (until_failure and step.failed):
                sys.exit(1 if step.failed else 0)
            time.sleep(every)


@contextmanager
def _served(folder: Path, where: str, watched: Watched, listen: str, every: int) -> Iterator[None]:
    """The monitor's site while it works."""
    from web.auditing.audited import Watching
    from web.auditing.monitor import create_monitor
    from web.auditing.serving import listening, parse_listen

    names = tuple(watched.witnesses)
    watching = Watching(folder, where, watched.trust, len(watched.chains), names)
    with listening(create_monitor(watching, every), *parse_listen(listen)) as url:
        click.echo(f"monitor on {url}/audit (Ctrl-C to stop)", err=True)
        yield


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
    lines = [f"{step.run.time} {log}: {step.run.size} entries, {state}{told}"]
    lines += [f"  {alert.severity}: {alert.code}: {alert.what}" for alert in step.opened]
    lines += [f"  over: {alert.code}" for alert in step.closed]
    for line in lines:
        click.echo(printable(line))


COMMANDS: dict[str, click.Command] = {"monitor": monitor_command}
