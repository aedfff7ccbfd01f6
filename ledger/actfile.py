"""An act in a file: a statement and its body, which people sign off line, one after the other.

`{"body":"<base64>","signatures":[…],"statement":{…}}`, canonical envelope JSON. The file is made on
one machine, carried to each registrar, and handed to the log when enough have signed. The root
file of a new log is one of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from ledger.body import MAX_BODY, digest, parse_body
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
from ledger.submission import Submission

MAX_FILE = 2 * MAX_BODY


class ActFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of an act file."""

    body: str
    signatures: tuple[Signature, ...]
    statement: Statement


_decode = msgspec.json.Decoder(ActFile).decode


def parse_act_file(raw: bytes) -> Submission:
    """An act as a submission; it may still lack signatures. Raises Malformed."""
    if len(raw) > MAX_FILE:
        raise Malformed(f"an act file of {len(raw)} bytes; at most {MAX_FILE} are allowed")
    try:
        parsed = _decode(raw.strip())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            f"not an act file: {error}", "make one with --act FILE, or with jejak root new"
        ) from error
    statement = format_statement(parsed.statement)
    parse_statement(statement)
    body = parse_base64(parsed.body)
    if digest(body) != parsed.statement.body:
        raise Malformed("the act's body is not the one that its statement names")
    return Submission(statement, parsed.signatures, body)


def format_act_file(act: Submission) -> bytes:
    """The bytes of an act file."""
    return msgspec.json.encode(
        ActFile(
            body=format_base64(act.body),
            signatures=act.signatures,
            statement=parse_statement(act.statement),
        )
    )


def sign_act(act: Submission, key: SigningKey) -> Submission:
    """The act with the signature of one more person."""
    signature = key.sign(parse_statement(act.statement))
    others = [each for each in act.signatures if each.key != key.id]
    signatures = sorted([*others, signature], key=lambda each: each.key)
    return Submission(act.statement, tuple(signatures), act.body)


def act_lines(act: Submission) -> Iterator[str]:
    """What the act says, for whoever is about to sign it. Raises Malformed."""
    statement = parse_statement(act.statement)
    yield f"log:       {statement.log}"
    yield f"kind:      {statement.kind}"
    yield f"subject:   {statement.subject}"
    yield f"in whose name: {statement.org}"
    yield f"time:      {statement.time}"
    if statement.replaced is not None:
        yield f"replaces:  {statement.replaced}"
    yield f"body:      SHA-256 {statement.body}"
    shown = json.dumps(parse_body(act.body), indent=2, ensure_ascii=True, default=str)
    yield from (f"  {line}" for line in shown.split("\n"))
    for signature in act.signatures:
        yield f"signed by: {signature.key}"
    if not act.signatures:
        yield "signed by: nobody yet"
