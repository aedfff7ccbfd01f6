"""Bodies, signatures and authority of the entries, in order, by the very rules of admission.

A registry entry with a bad signature, authority or body changes nothing. Pure but for the
executor that verifies signatures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from audit.checks import Checks
from audit.earlier import EarlierEntries
from audit.files import Mark
from audit.grants import Grants, alike_of
from audit.reading import REGISTRY, BodyRead, EntryRead
from audit.signatures import SignatureQueue, Signed
from ledger import acts
from ledger.admission import (
    Place,
    admit_meaning,
    check_authority,
    check_replaces,
    check_statement,
    signing_keys,
)
from ledger.body import parse_body
from ledger.envelope import Entry, Statement, parse_time
from ledger.errors import JejakError
from ledger.gesture import companions, words_of
from ledger.keys import PublicKey
from ledger.kinds import Kind, Kinds, Meaning

LATE = timedelta(days=1)
RELEASE = "ocds/release"

_DAY = len("2026-01-31")

_CLAIM_IN_SUBJECT = {"budget/payment": "payment", "budget/appropriation": "appropriation"}


class Unread:
    """Marks the value of a body that is erased, or that is not what it should be."""


class EntryRules:
    """Judges one entry after the other."""

    def __init__(
        self,
        origin: str,
        kinds: Kinds,
        checks: Checks,
        queue: SignatureQueue,
        earlier: EarlierEntries,
    ) -> None:
        self.registry = earlier.registry()
        self._origin = origin
        self._kinds = kinds
        self._checks = checks
        self._queue = queue
        self._earlier = earlier
        self._grants = Grants()
        self._given: Mapping[str, PublicKey] = {}

    def begin(self, entries: Sequence[EntryRead | None], keys: Mapping[str, PublicKey]) -> None:
        """These come next; their signatures were verified with these keys."""
        self._given = keys
        self._earlier.expect([each for each in entries if each is not None])

    def take(self, index: int, hashed: bytes, read: EntryRead) -> None:
        """Judge the entry at an index."""
        entry, statement = read.entry, read.entry.statement
        self._count_body(index, statement, read.body)
        kind = self._kinds.get(statement.kind)
        first = self._earlier.publication(index, read.name)
        if kind is None:
            self._checks.authority.fail(f"unknown kind {statement.kind!r}", index)
        elif first is not None:
            # Played again, an old enrolment would give back what a later one took away.
            self._checks.authority.fail(f"the same was published before, as entry {first}", index)
        elif not self._settled(index, hashed, read):
            place = Place(index, self._origin, entry.at, self.registry, self._earlier)
            self._judge(place, hashed, read, kind)
        self._earlier.add(index, hashed, statement, read.body.mark is not Mark.ABSENT)

    def end(self) -> None:
        """Those that were to come have been judged."""
        self._earlier.settle()

    def finish(self) -> None:
        """Bodies that are not there need an erasure; erased ones should not be there."""
        self._queue.flush()
        bodies, erased = self._checks.bodies, self.registry.erased
        for digest, index in self._earlier.missed():
            if digest in erased:
                bodies.hold()
                bodies.remark(f"the body is erased, under order, by entry {erased[digest]}", index)
            else:
                bodies.fail("the body is absent, and no erasure names it", index)
        for digest, index in erased.items():
            served = self._earlier.served_at(digest)
            if served is not None:
                bodies.remark(f"the body is served although entry {index} erases it", served)

    def _count_body(self, index: int, statement: Statement, body: BodyRead) -> None:
        """A body that is not there, or not what it should be."""
        if body.mark is Mark.ABSENT:
            self._earlier.miss(statement.body, index)
        elif body.fault is not None:
            self._checks.bodies.fail(body.fault, index)

    def _settled(self, index: int, hashed: bytes, read: EntryRead) -> bool:
        """Whether an entry is in order because one like it was; if so, all is done that follows."""
        entry, meaning = read.entry, read.body.meaning
        alike = alike_of(entry, meaning)
        signer = alike and self._grants.find(alike, entry.at)
        if not signer or meaning is None or not read.verified:
            return False
        if self._given.get(signer.public.id) is not signer.public or not self._free(entry, meaning):
            return False
        self._checks.bodies.hold()
        self._checks.signatures.hold()
        self._checks.authority.hold()
        self._earlier.add_signer(signer.public.id, entry.at, index)
        self._earlier.admit(hashed, entry.statement, meaning.claims)
        self._remark(index, entry)
        return True

    def _free(self, entry: Entry, meaning: Meaning) -> bool:
        """Whether nothing before stands in the way of an entry: no erasure, no claim, no time."""
        statement = entry.statement
        if statement.time > entry.at or statement.body in self.registry.erased:
            return False
        return all(self._earlier.holder(claim) is None for claim in meaning.claims)

    def _judge(self, place: Place, hashed: bytes, read: EntryRead, kind: Kind) -> None:
        """Meaning, then signatures, then authority; what passes takes effect."""
        entry, statement, body = read.entry, read.entry.statement, read.body
        self._count_meaning(place.index, body)
        registry = statement.kind.startswith(REGISTRY)
        value = Unread if body.raw is None else parse_body(body.raw)
        keys = self._keys(entry, value)
        if registry and body.meaning is None:
            return
        verified = bool(keys) and self._verified(place.index, read, keys, now=registry)
        if not self._admitted(place, entry, value, kind, body.meaning) or not verified:
            return
        self._earlier.admit(hashed, statement, claims_of(statement, body.meaning))
        if registry:
            self._apply(place.index, statement, value)
        else:
            if alike := alike_of(entry, body.meaning):
                self._grants.take(alike, self.registry.enrolments[keys[0].id])
            self._remark(place.index, entry)

    def _count_meaning(self, index: int, body: BodyRead) -> None:
        if body.unfit is not None:
            self._checks.bodies.fail(body.unfit, index)
        elif body.meaning is not None:
            self._checks.bodies.hold()

    def _keys(self, entry: Entry, value: Any) -> tuple[PublicKey, ...]:
        """The keys the signatures name; none where one of them is unknown: then nobody may sign."""
        try:
            return signing_keys(self.registry, entry.statement, entry.signatures, value)
        except JejakError:
            return ()

    def _verified(
        self, index: int, read: EntryRead, keys: tuple[PublicKey, ...], *, now: bool
    ) -> bool:
        """Whether the signatures verify, as far as that is known already."""
        entry = read.entry
        for key in keys:
            self._earlier.add_signer(key.id, entry.at, index)
        signed = Signed(index, entry.statement, entry.signatures, keys)
        if now:
            return self._queue.now(signed)
        if read.verified is None or any(self._given.get(key.id) != key for key in keys):
            self._queue.put(signed)
        else:
            self._queue.count(index, None if read.verified else read.unverified)
        return True

    def _admitted(
        self, place: Place, entry: Entry, value: Any, kind: Kind, meaning: Meaning | None
    ) -> bool:
        statement, signatures = entry.statement, entry.signatures
        try:
            if meaning is None:
                # Of an erased body nothing but the statement can be judged.
                check_statement(place, statement)
                check_authority(place, statement, signatures, None, kind.roles)
                check_replaces(place, statement)
            else:
                admit_meaning(place, statement, signatures, value, kind, meaning)
        except JejakError as error:
            self._checks.authority.fail(error.message, place.index)
            return False
        self._checks.authority.hold()
        return True

    def _apply(self, index: int, statement: Statement, value: Any) -> None:
        self.registry.apply(index, statement.kind, value)
        self._grants.clear()
        self._earlier.add_act(index, statement, value)
        if statement.kind == "registry/root" and value.get("predecessor"):
            before = value["predecessor"]
            self._checks.authority.remark(
                f"the log succeeds {before['origin']!r} of size {before['size']} and root "
                f"{before['root']}: verify that one by its own trust file, and compare",
                index,
            )
        if statement.kind != "registry/revocation":
            return
        revocation = acts.parse_revocation(value)
        since = self._earlier.signed_since(revocation.key, revocation.effective)
        if since.count:
            self._checks.authority.remark(
                f"{since.count} entries by key {revocation.key[:16]}, revoked by entry {index}, "
                f"were recorded since {revocation.effective}, from when it was not to be used",
                since.index,
            )

    def _remark(self, index: int, entry: Entry) -> None:
        statement, authority = entry.statement, self._checks.authority
        if others := companions(entry.signatures):
            self._checks.signatures.remark(words_of(others), index)
        same_day = entry.at[:_DAY] == statement.time[:_DAY]
        if not same_day and parse_time(entry.at) - parse_time(statement.time) > LATE:
            authority.remark(f"signed at {statement.time}, a day and more before", index)
        if statement.kind == RELEASE:
            owner = self._owner(statement)
            signers = [self.registry.enrolments[each.key] for each in entry.signatures]
            if not any(signer.covers_org(owner) for signer in signers):
                authority.remark(f"about a process of {owner!r}: shown, not merged", index)

    def _owner(self, statement: Statement) -> str:
        """The owner of a process: by the enrolled prefix of its ocid, else by its first entry."""
        ocid = unquote(statement.subject)
        self._earlier.add_process(ocid, statement.org)
        return self.registry.owner_of_ocid(ocid) or self._earlier.owner_by_entry(ocid)


def claims_of(statement: Statement, meaning: Meaning | None) -> tuple[str, ...]:
    """The ids an entry uses up; of an erased body those its subject tells."""
    if meaning is not None:
        return meaning.claims
    scheme = _CLAIM_IN_SUBJECT.get(statement.kind)
    return (f"{scheme}:{unquote(statement.subject)}",) if scheme else ()
