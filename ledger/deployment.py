"""Opening and founding a deployment: its log, its keys, its chain."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger import settings as settings_
from ledger import store, witnesses
from ledger.admission import read_meaning
from ledger.body import digest, parse_body
from ledger.durable import write_file
from ledger.envelope import (
    VERSION,
    Statement,
    format_statement,
    format_time,
    parse_statement,
)
from ledger.errors import Conflict, NotFound, Unacceptable
from ledger.files import PublicTree
from ledger.keys import SigningKey
from ledger.kinds import KINDS, Kinds
from ledger.log import Log, Recorded, Submission, create_log
from ledger.note import open_checkpoint
from ledger.publicfile import key_members
from ledger.settings import DEVCHAIN, Settings
from ledger.training import check_real
from ledger.trust import Trust, format_trust, parse_trust

REGISTRARS = "registrars"


def open_log(settings: Settings, kinds: Kinds) -> Log:
    """The log of a data folder; halted when its files know more than its database."""
    log = attach_log(settings, kinds)
    raw = PublicTree(settings.public).checkpoint()
    if raw is not None:
        known = open_checkpoint(raw, settings.origin, settings.log_verifiers())
        if known.size > log.size:
            log.halt(f"{known.size} entries are published, the database holds {log.size}")
    return log


def attach_log(settings: Settings, kinds: Kinds) -> Log:
    """The log of a data folder as it is, its files and keys not looked at."""
    engine = store.open_engine(settings.database_url, store.SCHEMA)
    create_log(engine)
    return Log(engine, settings.origin, kinds)


@contextmanager
def open_chain(
    settings: Settings, url: str | None = None, *, key: bytes | None = None
) -> Iterator[Any]:
    """The chain of a deployment with its publisher's key or another; None where it has no chain.

    The development chain is reached where it runs, or opened here.
    """
    from ledger.anchor import Chain
    from ledger.devchain import reach_devchain

    named = url or settings.chain
    key_file = settings.folder / "publisher.key"
    if key is None and key_file.exists():
        key = settings.publisher_key()
    if named is None:
        yield None
    elif named == DEVCHAIN:
        with reach_devchain(settings.folder) as found:
            yield Chain(found, key)
    else:
        yield Chain(named, key)


def now() -> str:
    """The clock, as envelopes write it."""
    return format_time(datetime.now(UTC))


def body_bytes(body: Mapping[str, Any]) -> bytes:
    """One of our own bodies with fresh salt, as it is published."""
    salted = {**body, "salt": secrets.token_hex(16)}
    return json.dumps(salted, ensure_ascii=False, separators=(",", ":")).encode()


def compose(
    origin: str,
    kind: str,
    subject: str,
    org: str,
    body: bytes,
    signers: Sequence[SigningKey],
    *,
    replaces: str | None = None,
    time: str | None = None,
) -> Submission:
    """State and sign: what is handed to the log; `subject` as it stands in a statement."""
    members: dict[str, str] = {"replaces": replaces} if replaces else {}
    statement = Statement(
        body=digest(body),
        kind=kind,
        log=origin,
        org=org,
        subject=subject,
        time=time or now(),
        v=VERSION,
        **members,
    )
    signatures = sorted((key.sign(statement) for key in signers), key=lambda each: each.key)
    return Submission(format_statement(statement), tuple(signatures), body)


def public_member(key: SigningKey) -> dict[str, str]:
    """A key as bodies name it."""
    return key_members(key.public)


def found(
    settings: Settings, kinds: Kinds, root: Submission | None, registrar: SigningKey | None
) -> Log:
    """Make the data folder, the databases and entry 0; a folder in use is refused.

    With `registrar` (demonstration) the root is made on the spot. Raises Unacceptable for a real
    log with the name of one for practice.
    """
    if not settings.demonstration:
        check_real(settings.origin)
    if (settings.folder / "settings.json").exists():
        raise Conflict(f"{settings.folder} holds a log already", "use it, or name another folder")
    settings_.make_folder(settings.folder)
    _secret_once(settings.folder / "log.key")
    _secret_once(settings.folder / "publisher.key")
    engine = store.open_engine(settings.database_url, store.SCHEMA)
    create_log(engine)
    log = Log(engine, settings.origin, kinds)
    if log.size == 0:
        log.append_one(root or demonstration_root(settings.origin, registrar))
    elif log.record(0).entry.statement.log != settings.origin:
        raise Conflict("the database holds another log", "name another database")
    settings_.save(settings)
    write_trust(settings, log)
    return log


def _secret_once(path: Path) -> None:
    if not path.exists():
        settings_.write_secret(path, secrets.token_bytes(32))


def demonstration_root(origin: str, registrar: SigningKey | None) -> Submission:
    """A root of one registrar. Raises Unacceptable without one."""
    if registrar is None:
        raise Unacceptable("a log begins with its registrars' signed root", "give --root FILE")
    body = {"keys": [public_member(registrar)], "threshold": 1, "predecessor": None}
    return compose(origin, "registry/root", "root", REGISTRARS, body_bytes(body), [registrar])


def write_trust(settings: Settings, log: Log) -> None:
    """trust.json, as the operator would hand it to verifiers by another way."""
    code_hash = None
    if settings.contract and settings.chain:
        with open_chain(settings) as chain:
            code_hash = "0x" + chain.code_hash(settings.contract).hex()
    policy = settings.folder / witnesses.FILE
    trust = Trust(
        origin=settings.origin,
        log_keys=settings.log_verifiers(),
        entry0=log.record(0).leaf_hash,
        policy=policy.read_text("utf-8") if policy.is_file() else None,
        chain_id=settings.chain_id,
        genesis=settings.genesis,
        contract=settings.contract,
        code_hash=code_hash,
    )
    write_file(settings.trust, format_trust(trust))


def read_trust(path: Path) -> Trust:
    """A trust file. Raises NotFound, Malformed."""
    if not path.exists():
        raise NotFound(f"there is no trust file {path}", "ask the log's registrars for it")
    return parse_trust(path.read_bytes())


def act(origin: str, kind: str, subject: str, body: Mapping[str, Any]) -> Submission:
    """An act of the registrars that nobody has signed yet; its body gets fresh salt.

    Raises InvalidInput when the body is not one of its kind.
    """
    raw = body_bytes(body)
    unsigned = compose(origin, kind, subject, REGISTRARS, raw, [])
    read_meaning(parse_statement(unsigned.statement), parse_body(raw), KINDS)
    return unsigned


def enrolment_body(
    public: Mapping[str, str],
    *,
    org: str,
    office: str,
    roles: Sequence[str],
    covers: Sequence[str],
    valid_from: str | None = None,
    valid_until: str | None = None,
    legal_basis: str = "",
) -> dict[str, Any]:
    """The body of a `registry/key`, without its salt; valid from now on unless said otherwise."""
    return {
        **public,
        "org": org,
        "office": office,
        "roles": list(roles),
        "for": list(covers),
        "validFrom": valid_from or now(),
        "validUntil": valid_until,
        "legalBasis": legal_basis,
    }


def enrol(
    settings: Settings,
    log: Log,
    registrars: Sequence[SigningKey],
    public: Mapping[str, str],
    **said: Any,
) -> Recorded:
    """Enrol a key, as an entry signed by the registrars; `said` as enrolment_body takes it."""
    body = body_bytes(enrolment_body(public, **said))
    subject = ("registry/key", public["key"])
    return log.append_one(compose(settings.origin, *subject, REGISTRARS, body, registrars))


def add_institution(
    settings: Settings, log: Log, registrars: Sequence[SigningKey], body: Mapping[str, Any]
) -> Recorded:
    """Record an institution, as an entry signed by the registrars."""
    return log.append_one(
        compose(
            settings.origin,
            "registry/institution",
            str(body["id"]),
            REGISTRARS,
            body_bytes(body),
            registrars,
        )
    )
