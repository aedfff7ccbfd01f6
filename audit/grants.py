"""What the rules allowed, for all that is alike until the registry changes: judged once, not again.

Who may say what depends on the registry, the time, and what is named in `Alike`, on nothing else
(ledger.admission: the log of check_statement, check_authority, check_owners). Pure.
"""

from __future__ import annotations

from ledger.acts import Enrolment
from ledger.envelope import Ed25519Signature, Entry
from ledger.kinds import Meaning

MAX_GRANTS = 65_536

Alike = tuple[str, str, str, str, tuple[str, ...]]
"""Log, kind, org, the one key that signed, and the organisations whose money is moved."""


class Grants:
    """The enrolments that were allowed to say what, by the registry as it stands."""

    def __init__(self) -> None:
        self._found: dict[Alike, Enrolment] = {}

    def clear(self) -> None:
        """The registry changes."""
        self._found.clear()

    def take(self, alike: Alike, signer: Enrolment) -> None:
        """All rules allowed it."""
        if len(self._found) >= MAX_GRANTS:
            self._found.clear()
        self._found[alike] = signer

    def find(self, alike: Alike, first: str, last: str) -> Enrolment | None:
        """Who was allowed it and is in force between two log times; None: ask all rules."""
        signer = self._found.get(alike)
        if signer is None or first < signer.valid_from:
            return None
        return signer if signer.valid_until is None or last < signer.valid_until else None


def alike_of(entry: Entry, meaning: Meaning | None) -> Alike | None:
    """What an entry is like; None for what goes beyond: corrections, several signers, gestures."""
    statement, signatures = entry.statement, entry.signatures
    if meaning is None or meaning.needs or statement.replaced is not None or len(signatures) > 1:
        return None
    if not isinstance(signatures[0], Ed25519Signature):
        return None
    return statement.log, statement.kind, statement.org, signatures[0].key, meaning.owners
