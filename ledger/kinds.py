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


class Meaning(msgspec.Struct, frozen=True):
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

KINDS: dict[str, Kind] = {
    "registry/root": Kind(_NOBODY, lambda body: Meaning(_root(body))),
    "registry/institution": Kind(_NOBODY, lambda body: Meaning(acts.parse_institution(body).id)),
    "registry/key": Kind(_NOBODY, lambda body: Meaning(acts.parse_enrolment(body).public.id)),
    "registry/revocation": Kind(_NOBODY, lambda body: Meaning(acts.parse_revocation(body).key)),
    "registry/erasure": Kind(_NOBODY, lambda body: Meaning(acts.parse_erasure(body).body)),
    "registry/anchor": Kind(_NOBODY, lambda body: Meaning(acts.parse_anchor_place(body).log)),
    "note": Kind(acts.ROLES, lambda body: _note(acts.parse_remark(body))),
}


def _root(body: Any) -> str:
    acts.parse_root(body)
    return "root"


def _note(remark: acts.Remark) -> Meaning:
    return Meaning(remark.about[0], needs=tuple([f"entry:{each}" for each in remark.about]))
