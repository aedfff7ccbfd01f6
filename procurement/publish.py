"""Signing and appending: one body, or the whole example district."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger import deployment
from ledger.deployment import REGISTRARS
from ledger.envelope import parse_statement, percent_encode
from ledger.errors import Conflict, NotAuthorised
from ledger.keys import PublicKey, SigningKey
from ledger.log import Log, Recorded, Refused, Submission
from ledger.settings import Settings, read_secret, write_secret
from procurement import example
from procurement.case_notes import EntryRef, Finding, Ground, note_body
from procurement.case_results import format_command
from procurement.example import INSTITUTIONS, OFFICES, Act
from procurement.example.district import SCHEME
from procurement.example.planted import OVERPAID, ocid_of

if TYPE_CHECKING:
    from ledger.remote import Server

GROUP = 256
VALID_FROM = "2024-01-01T00:00:00Z"


def org_of(log: Log, key: SigningKey | PublicKey) -> str:
    """The organisation that a key speaks for. Raises NotAuthorised."""
    enrolment = log.registry().enrolments.get(key.id)
    if enrolment is None:
        raise NotAuthorised(
            f"key {key.id[:16]} is not enrolled", "enrol it with jejak key enrol FILE"
        )
    return enrolment.org


def publish_body(
    log: Log,
    keys: Sequence[SigningKey],
    kind: str,
    subject: str,
    body: bytes,
    replaces: str | None = None,
) -> Recorded:
    """Sign and append one body, as it is; `subject` is the id found in it.

    Registry kinds are signed by registrars, which speak for no organisation. Raises the reason
    when it is refused.
    """
    return log.append_one(sign_here(log, keys, kind, subject, body, replaces))


def sign_here(
    log: Log,
    keys: Sequence[SigningKey],
    kind: str,
    subject: str,
    body: bytes,
    replaces: str | None = None,
) -> Submission:
    """Sign one body for this log, in the name of the first key's organisation."""
    org = REGISTRARS if kind.startswith("registry/") else org_of(log, keys[0])
    return sign_body(log.origin, org, keys, kind, subject, body, replaces)


def sign_for(
    server: Server,
    keys: Sequence[SigningKey],
    kind: str,
    subject: str,
    body: bytes,
    replaces: str | None = None,
    *,
    log: str | None = None,
    org: str | None = None,
) -> Submission:
    """Sign one body here, for the log of a server.

    `log` is its origin: the server's host where it is not said, and never what the server calls
    itself, or a signature could be had for another log. Raises the server's reason.
    """
    if org is None:
        org = REGISTRARS if kind.startswith("registry/") else server.org_of(keys[0].id)
    return sign_body(log or server.host, org, keys, kind, subject, body, replaces)


def sign_body(
    origin: str,
    org: str,
    keys: Sequence[SigningKey],
    kind: str,
    subject: str,
    body: bytes,
    replaces: str | None,
) -> Submission:
    """State and sign one body, as it is. Raises InvalidInput for what no log would take."""
    found = deployment.compose(
        origin, kind, percent_encode(subject), org, body, keys, replaces=replaces
    )
    parse_statement(found.statement)
    return found


