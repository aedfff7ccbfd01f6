"""Kinds of entry: what a body of each must be, and which roles may sign it.

The ledger knows `registry/*` and `note`; the packages above it bring their own kinds, so that the
ledger never imports what the entries mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ledger import acts


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """What admission must know of a body.

    `subject` is the id found in it, `owners` the organisations whose money it moves (every
    signer's `for` must cover them), `claims` the ids it may use once, as `payment:<id>`, `needs`
    the claims that an earlier entry must hold.
    """

    subject: str
    owners: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """Roles that may sign a kind, how to read its body, and whether its subject is owned."""

    roles: frozenset[str]
    read: Callable[[Any], Meaning]
    owned: bool = False


Kinds = Mapping[str, Kind]

_NOBODY: frozenset[str] = frozenset()


def _root(body: Any) -> Meaning:
    acts.parse_root(body)
    return Meaning("root")


def _institution(body: Any) -> Meaning:
    return Meaning(acts.parse_institution(body).id)


def _key(body: Any) -> Meaning:
    return Meaning(acts.parse_enrolment(body).public.id)


def _revocation(body: Any) -> Meaning:
    return Meaning(acts.parse_revocation(body).key)


def _erasure(body: Any) -> Meaning:
    return Meaning(acts.parse_erasure(body).body)


def _anchor(body: Any) -> Meaning:
    return Meaning(acts.parse_anchor_place(body).log)


def _note(body: Any) -> Meaning:
    remark = acts.parse_remark(body)
    return Meaning(remark.about[0], needs=tuple([f"entry:{each}" for each in remark.about]))


# Named functions, so that kinds can be sent to another process.
KINDS: dict[str, Kind] = {
    "registry/root": Kind(_NOBODY, _root),
    "registry/institution": Kind(_NOBODY, _institution),
    "registry/key": Kind(_NOBODY, _key),
    "registry/revocation": Kind(_NOBODY, _revocation),
    "registry/erasure": Kind(_NOBODY, _erasure),
    "registry/anchor": Kind(_NOBODY, _anchor),
    "note": Kind(acts.ROLES, _note),
}
