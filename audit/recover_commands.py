"""`jejak recover`: the database filled again from a public tree."""

from __future__ import annotations

import os
from contextlib import closing, nullcontext

import click

from audit.recovering import Recovered, recover
from audit.source import open_source
from ledger import deployment
from ledger.cli import Session, session
from procurement.kinds import KINDS

_LOST = (
    "not brought back: drafts and sessions of the console, state proofs of anchors, checkpoints "
    "between anchors, and what was recorded after the checkpoint"
)


@click.command("recover")
@click.argument("where", required=False, metavar="[URL or DIR]")
@click.option("--without-chain", is_flag=True, help="Do not ask the chain, where it cannot be.")
@session
def recover_command(run: Session, where: str | None, without_chain: bool) -> None:
    """Refill entries and bodies of the data folder from a public tree.

    The tree is the data folder's own files, or a mirror, an export or a server's URL. All of it is
    verified by the data folder's trust file and chain first. Nothing that the database holds is
    overwritten; where it differs the first index is named.
    """
    settings = run.settings()
    source = open_source(where or settings.public)
    trust = deployment.read_trust(settings.trust)
    asked = nullcontext() if without_chain else deployment.open_chain(settings)
    with closing(deployment.attach_log(settings, KINDS)) as log, asked as chain:
        chains = [chain] if chain is not None else []
        done = recover(settings, log, source, KINDS, trust, chains, os.cpu_count() or 1)
    _tell(run, done)


def _tell(run: Session, done: Recovered) -> None:
    told = {"size": done.size, "entries": done.entries, "bodies": done.bodies}
    told |= {"checkpoints": done.checkpoints, "anchors": done.anchors, "above": done.above}
    remarks = [remark.what for check in done.report.checks for remark in check.remarks[:1]]
    lines = [f"{name}: {value}" for name, value in told.items()]
    lines += [f"remark: {each}" for each in remarks]
    if done.published > done.size + done.above:
        lines.append(
            f"the own files show {done.published} entries, this tree {done.size}: nothing is "
            "signed until the rest is found; try jejak recover without a name, or a newer mirror"
        )
    else:
        lines.append("now: jejak tick, jejak reindex, jejak verify")
    if done.above:
        lines.append(f"{done.above} entries above the tree's checkpoint stay, and are signed next")
    run.say(told | {"published": done.published, "remarks": remarks}, [*lines, _LOST])


COMMANDS: dict[str, click.Command] = {"recover": recover_command}
