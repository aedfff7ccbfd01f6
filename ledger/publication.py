"""A publication on its way to a log: statement, signatures and body in one JSON object.

    {"body":"<base64 of the body's bytes>","signatures":[…],"statement":{…}}

Members stand in any order with any white space: a statement has one canonical form only, so the
bytes that were signed are found again, and the body travels as the bytes it is.
"""

from __future__ import annotations

import json
from functools import partial
from typing import NoReturn

import msgspec

from ledger.body import MAX_BODY, check_depth, distinct_members
from ledger.envelope import (
    Signature,
    Statement,
    check_signature_form,
    format_base64,
    format_statement,
    parse_base64,
    parse_statement,
)
from ledger.errors import Malformed
from ledger.submission import Submission

MAX_ENVELOPE = 64 * 1024
MAX_PUBLICATION = -(-MAX_BODY // 3) * 4 + MAX_ENVELOPE
"""Bytes of the largest body in base64, and of all around it."""

_WHAT = "publication"


class _Parts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: str
    signatures: tuple[Signature, ...]
    statement: Statement


def parse_publication(raw: bytes) -> Submission:
    """A publication as a submission; `signatures` may be empty. Raises Malformed.

    Nothing is verified, and whether the body is the one stated is not looked at.
    """
    parts = _parts(raw)
    try:
        statement = format_statement(parts.statement)
        parse_statement(statement)
        if parts.signatures:
            check_signature_form(parts.signatures)
    except UnicodeEncodeError as error:
        raise Malformed(f"{_WHAT} has a lone surrogate") from error
    return Submission(statement, parts.signatures, parse_base64(parts.body))


def format_publication(submission: Submission) -> bytes:
    """The bytes of a publication."""
    return msgspec.json.encode(
        _Parts(
            body=format_base64(submission.body),
            signatures=submission.signatures,
            statement=parse_statement(submission.statement),
        )
    )


def _parts(raw: bytes) -> _Parts:
    if len(raw) > MAX_PUBLICATION:
        raise Malformed(f"{_WHAT} of {len(raw)} bytes; at most {MAX_PUBLICATION} are allowed")
    check_depth(raw, _WHAT)
    try:
        return msgspec.convert(_DECODER.decode(raw.decode("utf-8")), _Parts)
    except UnicodeDecodeError as error:
        raise Malformed(f"{_WHAT} is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise Malformed(
            f"{_WHAT} is not JSON: {error}", "send JSON as docs/api.md has it"
        ) from error
    except msgspec.ValidationError as error:
        raise Malformed(f"not a {_WHAT}: {error}", "see docs/api.md for its members") from error


def _no_number(text: str) -> NoReturn:
    raise Malformed(f"{_WHAT} has the number {text[:20]}, and no member is one")


_DECODER = json.JSONDecoder(
    object_pairs_hook=partial(distinct_members, what=_WHAT),
    parse_int=_no_number,
    parse_float=_no_number,
    parse_constant=_no_number,
)
