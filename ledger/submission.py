"""Submissions: what a publisher hands in, and what of it holds wherever it comes to stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from ledger.admission import read_meaning, signing_keys, verify_signatures
from ledger.body import digest, pack, parse_body
from ledger.envelope import (
    SIGNED_PREFIX,
    Signature,
    Statement,
    check_signature_form,
    parse_statement,
)
from ledger.errors import JejakError, Unacceptable
from ledger.keys import PublicKey
from ledger.kinds import Kind, Kinds, Meaning
from ledger.registry import Registry


@dataclass(frozen=True)
class Submission:
    """What a publisher hands in: canonical statement, signatures, and the body's exact bytes."""

    statement: bytes
    signatures: tuple[Signature, ...]
    body: bytes


class Recorded(msgspec.Struct, frozen=True):
    """The entry is durable at `index`; `repeated` if it had been published before."""

    index: int
    leaf_hash: bytes
    repeated: bool = False


@dataclass(frozen=True)
class Refused:
    """Why a submission is not in the log."""

    error: JejakError


Outcome = Recorded | Refused


class Prepared(msgspec.Struct, frozen=True):
    """A submission whose form, body and signatures hold; what is left depends on its place.

    `registry` is the one that named the `keys`.
    """

    statement: Statement
    signatures: tuple[Signature, ...]
    value: Any
    packed: bytes
    kind: Kind
    meaning: Meaning
    keys: tuple[PublicKey, ...]
    registry: Registry


def prepare(submission: Submission, registry: Registry, kinds: Kinds) -> Prepared:
    """Form, body, meaning and signatures of a submission. Raises JejakError."""
    statement = parse_statement(submission.statement)
    check_signature_form(submission.signatures)
    value = parse_body(submission.body)
    check_digest(statement, submission.body)
    kind, meaning = read_meaning(statement, value, kinds)
    keys = signing_keys(registry, statement, submission.signatures, value)
    # A statement in canonical form is signed as it stands.
    verify_signatures(SIGNED_PREFIX + submission.statement, submission.signatures, keys)
    signatures, packed = submission.signatures, pack(submission.body)
    return Prepared(statement, signatures, value, packed, kind, meaning, keys, registry)


def check_digest(statement: Statement, body: bytes) -> None:
    """The body is the one that the statement names. Raises Unacceptable."""
    if digest(body) != statement.body:
        raise Unacceptable("the body is not the one whose SHA-256 the statement names")


def prepared(submission: Submission, registry: Registry, kinds: Kinds) -> Prepared | Refused:
    """The same, a refusal being an answer and not an error."""
    try:
        return prepare(submission, registry, kinds)
    except JejakError as error:
        return Refused(error)
