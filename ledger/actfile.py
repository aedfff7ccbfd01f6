"""An act in a file: a statement and its body, which people sign off line, one after the other.

The file holds a publication (ledger.publication). It is made on one machine, carried to each
registrar, and handed to the log when enough have signed. The root file of a new log is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ledger.body import digest, parse_body
from ledger.envelope import parse_statement
from ledger.errors import Malformed
from ledger.keys import SigningKey
from ledger.publication import parse_publication
from ledger.submission import Submission
from ledger.training import NOTICE, is_training


def parse_act_file(raw: bytes) -> Submission:
    """An act as a submission; it may still lack signatures. Raises Malformed."""
    try:
        act = parse_publication(raw)
    except Malformed as error:
        raise Malformed(
            f"not an act file: {error.message}", "make one with --act FILE, or with jejak root new"
        ) from error
    if digest(act.body) != parse_statement(act.statement).body:
        raise Malformed("the act's body is not the one that its statement names")
    return act


def sign_act(act: Submission, *keys: SigningKey) -> Submission:
    """The act with the signatures of more people."""
    statement = parse_statement(act.statement)
    signatures = {each.key: each for each in act.signatures}
    signatures |= {key.id: key.sign(statement) for key in keys}
    ordered = tuple(signatures[key] for key in sorted(signatures))
    return Submission(act.statement, ordered, act.body)


def act_lines(act: Submission) -> Iterator[str]:
    """What the act says, for whoever is about to sign it. Raises Malformed."""
    statement = parse_statement(act.statement)
    if is_training(statement.log):
        yield NOTICE
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
    # Nothing here knows the keys: whoever made the file may have written any key id into it.
    for signature in act.signatures:
        yield f"claims to be signed by: {signature.key}"
    if not act.signatures:
        yield "signed by nobody yet"
