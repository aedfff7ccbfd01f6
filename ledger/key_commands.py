"""Commands for the keys of officers, systems and registrars."""

from __future__ import annotations

import base64
import re
import secrets
from pathlib import Path
from typing import Any

import click

from ledger import acts, deployment
from ledger.acts import Enrolment
from ledger.cli import TIME, Session, passphrase, session, signing_key
from ledger.durable import write_file, write_new
from ledger.errors import Conflict, InvalidInput, Malformed, NotFound, Unacceptable
from ledger.keyfile import format_key_file
from ledger.keys import PublicKey, SigningKey
from ledger.kinds import KINDS
from ledger.publicfile import MAX_FILE, format_public_file, key_members, parse_public_file
from ledger.registrars import Signing, perform, signing_options
from ledger.registry import Registry

# Sixteen digits are the form of a person's national number (NIK), which has no place here.
_PERSONAL = re.compile(r"(?<![0-9])[1-9][0-9]{15}(?![0-9])")


@click.group("key")
def key() -> None:
    """Keys of officers and systems."""


@key.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--unencrypted", is_flag=True, help="No passphrase: for systems that run unattended.")
@session
def key_new(run: Session, file: str, unencrypted: bool) -> None:
    """Make an Ed25519 key: FILE (keep it secret) and FILE.pub (to be enrolled).

    FILE is encrypted with a passphrase: the first line of the file that JEJAK_PASSPHRASE_FILE
    names, else one that is asked for.
    """
    path = Path(file)
    if path.exists():
        raise click.UsageError(f"{file} exists already; a key is never overwritten")
    made = SigningKey(secrets.token_bytes(32))
    if unencrypted:
        content = base64.b64encode(made.seed) + b"\n"
    else:
        content = format_key_file(made.seed, passphrase(path.name, new=True))
    write_new(path, content)
    write_file(public_path(path), format_public_file(made.public))
    run.say({"key": made.id, "file": file, "public": str(public_path(path))})


@key.command("enrol")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--org", required=True, help="Organisation the key speaks for.")
@click.option("--office", required=True, help="Office that holds it; never a person's number.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(sorted(acts.ROLES)),
    help="What it may sign; may be repeated.",
)
@click.option(
    "--for",
    "covers",
    multiple=True,
    metavar="ORG",
    help="Organisation it may speak about, or * for all; may be repeated (its own).",
)
@click.option("--from", "valid_from", type=TIME, help="Start of its validity (now).")
@click.option("--until", "valid_until", type=TIME, help="End of its validity (none).")
@click.option("--legal-basis", default="", help="Decree or letter of appointment.")
@signing_options
@session
def key_enrol(
    run: Session,
    file: str,
    registrar: tuple[str, ...],
    act: str | None,
    covers: tuple[str, ...],
    **said: Any,
) -> None:
    """Enrol a key (FILE.pub, also that of a passkey): an entry signed by the registrars.

    A key enrolled before gets all its fields anew.
    """
    settings = run.settings()
    public = read_public(Path(file))
    covers = covers or default_cover(said["org"], said["roles"])
    body = deployment.enrolment_body(key_members(public), covers=covers, **said)
    check_mandate(acts.parse_enrolment({**body, "salt": "0" * 32}))
    log = deployment.open_log(settings, KINDS)
    if public.id in log.registry().revoked:
        raise Conflict(f"key {public.id[:16]} is revoked, for ever", "make another: jejak key new")
    made = deployment.act(settings.origin, "registry/key", public.id, body)
    signing = Signing(registrar, act)
    told = perform(log, made, signing, signing.keys(settings))
    run.say({"key": public.id} | told | _unknown(log.registry(), {said["org"], *covers}))


def _unknown(registry: Registry, orgs: set[str]) -> dict[str, Any]:
    """A word on organisations that nobody has recorded, which may be slips of the pen."""
    unknown = sorted(orgs - {"*"} - registry.institutions.keys())
    return {"unknownInstitutions": ", ".join(unknown)} if unknown else {}


