"""What an assertion says of its own site: all that is to be had where no registry is at hand.

A receipt brings a passkey's public key, and not the relying party and origin it was enrolled with.
The assertion names its origin, and the hash of its relying party, which is the origin's host or a
domain above it. With these the challenge, the flags and the signature are checked; that the key was
enrolled for this site stays open. Pure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

from ledger.envelope import BatchSignature, WebAuthnSignature, parse_base64
from ledger.errors import BadSignature
from ledger.keys import PublicKey

_CLIENT = re.compile(
    rb'\{"type":"webauthn\.get","challenge":"[A-Za-z0-9_-]*",'
    rb'"origin":"(https?://([a-z0-9.-]+)(?::[0-9]{1,5})?)"'
)


def as_claimed(key: PublicKey, signature: WebAuthnSignature | BatchSignature) -> PublicKey:
    """The key, with the site that the assertion names. Raises BadSignature if it names none."""
    named = _CLIENT.match(parse_base64(signature.client))
    if named is None:
        raise BadSignature("the assertion's type, challenge or origin is not the one expected")
    origin, host = (each.decode("ascii") for each in named.groups())
    claimed = parse_base64(signature.authenticator)[:32]
    labels = host.split(".")
    for domain in (".".join(labels[at:]) for at in range(len(labels))):
        if sha256(domain.encode()).digest() == claimed:
            return replace(key, rp_id=domain, origin=origin)
    raise BadSignature("the assertion is for another relying party")
