"""Who signed an entry: the office each key was enrolled for."""

from __future__ import annotations

from ledger.acts import Enrolment
from ledger.envelope import Entry, Signature
from ledger.gesture import companions
from ledger.registry import Registry
from web.mentions import Names
from web.reader import Reader
from web.views import Organisation, View


class Signer(View, frozen=True):
    """One signature: the key, and for whom it was enrolled.

    `registrar` is a key of the registry itself; `known` is false when nobody enrolled the key;
    `together` is how many other records were signed with the same gesture.
    """

    key: str
    alg: str
    org: Organisation | None
    office: str
    roles: list[str]
    legal_basis: str
    valid_from: str | None
    valid_until: str | None
    registrar: bool
    known: bool
    revoked: bool
    together: int


def signers_of(reader: Reader, entry: Entry) -> list[Signer]:
    """The signers of an entry, as the registry names them."""
    registry = reader.site.log.registry()
    keys = [signature.key for signature in entry.signatures]
    enrolments = {key: registry.enrolments[key] for key in keys if key in registry.enrolments}
    names = Names(reader, (each.org for each in enrolments.values()))
    return [_signer(registry, names, each, enrolments.get(each.key)) for each in entry.signatures]


def _signer(
    registry: Registry, names: Names, signature: Signature, enrolment: Enrolment | None
) -> Signer:
    key = signature.key
    root = registry.root.keys if registry.root else {}
    public = enrolment.public if enrolment else root.get(key)
    return Signer(
        key=key,
        alg=public.alg if public else "",
        org=names.mention(enrolment.org) if enrolment else None,
        office=enrolment.office if enrolment else "",
        roles=sorted(enrolment.roles) if enrolment else [],
        legal_basis=enrolment.legal_basis if enrolment else "",
        valid_from=enrolment.valid_from if enrolment else None,
        valid_until=enrolment.valid_until if enrolment else None,
        registrar=enrolment is None and key in root,
        known=public is not None,
        revoked=key in registry.revoked,
        together=companions([signature]),
    )
