"""Commands for the contract: deployed, its publisher, closed, and the next epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ledger import deployment, epochs
from ledger import settings as settings_
from ledger.actfile import sign_act
from ledger.anchoring import anchors, public_row
from ledger.cli import Session, read_key, session
from ledger.epochs import InForce
from ledger.errors import Conflict, Unacceptable
from ledger.kinds import KINDS
from ledger.log import Log
from ledger.registrars import Signing, signing_options
from ledger.settings import Settings
from ledger.submission import Submission


@click.group("anchor")
def anchor() -> None:
    """The contract on a chain."""


@anchor.command("deploy")
@click.option("--contract", help="Take this contract instead of deploying one.")
@click.option("--admin", help="Address of the contract's admin, kept off line (the publisher's).")
@click.option("--chain", "url", help="JSON-RPC URL of the chain, for a log that has none yet.")
@signing_options
@session
def anchor_deploy(
    run: Session,
    contract: str | None,
    admin: str | None,
    url: str | None,
    registrar: tuple[str, ...],
    act: str | None,
) -> None:
    """Deploy the contract and record it in a registry/anchor entry.

    With --admin, that address must then set the publisher: jejak anchor publisher.
    """
    settings = run.settings()
    if url is not None:
        if settings.chain not in (None, url):
            raise Conflict(f"the log has the chain {settings.chain} already")
        settings = replace(settings, chain=url)
        settings_.save(settings)
    log = deployment.open_log(settings, KINDS)
    signing = Signing(registrar, act)
    keys = signing.keys(settings)
    made = epochs.deployment_act(settings, log, contract, admin)
    run.say(_recorded(settings, log, made, signing, keys))


@anchor.command("next")
@signing_options
@session
def anchor_next(run: Session, registrar: tuple[str, ...], act: str | None) -> None:
    """Go on under the next epoch of the log's id, after the admin has closed the last one."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    signing = Signing(registrar, act)
    with deployment.open_chain(settings) as chain:
        made = epochs.next_epoch_act(settings, log, chain)
    run.say(_recorded(settings, log, made, signing, signing.keys(settings)))


def _recorded(
    settings: Settings, log: Log, act: Submission, signing: Signing, keys: list[Any]
) -> dict[str, Any]:
    """Record the act and settle upon its place, or leave it in its file; what to tell."""
    if signing.act is not None:
        return signing.leave(act, keys)
    epochs.record(settings, log, sign_act(act, *keys))
    placed = epochs.settle(settings, log)
    place = log.registry().places[-1]
    return {
        "contract": placed.contract,
        "chainId": placed.chain_id,
        "genesis": placed.genesis,
        "log": place.log,
        "fromSize": place.from_size,
    }


@anchor.command("publisher")
@click.argument("address", required=False)
@click.option("--key", "admin", help="Key file of the contract's admin (the publisher's own).")
@click.option("--call", is_flag=True, help="Print the call for the admin's wallet; send nothing.")
@session
def anchor_publisher(run: Session, address: str | None, admin: str | None, call: bool) -> None:
    """Let ADDRESS (that of this folder's publisher.key) anchor the log, and no other."""
    settings = run.settings()
    with deployment.open_chain(settings) as chain:
        named = address or (chain.address if chain else "")
    with _as_admin(run, admin) as place:
        told = {"publisher": named, "log": place.log.hex()}
        if call:
            made = place.chain.admin_call(place.contract, "setPublisher", place.log, named)
            run.say(told | made)
            return
        place.chain.set_publisher(place.contract, place.log, named)
        run.say(told)


@anchor.command("close")
@click.argument("log_id")
@click.option("--key", "admin", help="Key file of the contract's admin (the publisher's own).")
@click.option("--call", is_flag=True, help="Print the call for the admin's wallet; send nothing.")
@session
def anchor_close(run: Session, log_id: str, admin: str | None, call: bool) -> None:
    """Close LOG_ID, the one in force (see jejak anchor status), for ever."""
    with _as_admin(run, admin) as place:
        if place.log.hex() != log_id.removeprefix("0x").lower():
            raise Unacceptable(
                "this is not the log id in force", "take it from jejak anchor status"
            )
        if call:
            run.say(place.chain.admin_call(place.contract, "close", place.log))
            return
        place.chain.close(place.contract, place.log)
        run.say({"closed": place.log.hex(), "contract": place.contract})


@anchor.command("address")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@session
def anchor_address(run: Session, file: str) -> None:
    """The account on the chain that a key file of jejak key new stands for; needs no network."""
    from ledger.anchor import Chain

    run.say({"address": Chain("http://127.0.0.1", read_key(Path(file)).seed).address})


@anchor.command("rekey")
@session
def anchor_rekey(run: Session) -> None:
    """Make a new publisher.key, as after the old one was stolen; the admin then sets it."""
    settings = run.settings()
    kept = epochs.rekey(settings)
    with deployment.open_chain(settings) as chain:
        run.say({"publisher": chain.address if chain else None, "kept": kept})


@contextmanager
def _as_admin(run: Session, admin: str | None) -> Iterator[InForce]:
    """What is in force, on a chain to which the admin's key speaks."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    key = read_key(Path(admin)).seed if admin else None
    with deployment.open_chain(settings, key=key) as chain:
        yield epochs.in_force(settings, log, chain)


@anchor.command("status")
@session
def anchor_status(run: Session) -> None:
    """What the chain says."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    with deployment.open_chain(settings) as chain:
        place = epochs.in_force(settings, log, chain)
        latest, identity = chain.latest(place.contract, place.log), chain.identity()
        closed, address = chain.is_closed(place.contract, place.log), chain.address
    rows = anchors(log, limit=1)
    run.say(
        {
            "chainId": identity.chain_id,
            "genesis": identity.genesis,
            "contract": place.contract,
            "log": place.log.hex(),
            "size": latest.size,
            "root": latest.root.hex(),
            "closed": closed,
            "recorded": public_row(rows[0])["size"] if rows else None,
            "publisher": address,
        }
    )


COMMANDS: dict[str, click.Command] = {"anchor": anchor}
