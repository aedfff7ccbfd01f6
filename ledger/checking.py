"""Checking a submission without recording it: everything that would refuse it, all at once.

Admission stops at the first reason; whoever prepares a publication wants to know them all. A
submission without signatures is a draft: it is checked as if a key that may sign it had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger import store
from ledger.acts import ROLES
from ledger.admission import (
    Place,
    check_claims,
    check_replaces,
    check_signers,
    check_statement,
    read_meaning,
    signing_keys,
    verify_signatures,
)
from ledger.batch import BatchFacts
from ledger.body import parse_body
from ledger.envelope import (
    MAX_SIGNATURES,
    Ed25519Signature,
    Entry,
    Signature,
    Statement,
    check_signature_form,
    format_entry,
    parse_statement,
    signed_bytes,
)
from ledger.errors import JejakError, NotAuthorised
from ledger.kinds import Kind, Meaning
from ledger.log import Head, Log, Recorded, Submission
from ledger.merkle import leaf_hash
from ledger.placing import check_open, check_size
from ledger.submission import check_digest


@dataclass(frozen=True)
class Draft:
    """The entry that a submission would be: `leaf` at index `head.size`, if nothing is refused.

    A draft without signatures has stand-ins for them: keys that may sign it, and no signature.
    """

    head: Head
    leaf: bytes
    body: bytes
    signatures: tuple[Signature, ...]

    @property
    def leaf_hash(self) -> bytes:
        """The leaf hash that the entry would have."""
        return leaf_hash(self.leaf)


@dataclass(frozen=True)
class Checked:
    """What the log would say: `repeated` where it is published already, else `refusals`."""

    head: Head
    repeated: Recorded | None
    refusals: tuple[JejakError, ...]
    draft: Draft | None = None


@dataclass(frozen=True)
class _Read:
    statement: Statement
    body: Any
    kind: Kind
    meaning: Meaning


def check_submission(log: Log, submission: Submission) -> Checked:
    """Everything the log would refuse a submission for; it writes nothing.

    Raises Unavailable when the database does not answer.
    """
    head, registry = log.head(), log.registry()
    try:
        read = _read(log, submission)
    except JejakError as error:
        return Checked(head, None, (error,))
    with store.reading(log.engine) as connection:
        facts = BatchFacts(connection, [read])
        place = Place(head.size, log.origin, log.now(head.at), registry, facts)
        known = facts.publication(read.statement)
        if known is not None:
            return Checked(head, Recorded(known[0], known[1], repeated=True), ())
        return _check(place, head, submission, read)


def _read(log: Log, submission: Submission) -> _Read:
    statement = parse_statement(submission.statement)
    body = parse_body(submission.body)
    return _Read(statement, body, *read_meaning(statement, body, log.kinds))


def _check(place: Place, head: Head, submission: Submission, read: _Read) -> Checked:
    statement, signatures = read.statement, submission.signatures
    refusals: list[JejakError] = []
    attempt = _collecting(refusals)
    attempt(lambda: check_open(head))
    attempt(lambda: check_digest(statement, submission.body))
    if signatures:
        attempt(lambda: _verify(place, read, signatures))
    else:
        signatures = _stand_ins(place, read)
    attempt(lambda: _check_signers(place, read, signatures))
    attempt(lambda: check_statement(place, statement))
    attempt(lambda: check_replaces(place, statement))
    attempt(lambda: check_claims(place.facts, read.meaning, statement.replaced))
    leaf = format_entry(
        Entry(at=place.at, prev=head.leaf_hash.hex(), signatures=signatures, statement=statement)
    )
    attempt(lambda: check_size(leaf))
    draft = None if refusals else Draft(head, leaf, submission.body, signatures)
    return Checked(head, None, tuple(refusals), draft)


def _collecting(refusals: list[JejakError]) -> Callable[[Callable[[], object]], None]:
    def attempt(check: Callable[[], object]) -> None:
        try:
            check()
        except JejakError as error:
            if str(error) not in map(str, refusals):
                refusals.append(error)

    return attempt


def _verify(place: Place, read: _Read, signatures: tuple[Signature, ...]) -> None:
    check_signature_form(signatures)
    keys = signing_keys(place.registry, read.statement, signatures, read.body)
    verify_signatures(signed_bytes(read.statement), signatures, keys)


def _check_signers(place: Place, read: _Read, signatures: Sequence[Signature]) -> None:
    if not signatures:
        raise NotAuthorised(
            f"no key of {read.statement.org!r} may sign {read.statement.kind} now",
            "ask the registrars to enrol one with the role that it needs",
        )
    check_signers(place, read.statement, signatures, read.body, read.kind, read.meaning)


def _stand_ins(place: Place, read: _Read) -> tuple[Signature, ...]:
    """Empty signatures of keys that may sign: one of the organisation's, or all registrars'."""
    statement, kind = read.statement, read.kind
    if statement.kind.startswith("registry/"):
        return _unsigned(sorted(place.registry.registrars())[:MAX_SIGNATURES])
    owners = (read.meaning.owners or (statement.org,)) if kind.owned else ()
    may = [
        key
        for key, each in place.registry.enrolments.items()
        if each.org == statement.org
        and (kind.roles == ROLES or each.roles & kind.roles)
        and _in_force(place, key)
    ]
    covering = [
        key for key in may if all(place.registry.enrolments[key].covers_org(o) for o in owners)
    ]
    return _unsigned((covering or may)[:1])


def _in_force(place: Place, key: str) -> bool:
    try:
        place.registry.enrolled(key, place.at)
    except NotAuthorised:
        return False
    return True


def _unsigned(keys: Sequence[str]) -> tuple[Signature, ...]:
    return tuple(Ed25519Signature(key=key, sig="") for key in keys)
