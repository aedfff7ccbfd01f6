"""Submissions: what a publisher hands in, and what of it holds wherever it comes to stand."""

from __future__ import annotations

from collections.abc import Sequence
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
    format_said,
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


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """The entry is durable at `index`; `repeated` if it had been published before."""

    index: int
    leaf_hash: bytes
    repeated: bool = False


@dataclass(frozen=True)
class Refused:
    """Why a submission is not in the log."""

    error: JejakError


Outcome = Recorded | Refused


class Prepared(msgspec.Struct, gc=False):
    """A submission whose form, body and signatures hold; what is left depends on its place.

    `registry` is the one that named the `keys`; `said` is the part of the leaf's bytes that is
    the same wherever the entry comes to stand. Nothing of it changes but `packed`, once.
    """

    statement: Statement
    signatures: tuple[Signature, ...]
    value: Any
    body: bytes
    kind: Kind
    meaning: Meaning
    keys: tuple[PublicKey, ...]
    registry: Registry
    said: bytes
    packed: bytes | None = None

    def pack(self) -> bytes:
        """The body as it is stored, deflated by whichever thread asks first."""
        if self.packed is None:
            self.packed = pack(self.body)
        return self.packed


def read_submission(submission: Submission, registry: Registry, kinds: Kinds) -> Prepared:
    """Form, body and meaning of a submission, its signatures not verified. Raises JejakError."""
    statement, signatures = parse_statement(submission.statement), submission.signatures
    check_signature_form(signatures)
    value = parse_body(submission.body)
    check_digest(statement, submission.body)
    kind, meaning = read_meaning(statement, value, kinds)
    keys = signing_keys(registry, statement, signatures, value)
    said, body = format_said(signatures, submission.statement), submission.body
    return Prepared(statement, signatures, value, body, kind, meaning, keys, registry, said)


def check_digest(statement: Statement, body: bytes) -> None:
    """The body is the one that the statement names. Raises Unacceptable."""
    if digest(body) != statement.body:
        raise Unacceptable("the body is not the one whose SHA-256 the statement names")


def prepare(
    submissions: Sequence[Submission], registry: Registry, kinds: Kinds
) -> list[Prepared | Refused]:
    """Form, body, meaning and signatures of submissions; a refusal is an answer, not an error.

    First all are read, then all verified: each of the two finds its own in the processor's caches,
    and takes a third less for it.
    """
    read = [read_or_refuse(each, registry, kinds) for each in submissions]
    return [
        each if isinstance(each, Refused) else verify_or_refuse(each, submission.statement)
        for each, submission in zip(read, submissions, strict=True)
    ]


def read_or_refuse(submission: Submission, registry: Registry, kinds: Kinds) -> Prepared | Refused:
    """A submission as `read_submission` gives it, or why it is refused."""
    try:
        return read_submission(submission, registry, kinds)
    except JejakError as error:
        return Refused(error)


def verify_or_refuse(each: Prepared, statement: bytes) -> Prepared | Refused:
    """What was read of a submission, its signatures verified, its body packed; or the refusal.

    `statement` is in canonical form, and signed as it stands.
    """
    try:
        verify_signatures(SIGNED_PREFIX + statement, each.signatures, each.keys)
    except JejakError as error:
        return Refused(error)
    each.pack()
    return each
