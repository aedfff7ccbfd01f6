"""Sessions: opened by a passkey of an enrolled key, kept on the server, ended by time or officer.

The browser holds a random token; the database its SHA-256. The challenge of a sign-in is a token
of ours with a time, authenticated, that works once: showing the page writes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from ledger import store
from ledger.acts import Enrolment
from ledger.envelope import WebAuthnSignature, format_time
from ledger.errors import Conflict, NotAuthorised
from ledger.keys import verify_signature
from ledger.registry import Registry
from web.console.opening import Console, now
from web.console.passkeys import ALGORITHM
from web.console.recovering import signing_keys
from web.console.tables import PasskeyRow, SessionRow, SpentRow

SESSION = timedelta(hours=10)
CHALLENGE = timedelta(minutes=5)
PREFIX = b"jejak/sign-in/1\n"

_SESSION = store.table(SessionRow)
_SPENT = store.table(SpentRow)
_PASSKEY = store.table(PasskeyRow)


@dataclass(frozen=True)
class Session:
    """An open session: the key that signed in, and the token that its forms must carry."""

    token: str
    key: str
    csrf: str


def new_challenge(console: Console) -> str:
    """A token for the sign-in page: random, its end, and our authentication of both."""
    text = f"{secrets.token_hex(16)}.{_after(CHALLENGE)}"
    return f"{text}.{_authenticate(console, text)}"


def signed_in_bytes(origin: str, challenge: str) -> bytes:
    """What a sign-in signs: never the bytes of a statement, which begin otherwise."""
    return PREFIX + f"{origin}\n{challenge}".encode()


def sign_in(
    console: Console,
    registry: Registry,
    challenge: str,
    credential: str,
    signature: WebAuthnSignature,
    before: Session | None = None,
) -> Session:
    """Open a session for the enrolled key whose passkey has signed the challenge.

    It takes the place of others of the key, and of the one that the browser had `before`. Raises
    NotAuthorised, BadSignature, Malformed, Conflict when the challenge is old or spent.
    """
    expires = _check_challenge(console, challenge)
    signed = signed_in_bytes(console.settings.origin, challenge)
    key = _signer(registry, signed, signature)
    registry.enrolled(key, now())
    session = Session(secrets.token_urlsafe(32), key, secrets.token_urlsafe(32))
    try:
        with store.transaction(console.engine) as connection:
            for each in (_SESSION, _SPENT):
                connection.execute(delete(each).where(each.c.expires < now()))
            old = (_SESSION.c.key == key) | (
                _SESSION.c.token == _hash(before.token if before else "")
            )
            connection.execute(delete(_SESSION).where(old))
            connection.execute(insert(_SPENT).values(challenge=challenge, expires=expires))
            connection.execute(
                insert(_SESSION).values(
                    token=_hash(session.token), key=key, csrf=session.csrf, expires=_after(SESSION)
                )
            )
    except IntegrityError as error:
        raise Conflict("this sign-in has been used already", "open the page again") from error
    _remember(console, credential, key)
    return session


def session_of(console: Console, token: str | None) -> Session | None:
    """The open session with this token, or None."""
    if not token:
        return None
    query = select(_SESSION).where(_SESSION.c.token == _hash(token), _SESSION.c.expires > now())
    with store.reading(console.engine) as connection:
        row = connection.execute(query).mappings().first()
    return Session(token, row["key"], row["csrf"]) if row else None


def enrolment_of(registry: Registry, session: Session) -> Enrolment:
    """What the session's key may do now. Raises NotAuthorised once it is revoked or has ended."""
    return registry.enrolled(session.key, now())


def end_session(console: Console, session: Session) -> None:
    """End a session."""
    with store.transaction(console.engine) as connection:
        connection.execute(delete(_SESSION).where(_SESSION.c.token == _hash(session.token)))


def credential_of(console: Console, key: str) -> str:
    """The credential id (base64url) behind an enrolled key, or nothing."""
    query = select(_PASSKEY.c.credential).where(_PASSKEY.c.key == key)
    with store.reading(console.engine) as connection:
        return str(connection.execute(query).scalar() or "")


def _check_challenge(console: Console, challenge: str) -> str:
    """When the challenge ends. Raises NotAuthorised, Conflict."""
    text, _, code = challenge.rpartition(".")
    if not hmac.compare_digest(_authenticate(console, text).encode(), code.encode()):
        raise NotAuthorised("the challenge is not one of this site", "open the sign-in page again")
    expires = text.partition(".")[2]
    if expires < now():
        raise Conflict("the sign-in page has grown old", "open it again")
    return expires


def _signer(registry: Registry, signed: bytes, signature: WebAuthnSignature) -> str:
    """The enrolled key that has signed. Raises NotAuthorised, BadSignature, Malformed."""
    for key in signing_keys(signature):
        enrolment = registry.enrolments.get(key)
        if enrolment is not None and enrolment.public.alg == ALGORITHM:
            named = WebAuthnSignature(
                authenticator=signature.authenticator,
                client=signature.client,
                key=key,
                sig=signature.sig,
            )
            verify_signature(signed, named, enrolment.public)
            return key
    raise NotAuthorised(
        "this passkey is not enrolled", "give its file to the registrars, who enrol it"
    )


def _remember(console: Console, credential: str, key: str) -> None:
    """Keep which credential a key signs with; it is a help for browsers, and opens nothing."""
    if credential_of(console, key) == credential:
        return
    same = (_PASSKEY.c.credential == credential) | (_PASSKEY.c.key == key)
    with suppress(IntegrityError), store.transaction(console.engine) as connection:
        connection.execute(delete(_PASSKEY).where(same))
        connection.execute(insert(_PASSKEY).values(credential=credential, key=key))


def _authenticate(console: Console, text: str) -> str:
    return hmac.new(console.secret, text.encode(), hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _after(span: timedelta) -> str:
    return format_time(datetime.now(UTC) + span)
