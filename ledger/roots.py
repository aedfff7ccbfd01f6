"""The registrars' root file: entry 0 as the registrars sign it, off line, one after the other.

`{"body":"<base64>","signatures":[…],"statement":{…}}`, canonical envelope JSON.
"""

from __future__ import annotations

import msgspec

from ledger.envelope import (
    Signature,
    Statement,
    format_base64,
    format_statement,
    parse_base64,
    parse_statement,
)
from ledger.errors import Malformed
from ledger.keys import SigningKey
from ledger.log import Submission


class RootFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of a root file."""

    body: str
    signatures: tuple[Signature, ...]
    statement: Statement


_decode = msgspec.json.Decoder(RootFile).decode


def parse_root_file(raw: bytes) -> Submission:
    """A root file as a submission; it may still lack signatures. Raises Malformed."""
    try:
        parsed = _decode(raw.strip())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not a root file: {error}", "make one with jejak root new") from error
    statement = format_statement(parsed.statement)
    parse_statement(statement)
    return Submission(statement, parsed.signatures, parse_base64(parsed.body))


def format_root_file(root: Submission) -> bytes:
    """The bytes of a root file."""
    return msgspec.json.encode(
        RootFile(
            body=format_base64(root.body),
            signatures=root.signatures,
            statement=parse_statement(root.statement),
        )
    )


def sign_root(root: Submission, key: SigningKey) -> Submission:
    """The root with the signature of one more registrar."""
    signature = key.sign(parse_statement(root.statement))
    others = [each for each in root.signatures if each.key != key.id]
    signatures = sorted([*others, signature], key=lambda each: each.key)
    return Submission(root.statement, tuple(signatures), root.body)
