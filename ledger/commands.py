"""Commands of the ledger: init, tick, chain, export, receipt."""

from __future__ import annotations

import secrets
import signal
import threading
from pathlib import Path
from typing import Any

import click

from ledger import deployment, epochs, files, store
from ledger.act_commands import read_act
from ledger.anchoring import anchors, public_row
from ledger.cli import Session, registrar_keys, session
from ledger.durable import write_file
from ledger.errors import Conflict, NotFound, Unacceptable
from ledger.kinds import KINDS
from ledger.log import Log
from ledger.settings import DEVCHAIN, Settings, make_folder, write_secret
from ledger.tick import Ticker, describe, newest_checkpoint

DEMONSTRATION_ORIGIN = "demo.jejak.example"


@click.command("init")
@click.option("--origin", help="Name of the log, as jejak.example.go.id.")
@click.option("--root", "root_file", type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", help="JSON-RPC URL of a chain.")
@click.option("--demo", is_flag=True, help="One registrar, development chain, contract deployed.")
@session
def init(
    run: Session, origin: str | None, root_file: str | None, chain: str | None, demo: bool
) -> None:
    """Make a data folder: keys, databases, entry 0, trust file."""
    origin = origin or (DEMONSTRATION_ORIGIN if demo else None)
    if origin is None:
        raise click.UsageError("name the log with --origin")
    settings = Settings(run.data, origin, chain or (DEVCHAIN if demo else None), demonstration=demo)
    if demo:
        found_demonstration(settings)
    else:
        root = read_act(root_file) if root_file else None
        if root is not None and not root.signatures:
            raise Unacceptable(
                "the root file is not signed yet", "let registrars sign it: jejak root sign"
            )
        deployment.found(settings, KINDS, root, None)
    run.say({"data": str(run.data), "origin": origin, "trust": str(settings.trust)})


def found_demonstration(settings: Settings) -> None:
    """A log of one registrar whose key lies in keys/, anchored on the development chain."""
    make_folder(settings.folder)
    path = settings.folder / "keys" / "registrar.key"
    if not path.exists():
        write_secret(path, secrets.token_bytes(32))
    (registrar,) = registrar_keys(settings, [str(path)])
    log = deployment.found(settings, KINDS, None, registrar)
    epochs.deploy(settings, log, [registrar])


@click.command("tick")
@click.option("--anchor", "now", is_flag=True, help="Anchor now, due or not.")
@session
def tick(run: Session, now: bool) -> None:
    """Sign a checkpoint, write the files and, when due, anchor: once."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    with deployment.open_chain(settings) as chain:
        report = Ticker(log, settings, chain).tick(anchor=now)
    told: dict[str, Any] = {"checkpoint": report.size, "signed": report.signed}
    told |= {"anchored": report.anchored, "block": report.block}
    if report.delayed:
        told["delayed"] = report.delayed
    if report.unwitnessed:
        told["unwitnessed"] = dict(report.unwitnessed)
    run.say(told)


@click.command("chain")
@click.option("--port", type=click.IntRange(0, 65535), default=8545, show_default=True)
@session
def chain(run: Session, port: int) -> None:
    """Serve the development chain as JSON-RPC on 127.0.0.1."""
    from ledger.devchain import publish_devchain

    settings = run.settings()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with publish_devchain(settings.folder, port=port) as served:
        run.say({"chain": served.url})
        stop.wait()


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False))
@session
def export(run: Session, folder: str) -> None:
    """Write the public tree of the newest checkpoint into an empty folder."""
    settings = run.settings()
    target = Path(folder)
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty", "name an empty folder")
    log = deployment.open_log(settings, KINDS)
    row = newest_checkpoint(log)
    if row is None:
        raise NotFound("nothing is published yet", "run jejak tick")
    write_export(settings, log, row, target)
    run.say({"exported": str(target), "size": row.size})


def write_export(settings: Settings, log: Log, row: store.CheckpointRow, target: Path) -> None:
    """The public tree of one checkpoint, made from the database alone."""
    tree = files.PublicTree(target)
    tree.write_entries(log, row.size, 0)
    rows = [each for each in reversed(anchors(log, limit=2**31)) if each.size <= row.size]
    tree.write_anchors([public_row(each) for each in rows])
    tree.write_log(describe(settings, log))
    tree.write_checkpoint(row.note)


@click.command("receipt")
@click.argument("index", type=int)
@click.option("-o", "output", type=click.Path(dir_okay=False), help="File to write.")
@session
def receipt(run: Session, index: int, output: str | None) -> None:
    """Make the receipt of one entry."""
    from ledger.proving import make_receipt
    from ledger.receipt import format_receipt

    log = deployment.open_log(run.settings(), KINDS)
    raw = format_receipt(make_receipt(log, index))
    if output:
        write_file(Path(output), raw)
        run.say({"receipt": output, "index": index})
    else:
        click.echo(raw.decode())


COMMANDS: dict[str, click.Command] = {
    "init": init,
    "tick": tick,
    "chain": chain,
    "export": export,
    "receipt": receipt,
}
