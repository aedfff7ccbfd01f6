"""Commands of a witness, which runs on another machine than the log, under another hand."""

from __future__ import annotations

from pathlib import Path

import click

from audit.witness_folder import WitnessFolder, found_witness, know_log, open_witness
from ledger.cli import Session, session
from ledger.cosignature import format_cosigner
from ledger.note import parse_vkey

HOST, PORT = "127.0.0.1", 8100
FOLDER = "jejak-witness"

_folder = click.option(
    "--folder", default=FOLDER, show_default=True, type=click.Path(file_okay=False, path_type=Path)
)


@click.group("witness")
def witness() -> None:
    """Countersign checkpoints of logs that others keep, once they are seen to grow."""


@witness.command("new")
@click.argument("name")
@_folder
@session
def witness_new(run: Session, name: str, folder: Path) -> None:
    """Make a witness called NAME (such as witness.example.org) with a key of its own."""
    _tell(run, found_witness(folder, name))


@witness.command("log")
@click.argument("keys", nargs=-1, required=True, metavar="VKEY…")
@click.option("--origin", help="The log's name, where it is not that of its key.")
@_folder
@session
def witness_log(run: Session, keys: tuple[str, ...], origin: str | None, folder: Path) -> None:
    """Take the checkpoints of a log, signed by one of its keys (VKEY, as log.json shows it)."""
    found = tuple(parse_vkey(each) for each in keys)
    _tell(run, know_log(open_witness(folder), origin or found[0].name, found))


@witness.command("show")
@_folder
@session
def witness_show(run: Session, folder: Path) -> None:
    """The witness's own key for policies, and the logs that it knows."""
    _tell(run, open_witness(folder))


@witness.command("evidence")
@_folder
@session
def witness_evidence(run: Session, folder: Path) -> None:
    """What logs signed against their own past."""
    kept = open_witness(folder).memory().evidence()
    told = [
        {
            "time": each.time,
            "origin": each.origin,
            "what": each.what,
            "request": each.request.decode("utf-8", "replace"),
            "held": None if each.held is None else each.held.decode(),
        }
        for each in kept
    ]
    lines = [f"{each.time} {each.origin}: {each.what}" for each in kept]
    run.say({"evidence": told}, lines or ["nothing was refused that a log had signed"])


@witness.command("serve")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@_folder
@session
def witness_serve(run: Session, host: str, port: int, folder: Path) -> None:  # noqa: ARG001
    """Take checkpoints, and show those cosigned."""
    import uvicorn

    from web.commands import server_options
    from web.witness import create_witness

    app = create_witness(open_witness(folder).server())
    click.echo(f"witness on http://{host}:{port} (Ctrl-C to stop)", err=True)
    uvicorn.run(app, host=host, port=port, **server_options())


def _tell(run: Session, found: WitnessFolder) -> None:
    told = {"name": found.name, "key": format_cosigner(found.verifier()), "logs": list(found.logs)}
    lines = [f"name: {found.name}", f"key: {told['key']}", *(f"log: {each}" for each in found.logs)]
    run.say(told, lines)


COMMANDS: dict[str, click.Command] = {"witness": witness}
