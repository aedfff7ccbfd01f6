"""Commands of procurement: import, publish, trace, reindex, status."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger import deployment
from ledger.admission import read_meaning
from ledger.anchoring import anchors
from ledger.body import parse_body
from ledger.cli import Session, session, signing_key
from ledger.durable import write_file
from ledger.envelope import parse_statement
from ledger.errors import InvalidInput
from ledger.log import Log, Submission
from ledger.publication import format_publication
from ledger.settings import Settings
from ledger.tick import newest_checkpoint
from procurement import sums
from procurement.follower import Follower
from procurement.follower import reindex as rebuild
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index
from procurement.publish import org_of, publish_body, sign_body, sign_for, sign_here

if TYPE_CHECKING:
    from ledger.remote import Server


def _open(settings: Settings) -> tuple[Log, Projections]:
    return deployment.open_log(settings, KINDS), open_index(settings.index_url)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--key", required=True, help="Key file, or name in the data folder's keys/.")
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False), help="For budget CSV.")
@click.option("--source", help="URL the files were fetched from.")
@session
def import_(
    run: Session, files: tuple[str, ...], key: str, mapping: str | None, source: str | None
) -> None:
    """Import OCDS releases or budget lines; what is refused is named with its reason."""
    from procurement.following import followed
    from procurement.importing import import_files

    settings = run.settings()
    log, index = _open(settings)
    signer = signing_key(settings, key)
    org = org_of(log, signer)
    progress = click.progressbar(
        length=sum(Path(each).stat().st_size for each in files),
        label="importing",
        file=sys.stderr,
        hidden=run.as_json or not sys.stderr.isatty(),
    )
    with followed(log, index), progress as bar:
        report = import_files(
            log,
            [Path(each) for each in files],
            key=signer,
            org=org,
            mapping=Path(mapping) if mapping else None,
            source=source,
            progress=bar.update,
        )
    _tell_import(run, report)


def _tell_import(run: Session, report: Any) -> None:
    told = {
        "read": report.read,
        "recorded": report.recorded,
        "repeated": report.repeated,
        "refused": [list(each) for each in report.refused],
    }
    lines = [f"refused: {name} at {at}: {why}" for name, at, why in report.refused]
    lines += [f"{name}: {told[name]}" for name in ("read", "recorded", "repeated")]
    run.say(told | {"refusals": report.refusals}, [*lines, f"refused: {report.refusals}"])
    if not report.recorded + report.repeated:
        # A timer that imports must notice that nothing came.
        sys.exit(InvalidInput.exit)


@click.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--kind", required=True, help="As ocds/release or budget/payment.")
@click.option("--subject", required=True, help="The id found in the body.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    help="Key file, or name in the data folder's keys/; may be repeated: all of them sign.",
)
@click.option("--replaces", help="Leaf hash of the entry that this one corrects.")
@click.option("--to", "url", help="Address of a server to publish to; no data folder is needed.")
@click.option(
    "--act",
    type=click.Path(dir_okay=False),
    help="Write what is signed into this file, for other officers to sign, and publish nothing.",
)
@click.option(
    "--log", "origin", help="With --to or --act: the log's name, if not the server's host."
)
@click.option("--org", help="With --to or --act: the key's organisation, if nobody is to be asked.")
@session
def publish(
    run: Session,
    file: str,
    keys: tuple[str, ...],
    url: str | None,
    act: str | None,
    origin: str | None,
    org: str | None,
    **said: Any,
) -> None:
    """Sign and append one body, its bytes as they are; registrars sign registry kinds.

    With --to it is signed here and sent: the keys never leave this machine. With --act the file
    goes to another officer (jejak act show, jejak act sign), and then to jejak act submit.
    """
    if url is None and act is None and (origin or org):
        raise click.UsageError("--log and --org belong to --to URL or --act FILE")
    body = Path(file).read_bytes()
    said = {
        "body": body,
        "keys": [signing_key(Settings(run.data, ""), key) for key in keys],
        **said,
    }
    if url is not None:
        with closing(_server(url)) as server:
            signed = sign_for(server, **said, log=origin, org=org)
            run.say(_left(act, signed) if act else server.publish(signed).told())
    elif act is not None:
        run.say(_left(act, _sign_off_line(run, said, origin, org)))
    else:
        _publish_here(run, said)


def _server(url: str) -> Server:
    from ledger.remote import Server

    return Server(url)


def _sign_off_line(
    run: Session, said: dict[str, Any], origin: str | None, org: str | None
) -> Submission:
    """For a log and in a name that are given, or for the log of the data folder."""
    if origin and org:
        return sign_body(origin, org, **said)
    if origin or org:
        raise click.UsageError("without a data folder name both --log and --org")
    return sign_here(_open(run.settings())[0], **said)


def _left(act: str, signed: Submission) -> dict[str, Any]:
    """Write the act into its file; what to tell. Raises InvalidInput for what no log would take."""
    read_meaning(parse_statement(signed.statement), parse_body(signed.body), KINDS)
    write_file(Path(act), format_publication(signed))
    return {"act": act, "signatures": len(signed.signatures)}


def _publish_here(run: Session, said: dict[str, Any]) -> None:
    log, index = _open(run.settings())
    recorded = publish_body(log, **said)
    Follower(log, index).run()
    told = {"index": recorded.index, "leafHash": recorded.leaf_hash.hex()}
    run.say(told | {"repeated": recorded.repeated})


@click.command("trace")
@click.argument("identifier")
@session
def trace(run: Session, identifier: str) -> None:
    """The trail of a budget line, ocid, organisation or payment, both ways."""
    from procurement import trail

    log, index = _open(run.settings())
    Follower(log, index).run()
    found = trail.trace(index, identifier)
    run.say(trail.to_json(found), list(trail.lines(found)))


@click.command("reindex")
@session
def reindex(run: Session) -> None:
    """Drop the projections and build them again from the entries."""
    log, index = _open(run.settings())
    run.say({"reindexed": rebuild(log, index)})


@click.command("status")
@session
def status(run: Session) -> None:
    """Where things stand."""
    settings = run.settings()
    log, index = _open(settings)
    head, checkpoint, newest = log.head(), newest_checkpoint(log), anchors(log, limit=1)
    counts = sums.finding_counts(index)
    told: dict[str, Any] = {
        "origin": settings.origin,
        "size": head.size,
        "checkpoint": checkpoint.size if checkpoint else 0,
        "anchored": newest[0].size if newest else None,
        "block": newest[0].block if newest else None,
        "index": Follower(log, index).position(),
        "findings": {code: each["broken"] for code, each in counts.items() if each.get("broken")},
    }
    if head.halted:
        told["halted"] = head.halted
    run.say(told)


COMMANDS: dict[str, click.Command] = {
    "import": import_,
    "publish": publish,
    "trace": trace,
    "reindex": reindex,
    "status": status,
}
