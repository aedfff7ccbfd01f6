"""What a thief makes of an entry: one member altered, all others as they were."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import msgspec

from ledger.envelope import Ed25519Signature, format_entry
from tests.audit.genuine import Row

VICTIM = 266
"""An entry of the import, in the second group and not at its edge."""

LAST_GROUP = 800
"""An entry of the last group, whose bodies lie by themselves."""


def altered(row: Row, **changes: Any) -> bytes:
    """The leaf of a row with members of its entry, or of its statement, set."""
    entry = row.entry
    within = {name: changes.pop(name) for name in tuple(changes) if hasattr(entry.statement, name)}
    statement = msgspec.structs.replace(entry.statement, **within)
    return format_entry(msgspec.structs.replace(entry, statement=statement, **changes))


def missigned(row: Row) -> bytes:
    """The leaf of a row with one other byte in its signature."""
    (signature,) = row.entry.signatures
    raw = bytearray(b64decode(signature.sig))
    raw[5] ^= 1
    forged = Ed25519Signature(key=signature.key, sig=b64encode(raw).decode())
    return altered(row, signatures=(forged,))


ALTERED: dict[str, tuple[str, Callable[[Row], bytes]]] = {
    "statement-time": ("signatures", lambda row: altered(row, time="2020-01-01T00:00:00Z")),
    "statement-org": ("signatures", lambda row: altered(row, org="ID-OTHER")),
    "statement-subject": ("signatures", lambda row: altered(row, subject="ocds-other-1")),
    "signature": ("signatures", missigned),
    "prev": ("chain", lambda row: altered(row, prev="ab" * 32)),
    "at": ("at", lambda row: altered(row, at="2020-01-01T00:00:00Z")),
}
"""How an entry is altered, and the check that has to say so."""
