"""The command of the audit report: report.json, and the same as pages to read and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from audit.assertions import LogAddress
from audit.printable import printable
from audit.report_facts import AuditReport
from audit.report_note import FILE as NOTE
from audit.report_note import sign_report
from audit.reporting import Engagement, checkpoint_of, make_report
from audit.source import open_source
from ledger import deployment
from ledger.anchor import Chain
from ledger.cli import Session, session, signing_key
from ledger.devchain.identity import CHAIN_ID
from ledger.durable import write_file
from ledger.settings import DEVCHAIN, Settings
from procurement.kinds import KINDS
from web.report_checking import check_report, report_members
from web.reporting import FILES, format_page

MAX_NAME = 200


@click.command("report")
@click.argument("where", required=False)
@click.option("--from", "start", help="Day (UTC) or moment it begins with.")
@click.option("--until", "end", help="Its last day (UTC), or the moment it ends.")
@click.option("-o", "output", type=click.Path(file_okay=False), help="Folder.")
@click.option("--trust", "trust_file", type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", "chains", multiple=True, help="JSON-RPC URL; several may be named.")
@click.option("--by", default="", help="Who makes it, as it is to be shown.")
@click.option("--key", "key", help="Key file, or name in the data folder's keys/: sign it.")
@click.option(
    "--check",
    "checked",
    type=click.Path(exists=True, dir_okay=False),
    metavar="REPORT.JSON",
    help="Make an earlier report again, and name what is another now.",
)
@click.option(
    "--signed-by",
    "signer",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE.pub",
    help="With --check: whose signature must be beside it; else a key that the log enrols.",
)
@session
def report_command(
    run: Session,
    where: str | None,
    trust_file: str | None,
    chains: tuple[str, ...],
    **asked: Any,
) -> None:
    """Write an audit report over a period: WHERE is a server's URL or a folder of its files.

    Without WHERE it is about the log of the data folder. Every assertion in it stands beside the
    command that reproduces it. When the evidence fails the report says so, and the exit code is 1.
    With --check it is an earlier report that is held to the log; what differs is named, exit 1.
    """
    _check_asked(asked)
    with _audited(run, where, trust_file, chains) as audited:
        if asked["checked"]:
            check_report(run, audited, Path(asked["checked"]), asked["signer"])
        else:
            _make(run, replace(audited, by=asked["by"]), asked)


def _check_asked(asked: Mapping[str, Any]) -> None:
    """Either a report is made, of a period and into a folder, or one is checked."""
    making = ("start", "end", "output")
    if asked["checked"] and any(asked[name] for name in (*making, "by", "key")):
        raise click.UsageError("--check takes period and name from the report")
    if not asked["checked"] and not all(asked[name] for name in making):
        raise click.UsageError("a report needs --from, --until and -o; an earlier one --check")
    if asked["signer"] and not asked["checked"]:
        raise click.UsageError("--signed-by goes with --check; to sign is --key")
    if len(asked["by"]) > MAX_NAME or printable(asked["by"]) != asked["by"]:
        raise click.UsageError(f"--by is a line of at most {MAX_NAME} characters that can be seen")


def _make(run: Session, audited: Engagement, asked: Mapping[str, Any]) -> None:
    key = signing_key(Settings(run.data, ""), asked["key"]) if asked["key"] else None
    report = make_report(audited, asked["start"], asked["end"], deployment.now())
    folder = Path(asked["output"])
    folder.mkdir(parents=True, exist_ok=True)
    if report.holds:
        write_file(folder / "checkpoint", checkpoint_of(audited.source))
    (folder / NOTE).unlink(missing_ok=True)
    write_report(report, folder)
    assertions = sum(len(section.assertions) for section in report.sections)
    told: dict[str, Any] = {
        "report": str(folder),
        "holds": report.holds,
        "statements": assertions,
    }
    if key is not None:
        raw = (folder / "report.json").read_bytes()
        write_file(folder / NOTE, sign_report(raw, report.facts.origin, key))
        told["signed"] = key.id
    lines = [f"{name}: {value}" for name, value in told.items()]
    run.say(told, [*lines, report.facts.verified.verdict])
    if not report.holds:
        sys.exit(1)


def write_report(report: AuditReport, folder: Path) -> None:
    """Write `report.json` and a page for each language."""
    told = report_members(report)
    content = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    write_file(folder / "report.json", content.encode())
    for language, name in FILES.items():
        write_file(folder / name, format_page(report, language).encode())


@contextmanager
def _audited(
    run: Session, where: str | None, trust_file: str | None, chains: tuple[str, ...]
) -> Iterator[Engagement]:
    """What the words of the command line name; paths are made whole for the report's commands."""
    trust = str(Path(trust_file).resolve()) if trust_file else None
    asked: list[Any] = [Chain(url) for url in chains]
    if where is None:
        own = run.settings()
        place = LogAddress(str(run.data.resolve()), None, trust, chains)
        pinned = deployment.read_trust(Path(trust) if trust else own.trust)
        development = own.chain in (None, DEVCHAIN)
        with deployment.open_chain(own) as chain:
            found = asked or ([chain] if chain else [])
            yield Engagement(open_source(own.public), place, KINDS, pinned, found, development)
        return
    web = where.startswith(("http://", "https://"))
    place = LogAddress(None, where if web else str(Path(where).resolve()), trust, chains)
    pinned_by = deployment.read_trust(Path(trust)) if trust else None
    development = pinned_by is not None and pinned_by.chain_id == CHAIN_ID
    yield Engagement(open_source(where), place, KINDS, pinned_by, asked, development)


COMMANDS: dict[str, click.Command] = {"report": report_command}
