"""Admission: may this statement, so signed, stand at this place in the log?

One set of pure rules, used by the log before it appends and by whoever verifies it afterwards.
What the rules must know of earlier entries they ask of `Facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from ledger import acts
from ledger.acts import Enrolment
from ledger.envelope import BatchSignature, Signature, Statement, parse_time
from ledger.errors import Conflict, NotAuthorised, Unacceptable
from ledger.keys import PublicKey, verify_signature
from ledger.kinds import Kind, Kinds, Meaning
from ledger.registry import Registry, unrevoked

AHEAD = timedelta(minutes=5)


class Known(msgspec.Struct, frozen=True, gc=False):
    """What is known of an earlier entry; `replaced` once another entry corrects it."""

    index: int
    kind: str
    org: str
    subject: str
    replaced: bool = False


class Facts(Protocol):
    """What the log holds before this place."""

    def entry(self, leaf_hash: str) -> Known | None:
        """The earlier entry with this leaf hash (hex)."""

    def holder(self, claim: str) -> str | None:
        """Leaf hash (hex) of the earlier entry that holds a claim."""

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """Kinds of the earlier entries with this body."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an entry is to stand: its index, the log's origin and clock, and what is in force."""

    index: int
    origin: str
    at: str
    registry: Registry
    facts: Facts


CheckSigners = Callable[[Place, Statement, Sequence[Signature], Any, Kind, Meaning], None]


def admit(
    place: Place,
    statement: Statement,
    signatures: Sequence[Signature],
    body: Any,
    kinds: Kinds,
) -> Meaning:
    """Everything but the signatures' arithmetic. Raises InvalidInput, NotAuthorised, Conflict.

    `body` is the parsed body; the caller has checked that its digest is the statement's.
    """
    kind, meaning = read_meaning(statement, body, kinds)
    admit_meaning(place, statement, signatures, body, kind, meaning)
    return meaning


def read_meaning(statement: Statement, body: Any, kinds: Kinds) -> tuple[Kind, Meaning]:
    """What holds wherever the entry stands: a known kind, its body, its subject.

    Raises InvalidInput.
    """
    kind = kinds.get(statement.kind)
    if kind is None:
        raise Unacceptable(f"unknown kind {statement.kind!r}", f"known are {', '.join(kinds)}")
    meaning = kind.read(body)
    if meaning.subject != statement.subject:
        raise Unacceptable(f"the statement's subject is not the body's: {meaning.subject[:100]!r}")
    return kind, meaning


def admit_meaning(
    place: Place,
    statement: Statement,
    signatures: Sequence[Signature],
    body: Any,
    kind: Kind,
    meaning: Meaning,
    check: CheckSigners | None = None,
) -> None:
    """What depends on the place. Raises InvalidInput, NotAuthorised, Conflict.

    `check` is asked in place of `check_signers`, by whoever knows its answer already.
    """
    check_statement(place, statement)
    (check or check_signers)(place, statement, signatures, body, kind, meaning)
    check_replaces(place, statement)
    check_claims(place.facts, meaning, statement.replaced)


def check_signers(
    place: Place,
    statement: Statement,
    signatures: Sequence[Signature],
    body: Any,
    kind: Kind,
    meaning: Meaning,
) -> None:
    """The signers may say this, and about this. Raises NotAuthorised, Conflict."""
    signers = check_authority(place, statement, signatures, body, kind.roles)
    if kind.owned:
        check_owners(meaning.owners or (statement.org,), signers)


def signing_keys(
    registry: Registry, statement: Statement, signatures: Sequence[Signature], body: Any
) -> tuple[PublicKey, ...]:
    """The public keys that the signatures name; a new root brings its own. Raises NotAuthorised."""
    named = [signature.key for signature in signatures]
    if statement.kind != "registry/root":
        return tuple([registry.key(key) for key in named])
    brought = acts.parse_root(body).keys
    return tuple([brought[key] if key in brought else registry.key(key) for key in named])


def verify_signatures(
    signed: bytes, signatures: Sequence[Signature], keys: Sequence[PublicKey]
) -> None:
    """Every signature of a statement's signed bytes by the key it names. Raises BadSignature."""
    for signature, key in zip(signatures, keys, strict=True):
        verify_signature(signed, signature, key)


def check_statement(place: Place, statement: Statement) -> None:
    """Log, time, and that the body is not an erased one. Raises Unacceptable."""
    if statement.log != place.origin:
        raise Unacceptable(
            f"the statement is for log {statement.log!r}, not for {place.origin!r}",
            "sign it for this log",
        )
    ahead = statement.time > place.at  # as texts, whose order is that of the times
    if ahead and parse_time(statement.time) - parse_time(place.at) > AHEAD:
        raise Unacceptable(
            f"the statement's time {statement.time} is more than 5 minutes after {place.at}",
            "set the clock and sign again",
        )
    if statement.body in place.registry.erased:
        raise Unacceptable("the body has been erased from this log")


def check_authority(
    place: Place,
    statement: Statement,
    signatures: Sequence[Signature],
    body: Any,
    roles: frozenset[str],
) -> list[Enrolment]:
    """Every signer may say this now; registry kinds by threshold. Raises NotAuthorised, Conflict.

    Returns the enrolments of the signers, none for registrars.
    """
    if statement.kind.startswith("registry/"):
        check_alone(signatures)
        check_registrars(place, statement, {each.key for each in signatures}, body)
        return []
    signers = [place.registry.enrolled(each.key, place.at) for each in signatures]
    for signer in signers:
        if signer.roles.isdisjoint(roles) and roles != acts.ROLES:  # all roles: any enrolled key
            raise NotAuthorised(f"no role of the key of {signer.office!r} allows {statement.kind}")
        if signer.org != statement.org:
            raise NotAuthorised(f"the key speaks for {signer.org!r}, not for {statement.org!r}")
    return signers


