"""The command of the audit report: report.json, and the same as pages to read and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from audit.assertions import LogAddress
from audit.report_facts import AuditReport
from audit.reporting import Engagement, checkpoint_of, make_report
from audit.source import open_source
from ledger import deployment
from ledger.anchor import Chain
from ledger.cli import Session, session
from ledger.devchain.identity import CHAIN_ID
from ledger.durable import write_file
from ledger.settings import DEVCHAIN
from procurement.kinds import KINDS
from web.privacy import without_contacts
from web.reporting import FILES, format_page


@click.command("report")
@click.argument("where", required=False)
@click.option("--from", "start", required=True, help="Day (UTC) or moment it begins with.")
@click.option("--until", "end", required=True, help="Its last day (UTC), or the moment it ends.")
@click.option("-o", "output", required=True, type=click.Path(file_okay=False), help="Folder.")
@click.option("--trust", "trust_file", type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", "chains", multiple=True, help="JSON-RPC URL; several may be named.")
@session
def report_command(
    run: Session,
    where: str | None,
    start: str,
    end: str,
    output: str,
    trust_file: str | None,
    chains: tuple[str, ...],
) -> None:
    """Write an audit report over a period: WHERE is a server's URL or a folder of its files.

    Without WHERE it is about the log of the data folder. Every assertion in it stands beside the
    command that reproduces it. When the evidence fails the report says so, and the exit code is 1.
    """
    with _audited(run, where, trust_file, chains) as audited:
        report = make_report(audited, start, end, deployment.now())
        folder = Path(output)
        folder.mkdir(parents=True, exist_ok=True)
        if report.holds:
            write_file(folder / "checkpoint", checkpoint_of(audited.source))
    write_report(report, folder)
    assertions = sum(len(section.assertions) for section in report.sections)
    told = {"report": str(folder), "holds": report.holds, "statements": assertions}
    lines = [f"{name}: {value}" for name, value in told.items()]
    run.say(told, [*lines, report.facts.verified.verdict])
    if not report.holds:
        sys.exit(1)


def write_report(report: AuditReport, folder: Path) -> None:
    """Write `report.json` and a page for each language."""
    told = without_contacts(report.to_json())
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