def default_cover(org: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Without --for a key speaks for its own organisation, and an importer for all."""
    return ("*",) if "importer" in roles else (org,)


def check_mandate(mandate: Enrolment) -> None:
    """It is somebody's for some time, and about organisations. Raises Unacceptable."""
    if not mandate.office.strip():
        raise Unacceptable("a key is that of an office", "name it with --office")
    if _PERSONAL.search(mandate.office):
        raise Unacceptable(
            "the office holds what looks like a person's number (NIK)",
            "name the office: everybody will read it, for ever",
        )
    if mandate.valid_until is not None and mandate.valid_until <= mandate.valid_from:
        raise Unacceptable(
            f"the mandate ends at {mandate.valid_until}, not after {mandate.valid_from}"
        )
    for each in mandate.covers - {"*"}:
        acts.check_org(each)


@key.command("revoke")
@click.argument("key_id")
@click.option("--reason", required=True, help="Why; everybody will read it.")
@click.option("--effective", type=TIME, help="From when it is not trusted (now).")
@click.option("--own", help="Key file of the key itself, which may end itself.")
@signing_options
@session
def key_revoke(
    run: Session,
    key_id: str,
    reason: str,
    effective: str | None,
    own: str | None,
    registrar: tuple[str, ...],
    act: str | None,
) -> None:
    """Revoke a key, for ever: a registrar's or an officer's.

    KEY_ID is the key's id, or as much of its beginning as jejak key list shows.
    """
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    key_id = find_key(log.registry(), key_id)
    body = {"key": key_id, "reason": reason, "effective": effective or deployment.now()}
    made = deployment.act(settings.origin, "registry/revocation", key_id, body)
    signing = Signing(registrar, act)
    signers = [signing_key(settings, own)] if own else signing.keys(settings)
    run.say({"revoked": key_id} | perform(log, made, signing, signers))


def find_key(registry: Registry, named: str) -> str:
    """The id of the one key that begins so. Raises NotFound, Malformed."""
    known = {*registry.enrolments, *(registry.root.keys if registry.root else ())}
    found: list[str] = sorted(each for each in known if each.startswith(named))
    found = found if len(named) >= 8 else []
    if len(found) > 1:
        raise Malformed(f"{len(found)} keys begin with {named}", "give more of its id")
    if not found:
        raise NotFound(
            f"no key of the registry begins with {named[:64]!r}",
            "take its id, or the first 8 digits or more, from jejak key list",
        )
    return found[0]


@key.command("list")
@session
def key_list(run: Session) -> None:
    """The registrars, and the keys that have been enrolled."""
    registry = deployment.open_log(run.settings(), KINDS).registry()
    rows = [_row(each, registry.revoked.get(each.public.id)) for each in _by_org(registry)]
    root = registry.root
    told: dict[str, Any] = {
        "threshold": root.threshold if root else None,
        "registrars": [
            {"key": each, "revoked": registry.revoked.get(each)}
            for each in (root.keys if root else ())
        ],
        "keys": rows,
    }
    lines = [f"{each['key'][:16]}  registrar{_ended(each)}" for each in told["registrars"]]
    lines += [
        f"{row['key'][:16]}  {row['org']}  {row['office']}  {','.join(row['roles'])}"
        f"{_about(row)}{_ended(row)}"
        for row in rows
    ]
    run.say(told, lines)


def _by_org(registry: Registry) -> list[Enrolment]:
    return sorted(registry.enrolments.values(), key=lambda each: (each.org, each.office))


def _row(enrolment: Enrolment, revoked: str | None) -> dict[str, Any]:
    return {
        "key": enrolment.public.id,
        "alg": enrolment.public.alg,
        "org": enrolment.org,
        "office": enrolment.office,
        "roles": sorted(enrolment.roles),
        "for": sorted(enrolment.covers),
        "from": enrolment.valid_from,
        "until": enrolment.valid_until,
        "legalBasis": enrolment.legal_basis,
        "revoked": revoked,
    }


def _about(row: dict[str, Any]) -> str:
    return "" if row["for"] == [row["org"]] else f"  for {','.join(row['for']) or 'nobody'}"


def _ended(row: dict[str, Any]) -> str:
    until = f"  until {row['until']}" if row.get("until") else ""
    return f"{until}  REVOKED, not trusted from {row['revoked']}" if row["revoked"] else until


def public_path(path: Path) -> Path:
    """Where the public half of a key file lies."""
    return path.with_name(path.name + ".pub")


def read_public(path: Path) -> PublicKey:
    """The public half of a key: FILE.pub, or the key file itself. Raises NotFound, Malformed."""
    named = path if path.suffix == ".pub" else public_path(path)
    if not named.exists():
        raise NotFound(f"there is no {named.name}", "make the key with jejak key new FILE")
    with named.open("rb") as file:
        raw = file.read(MAX_FILE + 1)
    try:
        return parse_public_file(raw)
    except InvalidInput as error:
        raise Malformed(f"{named.name}: {error.message}", error.remedy) from error


COMMANDS: dict[str, click.Command] = {"key": key}
