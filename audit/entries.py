"""Bodies, signatures and authority of the entries, in order, by the very rules of admission.

A registry entry with a bad signature, authority or body changes nothing. Pure but for the
executor that verifies signatures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from audit.checks import Checks
from audit.earlier import EarlierEntries
from audit.files import Mark
from audit.grants import Alike, Grants, alike_of
from audit.ordinary import NOT, Ordinary, signed_late
from audit.readers import Handed
from audit.reads import REGISTRY, BodyRead, EntryRead
from audit.signatures import SignatureQueue, Signed
from ledger import acts
from ledger.acts import Enrolment
from ledger.admission import (
    Place,
    admit_meaning,
    check_authority,
    check_replaces,
    check_statement,
    signing_keys,
)
from ledger.body import parse_body
from ledger.envelope import Entry, Statement
from ledger.errors import JejakError
from ledger.gesture import companions, words_of
from ledger.keys import PublicKey
from ledger.kinds import Kind, Kinds, Meaning

RELEASE = "ocds/release"

_CLAIM_IN_SUBJECT = {"budget/payment": "payment", "budget/appropriation": "appropriation"}


class Unread:
    """Marks the value of a body that is erased, or that is not what it should be."""


class EntryRules:
    """Judges the entries of one group after the other."""

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
        self._between = "", ""
        self._signers: list[Enrolment | None] = []

    def judge(self, first: int, handed: Handed) -> None:
        """Judge a group whose first entry has this index: stretches at once, the others singly."""
        self._given, ordinary = handed.keys, handed.ordinary
        self._signers = self._find_signers(ordinary)
        taken = self._expect(first, handed)
        at, end = 0, len(handed.read)
        while at < end:
            stop = self._reach(at, end, ordinary, taken)
            if at < stop:
                self._settle(first, at, stop, ordinary)
            if stop < end:
                self._take_at(first, stop, handed)
            at = stop + 1
        self._earlier.settle()

    def _find_signers(self, ordinary: Ordinary) -> list[Enrolment | None]:
        """By what entries are like, who was allowed it; None for what must be judged singly."""
        times = [each for each in ordinary.times if each]
        self._between = min(times, default=""), max(times, default="")
        return [*map(self._signer, ordinary.alike), None]  # of NOT

    def _signer(self, alike: Alike) -> Enrolment | None:
        """Who was allowed it for as long as the group lasts, and by whose key it was verified."""
        signer = self._grants.find(alike, *self._between)
        if signer is None:
            return None
        given = self._given.get(signer.public.id)
        # Most often the very same object: to compare members takes longer.
        return signer if given is signer.public or given == signer.public else None

    def _reach(self, at: int, end: int, ordinary: Ordinary, taken: Collection[int]) -> int:
        """The place after the last of the entries from `at` on that are in order."""
        signers, which, bodies = self._signers, ordinary.which, ordinary.bodies
        erased = self.registry.erased
        while at < end and signers[which[at]] and at not in taken and bodies[at] not in erased:
            at += 1
        return at

    def _settle(self, first: int, start: int, stop: int, ordinary: Ordinary) -> None:
        """Entries that are in order because some like them were."""
        self._checks.bodies.hold(stop - start)
        self._checks.signatures.hold(stop - start)
        self._checks.authority.hold(stop - start)
        self._earlier.admit_stretch(start, stop)
        told = [self._told(*each) for each in zip(ordinary.alike, self._signers, strict=False)]
        for at in range(start, stop):
            if at in ordinary.late:
                self._remark_late(first + at, ordinary.late[at])
            if (of := told[ordinary.which[at]]) is not None:
                self._remark_foreign(first + at, ordinary.subjects[at], *of)

    def _told(
        self, alike: Alike, signer: Enrolment | None
    ) -> tuple[str, tuple[Enrolment, ...]] | None:
        """Org and signers of those entries of which more is to be told."""
        _, kind, org, *_ = alike
        return (org, (signer,)) if kind == RELEASE and signer is not None else None

    def _expect(self, first: int, handed: Handed) -> Collection[int]:
        """Ask at once for what was before a group; the places whose name or claim is not free."""
        others = [each for each in handed.read.others.values() if isinstance(each, EntryRead)]
        claims = [
            each for read in others for each in claims_of(read.entry.statement, read.body.meaning)
        ]
        needs = [each for read in others if read.body.meaning for each in read.body.meaning.needs]
        return self._earlier.expect(first, handed.read, handed.ordinary, claims, needs)

    def _take_at(self, first: int, at: int, handed: Handed) -> None:
        """Judge one entry of a group by all rules, if it is in form."""
        read, ordinary = handed.entry(at), handed.ordinary
        if not isinstance(read, EntryRead):
            return
        self._take(first + at, handed.read.hashes[at], read)
        which = ordinary.which[at]
        if read.entry.statement.kind.startswith(REGISTRY):
            self._signers = self._find_signers(ordinary)
        elif which != NOT:
            self._signers[which] = self._signer(ordinary.alike[which])

    def _take(self, index: int, hashed: bytes, read: EntryRead) -> None:
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
        else:
            place = Place(index, self._origin, entry.at, self.registry, self._earlier)
            self._judge(place, hashed, read, kind)
        self._earlier.add(index, hashed, statement, read.body.mark is not Mark.ABSENT)

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
        statement = entry.statement
        if others := companions(entry.signatures):
            self._checks.signatures.remark(words_of(others), index)
        if signed_late(entry):
            self._remark_late(index, statement.time)
        if statement.kind == RELEASE:
            signers = [self.registry.enrolments[each.key] for each in entry.signatures]
            self._remark_foreign(index, statement.subject, statement.org, signers)

    def _remark_late(self, index: int, time: str) -> None:
        self._checks.authority.remark(f"signed at {time}, a day and more before", index)

    def _remark_foreign(
        self, index: int, subject: str, org: str, signers: Sequence[Enrolment]
    ) -> None:
        owner = self._owner(org, unquote(subject))
        for signer in signers:
            if signer.covers_org(owner):
                return
        self._checks.authority.remark(f"about a process of {owner!r}: shown, not merged", index)

    def _owner(self, org: str, ocid: str) -> str:
        """The owner of a process: by the enrolled prefix of its ocid, else by its first entry."""
        self._earlier.add_process(ocid, org)
        return self.registry.owner_of_ocid(ocid) or self._earlier.owner_by_entry(ocid)


def claims_of(statement: Statement, meaning: Meaning | None) -> tuple[str, ...]:
    """The ids an entry uses up; of an erased body those its subject tells."""
    if meaning is not None:
        return meaning.claims
    scheme = _CLAIM_IN_SUBJECT.get(statement.kind)
    return (f"{scheme}:{unquote(statement.subject)}",) if scheme else ()
