"""The registry: who may sign what, and when; a fold over the log's own `registry/*` entries.

The fold is given entries that admission has accepted, in order; it answers what holds at that
place in the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ledger import acts
from ledger.acts import AnchorPlace, Enrolment, Institution, Root
from ledger.errors import NotAuthorised
from ledger.keys import PublicKey


@dataclass
class Registry:
    """Registrars, institutions, keys, revocations, erased bodies and places of anchors.

    `lengths` is how many ocid prefixes of each length there are.
    """

    root: Root | None = None
    institutions: dict[str, Institution] = field(default_factory=dict)
    prefixes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    places: list[AnchorPlace] = field(default_factory=list)
    lengths: Counter[int] = field(default_factory=Counter)

    def apply(self, index: int, kind: str, body: Any) -> None:
        """Take in the accepted registry entry at `index` with its parsed body."""
        _APPLY[kind](self, index, body)

    def copy(self) -> Registry:
        """An independent copy."""
        return Registry(
            self.root,
            dict(self.institutions),
            dict(self.prefixes),
            dict(self.enrolments),
            dict(self.revoked),
            dict(self.erased),
            list(self.places),
            self.lengths.copy(),
        )

    def registrars(self) -> dict[str, PublicKey]:
        """The registrars of the root in force that are not revoked."""
        return unrevoked(self.root, self.revoked) if self.root else {}

    def key(self, key: str) -> PublicKey:
        """The public key with this id. Raises NotAuthorised when nobody enrolled it."""
        if key in self.enrolments:
            return self.enrolments[key].public
        if self.root and key in self.root.keys:
            return self.root.keys[key]
        raise NotAuthorised(f"key {key[:16]} is not enrolled", "ask the registrars to enrol it")

    def enrolled(self, key: str, at: str) -> Enrolment:
        """The enrolment in force for a key at a log time. Raises NotAuthorised."""
        enrolment = self.enrolments.get(key)
        if enrolment is None:
            raise NotAuthorised(f"key {key[:16]} is not enrolled", "ask the registrars to enrol it")
        if key in self.revoked:
            raise NotAuthorised(f"key {key[:16]} is revoked", "sign with a key that is in force")
        late = enrolment.valid_until is not None and at >= enrolment.valid_until
        if at < enrolment.valid_from or late:
            raise NotAuthorised(
                f"key {key[:16]} is valid from {enrolment.valid_from} "
                f"to {enrolment.valid_until or 'no end'}, not at {at}",
                "ask the registrars to enrol a key for this time",
            )
        return enrolment

    def owner_of_ocid(self, ocid: str) -> str | None:
        """The institution with the longest enrolled prefix of the ocid, or None."""
        for length in sorted(self.lengths, reverse=True):
            if holders := self.prefixes.get(ocid[:length]):
                return holders[0]
        return None

    def place_of(self, size: int) -> AnchorPlace | None:
        """Where a checkpoint of this size is anchored, as far as the log says."""
        for place in reversed(self.places):
            if place.from_size <= size:
                return place
        return None


def unrevoked(root: Root, revoked: Iterable[str]) -> dict[str, PublicKey]:
    """The keys of a root that are not revoked."""
    gone = set(revoked)
    return {key: public for key, public in root.keys.items() if key not in gone}


def _apply_root(registry: Registry, _index: int, body: Any) -> None:
    registry.root = acts.parse_root(body)


def _apply_institution(registry: Registry, _index: int, body: Any) -> None:
    institution = acts.parse_institution(body)
    earlier = registry.institutions.get(institution.id)
    registry.institutions[institution.id] = institution
    for prefix in set(earlier.ocids if earlier else ()) - set(institution.ocids):
        _give_up(registry, prefix, institution.id)
    for prefix in filter(None, institution.ocids):
        holders = registry.prefixes.get(prefix, ())
        if institution.id not in holders:
            _hold(registry, prefix, (*holders, institution.id))


def _give_up(registry: Registry, prefix: str, institution: str) -> None:
    """Whoever enrolled the prefix next holds it now."""
    held = registry.prefixes.get(prefix, ())
    _hold(registry, prefix, tuple(each for each in held if each != institution))


def _hold(registry: Registry, prefix: str, holders: tuple[str, ...]) -> None:
    """Who holds a prefix; nobody: it is a prefix no more."""
    if registry.prefixes.pop(prefix, ()):
        registry.lengths[len(prefix)] -= 1
    if holders:
        registry.prefixes[prefix] = holders
        registry.lengths[len(prefix)] += 1
    elif not registry.lengths[len(prefix)]:
        del registry.lengths[len(prefix)]


def _apply_key(registry: Registry, _index: int, body: Any) -> None:
    enrolment = acts.parse_enrolment(body)
    registry.enrolments[enrolment.public.id] = enrolment


def _apply_revocation(registry: Registry, _index: int, body: Any) -> None:
    revocation = acts.parse_revocation(body)
    registry.revoked.setdefault(revocation.key, revocation.effective)


def _apply_erasure(registry: Registry, index: int, body: Any) -> None:
    registry.erased.setdefault(acts.parse_erasure(body).body, index)


def _apply_anchor(registry: Registry, _index: int, body: Any) -> None:
    registry.places.append(acts.parse_anchor_place(body))


_APPLY = {
    "registry/root": _apply_root,
    "registry/institution": _apply_institution,
    "registry/key": _apply_key,
    "registry/revocation": _apply_revocation,
    "registry/erasure": _apply_erasure,
    "registry/anchor": _apply_anchor,
}
