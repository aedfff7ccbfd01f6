"""Commands for acts in files: the registrars' root, and whatever is signed off line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ledger import deployment, epochs
from ledger.actfile import act_lines, parse_act_file, sign_act
from ledger.admission import read_meaning
from ledger.body import MAX_BODY, parse_body
from ledger.cli import Session, read_key, session
from ledger.durable import write_file
from ledger.envelope import parse_statement, percent_encode
from ledger.key_commands import read_public
from ledger.note import MAX_NOTE, parse_checkpoint, parse_note
from ledger.publication import MAX_PUBLICATION, format_publication
from ledger.publicfile import key_members
from ledger.submission import Submission

_EXISTING = click.Path(exists=True, dir_okay=False)


@click.group("root")
def root() -> None:
    """The registrars: of a new log, or in place of those in force."""


@root.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--origin", required=True, help="Name of the log.")
@click.option("--registrar", "publics", multiple=True, required=True, help="FILE.pub of each.")
@click.option("--threshold", type=int, default=1, show_default=True)
@click.option("--predecessor", type=_EXISTING, help="Last checkpoint of the log before this one.")
@session
def root_new(
    run: Session,
    file: str,
    origin: str,
    publics: tuple[str, ...],
    threshold: int,
    predecessor: str | None,
) -> None:
    """Begin a root file: for jejak init, or to rotate the registrars of a log that runs."""
    body = {
        "keys": [key_members(read_public(Path(each))) for each in publics],
        "threshold": threshold,
        "predecessor": read_predecessor(Path(predecessor)) if predecessor else None,
    }
    act = deployment.act(origin, "registry/root", "root", body)
    write_file(Path(file), format_publication(act))
    run.say({"root": file, "keys": len(publics), "threshold": threshold})


def read_predecessor(path: Path) -> dict[str, Any]:
    """What a root says of the log it succeeds, by its last checkpoint. Raises Malformed."""
    checkpoint = parse_checkpoint(parse_note(_read(path, MAX_NOTE)).text)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }


@click.group("act")
def act() -> None:
    """Acts in files, which people sign one after the other, off line."""


@act.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@click.argument("body", type=_EXISTING)
@click.option("--kind", required=True, help="As budget/payment.")
@click.option("--subject", required=True, help="The id found in the body.")
@click.option("--org", required=True, help="Organisation in whose name it is said.")
@click.option("--origin", help="Name of the log, where there is no data folder.")
@click.option("--replaces", help="Leaf hash of the entry that this one corrects.")
@session
def act_new(
    run: Session,
    file: str,
    body: str,
    kind: str,
    subject: str,
    org: str,
    origin: str | None,
    replaces: str | None,
) -> None:
    """Make an act of the bytes of BODY, which several officers then sign."""
    raw = _read(Path(body), MAX_BODY)
    made = deployment.compose(
        origin or run.settings().origin,
        kind,
        percent_encode(subject),
        org,
        raw,
        [],
        replaces=replaces,
    )
    read_meaning(parse_statement(made.statement), parse_body(raw), run.kinds)
    write_file(Path(file), format_publication(made))
    run.say(_told(file, made), [f"act: {file}"])


@act.command("show")
@click.argument("file", type=_EXISTING)
@session
def act_show(run: Session, file: str) -> None:
    """What an act says, and who has signed it."""
    found = read_act(file)
    run.say(_told(file, found), list(act_lines(found)))


@act.command("sign")
@click.argument("file", type=_EXISTING)
@click.option("--key", required=True, help="Key file of whoever signs.")
@session
def act_sign(run: Session, file: str, key: str) -> None:
    """Sign an act with one key; needs no data folder and no network.

    What is signed is shown before the passphrase is asked for.
    """
    found = read_act(file)
    if not run.as_json:
        for line in act_lines(found):
            click.echo(line, err=True)
    signed = sign_act(found, read_key(Path(key)))
    write_file(Path(file), format_publication(signed))
    run.say(_told(file, signed), [f"act: {file}", f"signatures: {len(signed.signatures)}"])


@act.command("submit")
@click.argument("file", type=_EXISTING)
@click.option("--to", "url", help="Address of a server to publish to; no data folder is needed.")
@session
def act_submit(run: Session, file: str, url: str | None) -> None:
    """Record an act that enough people have signed."""
    found = read_act(file)
    if url is not None:
        run.say(_submit_to(url, found))
        return
    settings = run.settings()
    log = deployment.open_log(settings, run.kinds)
    recorded = epochs.record(settings, log, found)
    if parse_statement(found.statement).kind == "registry/anchor":
        epochs.settle(settings, log)
    run.say(
        {
            "index": recorded.index,
            "leafHash": recorded.leaf_hash.hex(),
            "repeated": recorded.repeated,
        }
    )


def _submit_to(url: str, act: Submission) -> dict[str, Any]:
    from ledger.remote import Server

    with closing(Server(url)) as server:
        return server.publish(act).told()


def read_act(file: str) -> Submission:
    """The act in a file. Raises Malformed."""
    return parse_act_file(_read(Path(file), MAX_PUBLICATION))


def _read(path: Path, most: int) -> bytes:
    """No more than a parser needs to refuse it."""
    with path.open("rb") as file:
        return file.read(most + 1)


def _told(file: str, found: Submission) -> dict[str, Any]:
    statement = parse_statement(found.statement)
    return {
        "act": file,
        "kind": statement.kind,
        "subject": statement.subject,
        "log": statement.log,
        "body": found.body.decode("utf-8"),
        "signatures": [each.key for each in found.signatures],
    }


root.add_command(act_sign, "sign")
COMMANDS: dict[str, click.Command] = {"root": root, "act": act}