def check_alone(signatures: Sequence[Signature]) -> None:
    """An act of the registry is looked at and signed by itself. Raises NotAuthorised."""
    if any(isinstance(each, BatchSignature) for each in signatures):
        raise NotAuthorised("a registry entry is signed by itself, not in a batch")


def check_registrars(place: Place, statement: Statement, signers: set[str], body: Any) -> None:
    """Threshold acts of the registrars. Raises NotAuthorised, Unacceptable, Conflict."""
    registry = place.registry
    if statement.kind == "registry/root":
        check_root(place, signers, body)
        return
    if place.index == 0 or registry.root is None:
        raise Conflict("entry 0 must be a registry/root", "start the log with jejak init")
    registrars = set(registry.registrars())
    needed = registry.root.threshold
    if statement.kind == "registry/revocation":
        revocation = acts.parse_revocation(body)
        check_revocation(registry, revocation.key)
        if signers == {revocation.key}:
            return
    if statement.kind == "registry/erasure":
        check_erasure(place.facts, acts.parse_erasure(body))
        needed = max(needed, min(2, len(registrars)))
    check_threshold(signers, registrars, needed)


def check_root(place: Place, signers: set[str], body: Any) -> None:
    """The threshold of the new root and, after entry 0, of the old. Raises NotAuthorised."""
    new = acts.parse_root(body)
    members = set(unrevoked(new, place.registry.revoked))
    old = place.registry.root
    if old is None:
        check_threshold(signers, members, new.threshold)
        return
    registrars = set(place.registry.registrars())
    if not signers <= members | registrars:
        raise NotAuthorised("a signer is a registrar of neither root")
    check_threshold(signers & registrars, registrars, old.threshold)
    check_threshold(signers & members, members, new.threshold)


def check_threshold(signers: set[str], registrars: set[str], needed: int) -> None:
    """At least `needed` registrars and nobody else. Raises NotAuthorised."""
    if not signers <= registrars:
        raise NotAuthorised("only registrars sign registry entries")
    if len(signers) < needed:
        raise NotAuthorised(f"{len(signers)} of {needed} registrars have signed")


def check_revocation(registry: Registry, key: str) -> None:
    """A known key, and enough registrars left. Raises NotAuthorised, Conflict."""
    registry.key(key)
    if key in registry.revoked:
        raise Conflict(f"key {key[:16]} is revoked already")
    registrars = registry.registrars()
    if registry.root and key in registrars and len(registrars) - 1 < registry.root.threshold:
        raise Conflict(
            "revoking this registrar leaves fewer than the threshold", "sign a new root first"
        )


def check_erasure(facts: Facts, erasure: acts.Erasure) -> None:
    """An earlier body, never a registry one. Raises Unacceptable."""
    kinds = facts.kinds_of_body(erasure.body)
    if not kinds:
        raise Unacceptable("an erasure names the body of an earlier entry")
    if any(kind.startswith("registry/") for kind in kinds):
        raise Unacceptable("the body of a registry entry cannot be erased")
    if erasure.replacement is not None and not facts.kinds_of_body(erasure.replacement):
        raise Unacceptable("the replacement is not the body of an earlier entry")


def check_owners(owners: Sequence[str], signers: Sequence[Enrolment]) -> None:
    """Every signer's `for` covers every owner. Raises NotAuthorised."""
    for owner in owners:
        for signer in signers:
            if not signer.covers_org(owner):
                raise NotAuthorised(
                    f"the key of {signer.office!r} may not speak for {owner!r}",
                    "ask the registrars to enrol it for that organisation",
                )


def check_replaces(place: Place, statement: Statement) -> None:
    """A correction: same org, kind and subject, and only once. Raises Unacceptable, Conflict.

    The org must be the same, not only the owner: a key for `*` may copy anybody's records, and
    must not be able to take one out of the sums.
    """
    if statement.replaced is None:
        return
    earlier = place.facts.entry(statement.replaced)
    if earlier is None:
        raise Unacceptable("'replaces' names no earlier entry")
    if statement.kind.startswith("registry/"):
        raise Unacceptable("registry entries are not corrected; a later one takes their place")
    said = (earlier.kind, earlier.subject, earlier.org)
    if said != (statement.kind, statement.subject, statement.org):
        raise Unacceptable("a correction has the org, kind and subject of what it corrects")
    if earlier.replaced:
        raise Conflict(f"entry {earlier.index} is corrected already", "correct the correction")


def check_claims(facts: Facts, meaning: Meaning, replaced: str | None) -> None:
    """Ids used once, and ids that must be there. Raises Conflict, Unacceptable."""
    for claim in meaning.claims:
        holder = facts.holder(claim)
        if holder is not None and holder != replaced:
            raise Conflict(
                f"{claim!r} is published already", "publish a correction that replaces that entry"
            )
    for need in meaning.needs:
        scheme, _, name = need.partition(":")
        found = facts.entry(name) if scheme == "entry" else facts.holder(need)
        if found is None:
            raise Unacceptable(f"no earlier entry is {need!r}")
