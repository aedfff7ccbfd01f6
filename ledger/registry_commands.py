"""Commands of the registrars about institutions and bodies."""

from __future__ import annotations

from typing import Any

import click

from ledger import acts, deployment
from ledger.cli import Session, session
from ledger.envelope import parse_hash
from ledger.errors import NotFound
from ledger.institutions import check_institution, in_tree
from ledger.kinds import KINDS
from ledger.log import Log
from ledger.registrars import Signing, act_of, signing_options


@click.group("institution")
def institution() -> None:
    """Institutions, their place in the tree and their ocid prefixes."""


@institution.command("add")
@click.argument("identifier")
@click.option("--name-id", required=True, help="Name in Bahasa Indonesia.")
@click.option("--name-en", help="Name in English (the same, if not given).")
@click.option("--parent", help="Id of the institution above it.")
@click.option("--ocid", "ocids", multiple=True, help="Prefix of the ocids of its processes.")
@click.option("--from", "valid_from", help="Since when, YYYY-MM-DDTHH:MM:SSZ (now).")
@signing_options
@session
def institution_add(
    run: Session,
    identifier: str,
    registrar: tuple[str, ...],
    act: str | None,
    **said: Any,
) -> None:
    """Record an institution; one recorded before is replaced as a whole."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    body = {
        "id": identifier,
        "names": {"id": said["name_id"], "en": said["name_en"] or said["name_id"]},
        "parent": said["parent"],
        "ocids": list(said["ocids"]),
        "validFrom": said["valid_from"] or deployment.now(),
    }
    check_institution(log.registry(), acts.parse_institution({**body, "salt": "0" * 32}))
    signing = Signing(registrar, act)
    told = act_of(settings, log, "registry/institution", identifier, body, signing)
    run.say({"institution": identifier} | told)


@institution.command("list")
@session
def institution_list(run: Session) -> None:
    """The institutions recorded, each below the one it belongs to."""
    registry = deployment.open_log(run.settings(), KINDS).registry()
    placed = list(in_tree(registry.institutions))
    rows = [
        {
            "id": each.id,
            "names": dict(each.names),
            "parent": each.parent,
            "ocids": list(each.ocids),
            "validFrom": each.valid_from,
        }
        for _, each in placed
    ]
    lines = [
        f"{'  ' * level}{each.id}  {each.names['id']}  {' '.join(each.ocids)}".rstrip()
        for level, each in placed
    ]
    run.say({"institutions": rows}, lines)


@click.command("erase")
@click.argument("entry")
@click.option("--legal-basis", required=True, help="The order: who gave it, when, its number.")
@click.option("--replacement", help="Entry (index) whose body is the redacted one.")
@signing_options
@session
def erase(
    run: Session,
    entry: str,
    legal_basis: str,
    replacement: str | None,
    registrar: tuple[str, ...],
    act: str | None,
) -> None:
    """Have the body of an entry (its index, or the body's SHA-256) erased; the entry stays."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    digest = body_of(log, entry)
    body = {
        "body": digest,
        "replacement": body_of(log, replacement) if replacement else None,
        "legalBasis": legal_basis,
    }
    told = act_of(settings, log, "registry/erasure", digest, body, Signing(registrar, act))
    covered = log.find_body(bytes.fromhex(digest))
    run.say({"erased": digest, "entries": covered} | told)


def body_of(log: Log, named: str) -> str:
    """Digest of the body of an entry's index, or the digest itself. Raises NotFound."""
    if named.isascii() and named.isdecimal() and len(named) < 20:
        return log.record(int(named)).entry.statement.body
    if not log.find_body(parse_hash(named)):
        raise NotFound("no entry has a body of this digest", "name the entry by its index")
    return named


COMMANDS: dict[str, click.Command] = {"institution": institution, "erase": erase}