def publish_example(
    settings: Settings,
    log: Log,
    registrars: Sequence[SigningKey],
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """The fictional district: institutions, keys of its offices, and the acts of its year.

    A year that has been told to its end is left as it is, also when another version of the example
    told it. Returns how many entries were added. Raises Conflict for one that another version has
    told in part.
    """
    if _is_told(log):
        return 0
    before = log.size
    keys = enrol_offices(settings, log, registrars)
    hashes: dict[str, str] = {}
    waiting: list[tuple[Act, Submission]] = []
    for act in example.tell():
        if act.corrects is not None or len(waiting) == GROUP:
            _append(log, waiting, hashes)
            progress(log.size - before)
            waiting = []
        replaces = hashes[act.corrects] if act.corrects else None
        waiting.append((act, sign_act(settings.origin, act, keys[act.office], replaces)))
    _append(log, waiting, hashes)
    _audit(log, keys["audit"])
    return log.size - before


def enrol_offices(
    settings: Settings, log: Log, registrars: Sequence[SigningKey]
) -> dict[str, SigningKey]:
    """The institutions and offices of the example in the registry; the keys by name of office.

    Keys are made once and lie in `keys/` of the data folder.
    """
    keys = {office.name: _office_key(settings, office.name) for office in OFFICES}
    _enrol(settings, log, registrars, keys)
    return keys


def _office_key(settings: Settings, name: str) -> SigningKey:
    path: Path = settings.folder / "keys" / f"{name}.key"
    if not path.exists():
        write_secret(path, secrets.token_bytes(32))
    return SigningKey(read_secret(path))


def _enrol(
    settings: Settings,
    log: Log,
    registrars: Sequence[SigningKey],
    keys: dict[str, SigningKey],
) -> None:
    registry = log.registry()
    for institution in INSTITUTIONS:
        if institution.id in registry.institutions:
            continue
        body: dict[str, Any] = {
            "id": institution.id,
            "names": {"id": institution.name_id, "en": institution.name_en},
            "parent": None if institution.code == "PEMKAB" else f"{SCHEME}-PEMKAB",
            "ocids": [institution.prefix] if institution.procures else [],
            "validFrom": VALID_FROM,
        }
        deployment.add_institution(settings, log, registrars, body)
    for office in OFFICES:
        if keys[office.name].id in registry.enrolments:
            continue
        deployment.enrol(
            settings,
            log,
            registrars,
            deployment.public_member(keys[office.name]),
            org=f"{SCHEME}-{office.code}",
            office=office.title,
            roles=office.roles,
            covers=[f"{SCHEME}-{code}" for code in office.covers],
            valid_from=VALID_FROM,
            legal_basis="SK Bupati No. 900/12/2025 (fiktif)",
        )


def sign_act(origin: str, act: Act, key: SigningKey, replaces: str | None) -> Submission:
    """An act of the example, signed with the key of its office for the log of this origin."""
    office = next(each for each in OFFICES if each.name == act.office)
    org = f"{SCHEME}-{office.code}"
    return deployment.compose(
        origin, act.kind, act.subject, org, act.body, [key], replaces=replaces
    )


def _append(log: Log, waiting: Sequence[tuple[Act, Submission]], hashes: dict[str, str]) -> None:
    outcomes = log.append([submission for _, submission in waiting])
    for (act, _), outcome in zip(waiting, outcomes, strict=True):
        if isinstance(outcome, Refused):
            raise Conflict(
                f"the example here is not that of this version: {act.kind} {act.subject} was "
                f"refused, {outcome.error.message}",
                "jejak serve shows it as it is; a new folder gets the new one",
            )
        if act.name:
            hashes[act.name] = outcome.leaf_hash.hex()


def _is_told(log: Log) -> bool:
    """Whether the year is told: the inspectorate's remark is its end."""
    code = next(office.code for office in OFFICES if office.name == "audit")
    return any(
        record.entry.statement.kind == "note" and record.entry.statement.org == f"{SCHEME}-{code}"
        for record in log.records()
    )


def _audit(log: Log, key: SigningKey) -> None:
    """The inspectorate opens a case about the overpaid school."""
    ocid = ocid_of(OVERPAID)
    about = [record for record in log.records() if record.entry.statement.subject == ocid][-2:]
    rule, subject = "payments-above-contract", f"{ocid}#{ocid}-K1"
    again = format_command("findings", rule, subject, log.size)
    finding = Finding(
        tuple(EntryRef(each.index, each.leaf_hash.hex()) for each in about),
        {
            "id": "Pembayaran melebihi nilai kontrak; kelebihan agar disetor ke kas daerah.",
            "en": "More was paid than the contract is worth; the excess is to be returned.",
        },
        Ground(rule, None, subject, "broken", None, "", {}, again),
    )
    body = note_body(finding)
    publish_body(log, [key], "note", body["about"][0], deployment.body_bytes(body))
