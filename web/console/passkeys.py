"""Assertions and new passkeys as a browser's form brings them."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.envelope import WebAuthnSignature, parse_base64
from ledger.errors import Malformed
from ledger.keys import PublicKey, check_public_key, key_id

ALGORITHM = "webauthn-es256"
MAX_CREDENTIAL = 1400
MAX_MEMBER = 4096


def read_assertion(form: Mapping[str, str], key: str = "") -> WebAuthnSignature:
    """The signature in a form's fields `authenticator`, `client` and `sig`. Raises Malformed."""
    found = {name: form.get(name, "") for name in ("authenticator", "client", "sig")}
    for name, value in found.items():
        if not value or len(value) > MAX_MEMBER:
            raise Malformed(f"the form has no {name!r} of a passkey", "sign once more")
        parse_base64(value)
    return WebAuthnSignature(key=key, **found)


def read_credential(form: Mapping[str, str]) -> str:
    """The credential id, base64url. Raises Malformed."""
    credential = form.get("credential", "")
    if not 0 < len(credential) <= MAX_CREDENTIAL or not credential.isascii():
        raise Malformed("the form names no passkey", "sign in once more")
    return credential


def read_new_passkey(public: str, rp_id: str, origin: str) -> PublicKey:
    """The key of a passkey made for this console. Raises Malformed, Unacceptable."""
    if len(public) > MAX_MEMBER:
        raise Malformed("the public key is too long", "make the passkey again")
    der = parse_base64(public)
    check_public_key(ALGORITHM, der)
    return PublicKey(key_id(der), ALGORITHM, der, rp_id, origin)


def groups(digest: str) -> str:
    """A digest in short: its first sixteen figures in four groups, to be compared by eye."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))
