"""Placing: submissions become entries one after the other, and are written all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from ledger import store
from ledger.admission import (
    Place,
    admit_meaning,
    check_signers,
    signing_keys,
    verify_signatures,
)
from ledger.batch import BatchFacts
from ledger.envelope import MAX_ENTRY, Signature, Statement, format_leaf, signed_bytes
from ledger.errors import Conflict, JejakError, Malformed, NotFound, Unavailable
from ledger.kinds import Kind, Meaning
from ledger.merkle import leaf_hash
from ledger.registry import Registry
from ledger.submission import Outcome, Prepared, Recorded, Refused

_HEAD = store.table(store.HeadRow)
_ENTRY = store.table(store.EntryRow)
_BODY = store.table(store.BodyRow)
_ACT = store.table(store.ActRow)


@dataclass(frozen=True)
class Head:
    """How far the log goes: `size` entries, the last one's leaf hash and `at`."""

    size: int
    leaf_hash: bytes
    at: str
    halted: str | None = None


def check_open(head: Head) -> None:
    """The log takes entries. Raises Conflict when it is halted."""
    if head.halted:
        raise Conflict(f"the log is read-only: {head.halted}", "see jejak status")


def check_size(leaf: bytes) -> None:
    """An entry is not longer than any may be. Raises Malformed."""
    if len(leaf) > MAX_ENTRY:
        raise Malformed(f"entry of {len(leaf)} bytes; {MAX_ENTRY} are allowed")


def read_head(connection: Connection, *, lock: bool = False) -> Head:
    """The head row; with `lock` nobody else appends before this transaction ends.

    Raises NotFound when the database holds no log.
    """
    query = select(_HEAD.c.size, _HEAD.c.leaf_hash, _HEAD.c.at, _HEAD.c.halted)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("the database holds no log", "run jejak init")
    return Head(*row)


class Placing:
    """Places submissions one after the other, then writes them at once."""

    def __init__(
        self, origin: str, head: Head, at: str, registry: Registry, facts: BatchFacts
    ) -> None:
        """`at` is the log's time of every entry placed here; the head is compared on writing."""
        self.origin, self.start, self.at, self.facts = origin, head, at, facts
        self.index, self.prev = head.size, head.leaf_hash
        self.registry, self.own = registry, False
        self.rows: list[tuple[int, bytes, bytes, int, int]] = []
        self.bodies: list[tuple[int, Prepared]] = []
        self.acts: list[tuple[int]] = []
        self._allowed: set[tuple[object, ...]] = set()

    def is_still(self, head: Head, at: str) -> bool:
        """Whether what is placed after this head, at this time, stands where it was placed here."""
        return (self.start, self.at) == (head, at)

    def place(self, each: Prepared | Refused) -> Outcome:
        """Give the next place to a submission that may stand there."""
        if isinstance(each, Refused):
            return each
        known = self.facts.publication(each.statement)
        if known is not None:
            return Recorded(known[0], known[1], repeated=True)
        try:
            self._admit(each)
            return self._record(each)
        except JejakError as error:
            return Refused(error)

    def _admit(self, each: Prepared) -> None:
        statement, signatures = each.statement, each.signatures
        if each.registry is not self.registry:
            keys = signing_keys(self.registry, statement, signatures, each.value)
            if keys != each.keys:
                verify_signatures(signed_bytes(statement), signatures, keys)
        place = Place(self.index, self.origin, self.at, self.registry, self.facts)
        admit_meaning(
            place, statement, signatures, each.value, each.kind, each.meaning, self._check_signers
        )

    def _check_signers(
        self,
        place: Place,
        statement: Statement,
        signatures: Sequence[Signature],
        body: Any,
        kind: Kind,
        meaning: Meaning,
    ) -> None:
        """Asked once of all that is signed alike: time and registry are the same for them."""
        signers = tuple([signature.key for signature in signatures])
        alike = (statement.kind, statement.org, meaning.owners, signers)
        if alike in self._allowed:
            return
        check_signers(place, statement, signatures, body, kind, meaning)
        if not statement.kind.startswith("registry/"):  # an act's body counts, too
            self._allowed.add(alike)

    def _record(self, each: Prepared) -> Recorded:
        index, leaf = self.index, format_leaf(self.at, self.prev.hex(), each.said)
        check_size(leaf)
        hashed = leaf_hash(leaf)
        body_key = store.key_of(bytes.fromhex(each.statement.body))
        self.rows.append((index, leaf, hashed, store.key_of(hashed), body_key))
        self.bodies.append((index, each))
        if each.statement.kind.startswith("registry/"):
            self._act(each)
        self.facts.add(index, hashed, each)
        self.index, self.prev = index + 1, hashed
        return Recorded(index, hashed)

    def _act(self, each: Prepared) -> None:
        self.acts.append((self.index,))
        self.registry = self.registry if self.own else self.registry.copy()
        self.own = True
        self._allowed.clear()
        self.registry.apply(self.index, each.statement.kind, each.value)

    def write(self, connection: Connection) -> None:
        """Entries, bodies and the head. Raises Unavailable when another process was quicker."""
        if not self.rows:
            return
        store.insert_rows(connection, _ENTRY, self.rows)
        store.insert_rows(connection, _BODY, [(at, each.pack()) for at, each in self.bodies])
        if self.acts:
            store.insert_rows(connection, _ACT, self.acts)
        self.facts.write(connection)
        moved = connection.execute(
            update(_HEAD)
            .where(_HEAD.c.size == self.start.size, _HEAD.c.leaf_hash == self.start.leaf_hash)
            .values(size=self.index, leaf_hash=self.prev, at=self.at)
        )
        if moved.rowcount != 1:
            raise Unavailable("another process has appended meanwhile", "try again")
