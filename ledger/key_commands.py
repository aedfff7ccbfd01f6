"""Commands for keys: the registrars' root file, and the keys of officers and systems."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import click

from ledger import acts, deployment
from ledger.cli import Session, registrar_keys, session, signing_key
from ledger.durable import write_file
from ledger.envelope import parse_base64
from ledger.errors import Malformed, NotFound
from ledger.keys import SigningKey, check_public_key, key_id
from ledger.kinds import KINDS
from ledger.log import Log, Submission
from ledger.roots import format_root_file, parse_root_file, sign_root
from ledger.settings import Settings, read_secret, write_secret


@click.group("root")
def root() -> None:
    """The registrars' root file, made off line."""


@root.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--origin", required=True, help="Name of the log.")
@click.option("--registrar", "publics", multiple=True, required=True, help="FILE.pub of each.")
@click.option("--threshold", type=int, default=1, show_default=True)
@session
def root_new(
    run: Session, file: str, origin: str, publics: tuple[str, ...], threshold: int
) -> None:
    """Begin a root file that the registrars then sign."""
    body = {
        "keys": [read_public(Path(each)) for each in publics],
        "threshold": threshold,
        "predecessor": None,
    }
    raw = deployment.body_bytes(body)
    acts.parse_root(json.loads(raw))
    unsigned = deployment.compose(origin, "registry/root", "root", deployment.REGISTRARS, raw, [])
    write_file(Path(file), format_root_file(unsigned))
    run.say({"root": file, "keys": len(publics), "threshold": threshold})


@root.command("sign")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--key", required=True, help="Key file of the registrar.")
@session
def root_sign(run: Session, file: str, key: str) -> None:
    """Sign a root file with one registrar's key."""
    signed: Submission = sign_root(
        parse_root_file(Path(file).read_bytes()), SigningKey(read_secret(Path(key)))
    )
    write_file(Path(file), format_root_file(signed))
    run.say({"root": file, "signatures": len(signed.signatures)})


@click.group("key")
def key() -> None:
    """Keys of officers and systems."""


@key.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@session
def key_new(run: Session, file: str) -> None:
    """Make an Ed25519 key: FILE (keep it secret) and FILE.pub (to be enrolled)."""
    path = Path(file)
    if path.exists():
        raise click.UsageError(f"{file} exists already; a key is never overwritten")
    write_secret(path, secrets.token_bytes(32))
    public = deployment.public_member(SigningKey(read_secret(path)))
    write_file(public_path(path), json.dumps(public, indent=1).encode() + b"\n")
    run.say({"key": public["key"], "file": file, "public": str(public_path(path))})


@key.command("enrol")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--org", required=True, help="Organisation the key speaks for.")
@click.option("--office", required=True, help="Office that holds it; never a person's number.")
@click.option("--role", "roles", multiple=True, required=True, help=", ".join(sorted(acts.ROLES)))
@click.option("--for", "covers", multiple=True, help="Organisations it may speak about, or *.")
@click.option("--until", help="End of its validity, YYYY-MM-DDTHH:MM:SSZ.")
@click.option("--legal-basis", default="", help="Decree or letter of appointment.")
@click.option("--registrar", multiple=True, help="Key file of a registrar.")
@session
def key_enrol(
    run: Session,
    file: str,
    registrar: tuple[str, ...],
    covers: tuple[str, ...],
    until: str | None,
    **said: Any,
) -> None:
    """Enrol a key: an entry signed by the registrars."""
    settings = run.settings()
    recorded = deployment.enrol(
        settings,
        deployment.open_log(settings, KINDS),
        registrar_keys(settings, registrar),
        read_public(Path(file)),
        covers=covers or default_cover(said["org"], said["roles"]),
        valid_until=until,
        **said,
    )
    run.say({"key": read_public(Path(file))["key"], "index": recorded.index})


def default_cover(org: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Without --for a key speaks for its own organisation, and an importer for all."""
    return ("*",) if "importer" in roles else (org,)


@key.command("revoke")
@click.argument("key_id")
@click.option("--reason", required=True)
@click.option("--effective", help="From when it is not trusted, YYYY-MM-DDTHH:MM:SSZ (now).")
@click.option("--registrar", multiple=True, help="Key file of a registrar.")
@click.option("--own", help="Key file of the key itself, which may end itself.")
@session
def key_revoke(
    run: Session,
    key_id: str,
    reason: str,
    effective: str | None,
    registrar: tuple[str, ...],
    own: str | None,
) -> None:
    """Revoke a key, for ever."""
    settings = run.settings()
    log = deployment.open_log(settings, KINDS)
    signers = [signing_key(settings, own)] if own else registrar_keys(settings, registrar)
    recorded = revoke(settings, log, signers, key_id, reason, effective)
    run.say({"revoked": key_id, "index": recorded})


def revoke(
    settings: Settings,
    log: Log,
    signers: list[SigningKey],
    key_id: str,
    reason: str,
    effective: str | None,
) -> int:
    """Append the revocation; its index."""
    body = {"key": key_id, "reason": reason, "effective": effective or deployment.now()}
    submission = deployment.compose(
        settings.origin,
        "registry/revocation",
        key_id,
        deployment.REGISTRARS,
        deployment.body_bytes(body),
        signers,
    )
    return log.append_one(submission).index


@key.command("list")
@session
def key_list(run: Session) -> None:
    """The keys that have been enrolled."""
    registry = deployment.open_log(run.settings(), KINDS).registry()
    rows: list[dict[str, Any]] = [
        {
            "key": key_id,
            "org": each.org,
            "office": each.office,
            "roles": sorted(each.roles),
            "for": sorted(each.covers),
            "until": each.valid_until,
            "revoked": registry.revoked.get(key_id),
        }
        for key_id, each in registry.enrolments.items()
    ]
    lines = [
        f"{row['key'][:16]}  {row['org']}  {row['office']}  {','.join(row['roles'])}"
        + ("  REVOKED" if row["revoked"] else "")
        for row in rows
    ]
    run.say({"keys": rows}, lines)


def public_path(path: Path) -> Path:
    """Where the public half of a key file lies."""
    return path.with_name(path.name + ".pub")


def read_public(path: Path) -> dict[str, str]:
    """The public half of a key: FILE.pub, or the key file itself. Raises NotFound, Malformed."""
    named = path if path.suffix == ".pub" else public_path(path)
    if not named.exists():
        raise NotFound(f"there is no {named.name}", "make the key with jejak key new FILE")
    try:
        public = json.loads(named.read_bytes())
        der = parse_base64(public["public"])
        check_public_key(public["alg"], der)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"{named.name} is not a public key file") from error
    return {"key": key_id(der), "alg": public["alg"], "public": public["public"]}


COMMANDS: dict[str, click.Command] = {"root": root, "key": key}
