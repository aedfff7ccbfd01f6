"""Commands of the audit: verify and check-receipt."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from audit.cluster import dask_executor
from audit.receipt_check import check_receipt
from audit.report import Report
from audit.source import open_source
from audit.verify import verify
from ledger import deployment
from ledger.anchor import Chain
from ledger.cli import Session, session
from ledger.settings import Settings
from ledger.trust import Trust
from procurement.kinds import KINDS


@click.command("verify")
@click.argument("where", required=False)
@click.option("--trust", "trust_file", type=click.Path(exists=True, dir_okay=False))
@click.option("--chain", "chains", multiple=True, help="JSON-RPC URL; several may be named.")
@click.option("--workers", type=click.IntRange(1), help="Processes; one for each processor.")
@click.option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster to verify on.")
@click.option("--since", type=click.Path(exists=True, dir_okay=False), help="A saved checkpoint.")
@session
def verify_command(
    run: Session,
    where: str | None,
    trust_file: str | None,
    chains: tuple[str, ...],
    workers: int | None,
    dask: str | None,
    since: str | None,
) -> None:
    """Check everything an outsider can: WHERE is a server's URL or a folder of its files.

    Without WHERE the log of the data folder is checked, with its own trust file and chain.
    """
    own = None if where else run.settings()
    with ExitStack() as stack:
        asked: list[Any] = [Chain(url) for url in chains]
        if own is not None and not asked:
            found = stack.enter_context(deployment.open_chain(own))
            asked = [found] if found else []
        report = verify(
            open_source(own.public if own is not None else str(where)),
            KINDS,
            trust=_trust(trust_file, own),
            chains=asked,
            since=Path(since).read_bytes() if since else None,
            workers=workers,
            executor=stack.enter_context(dask_executor(dask)) if dask else None,
        )
    _tell(run, report)


def _trust(named: str | None, own: Settings | None) -> Trust | None:
    if named is not None:
        return deployment.read_trust(Path(named))
    return deployment.read_trust(own.trust) if own is not None else None


@click.command("check-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--trust", "trust_file", type=click.Path(exists=True, dir_okay=False))
@session
def check_receipt_command(run: Session, file: str, trust_file: str | None) -> None:
    """Check a receipt off line."""
    _tell(run, check_receipt(Path(file).read_bytes(), _trust(trust_file, None)))


def _tell(run: Session, report: Report) -> None:
    run.say(report.to_json(), list(report.lines()))
    if not report.holds:
        sys.exit(report.exit)


COMMANDS: dict[str, click.Command] = {
    "verify": verify_command,
    "check-receipt": check_receipt_command,
}
