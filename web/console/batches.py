"""Batches: drafts of one table, in its order, that an officer signs by one gesture.

A batch holds no words of its own. What is signed is over the statements of its drafts as they
stand; a draft that is changed, returned or published alone is in the batch no longer than that.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from ledger import store
from ledger.envelope import MIN_BATCH
from ledger.errors import Conflict, NotFound
from ledger.gesture import Gesture, gesture_over
from web.console import drafts
from web.console.drafts import Approval, Draft
from web.console.opening import Console, now
from web.console.tables import BatchRow, MemberRow

_BATCH = store.table(BatchRow)
_MEMBER = store.table(MemberRow)


@dataclass(frozen=True)
class Batch:
    """A batch and its drafts that are still there, in order; `digest` as in BatchRow."""

    id: str
    org: str
    form: str
    office: str
    digest: str
    made: str
    drafts: Sequence[Draft]

    @property
    def left(self) -> list[Draft]:
        """The drafts that are not signed and published yet."""
        return [each for each in self.drafts if each.state not in drafts.SIGNED]

    @property
    def waiting(self) -> bool:
        """Whether one office has signed all that is left, and another is asked for."""
        return bool(self.left) and all(each.state == "waiting" for each in self.left)

    @property
    def unfixed(self) -> list[Draft]:
        """The drafts that have to be checked again before they can be signed."""
        return [each for each in self.left if each.statement is None]


def make(console: Console, form: str, begun: Sequence[Draft]) -> str:
    """Keep new drafts as a batch; its id. Raises Conflict when there are too many drafts."""
    number, first = secrets.token_hex(6), begun[0]
    row = {"id": number, "org": first.org, "form": form, "office": first.office, "made": now()}
    members = [{"draft": each.id, "batch": number, "position": at} for at, each in enumerate(begun)]
    kept = insert(_BATCH).values(**row, digest="")
    drafts.keep(console, begun, [kept, insert(_MEMBER).values(members)])
    return number


def find(console: Console, org: str, number: str) -> Batch:
    """A batch of this institution. Raises NotFound, also for one of another."""
    query = select(_BATCH).where(_BATCH.c.id == number, _BATCH.c.org == org)
    with store.reading(console.engine) as connection:
        row = connection.execute(query).mappings().first()
    members = _members(console, org, number) if row else []
    if row is None or not members:
        raise NotFound("there is no such batch", "look for it in the list")
    return Batch(**row, drafts=members)


def _members(console: Console, org: str, number: str) -> list[Draft]:
    query = select(_MEMBER.c.draft).where(_MEMBER.c.batch == number).order_by(_MEMBER.c.position)
    with store.reading(console.engine) as connection:
        names = list(connection.execute(query).scalars())
    found = {each.id: each for each in drafts.named(console, org, names)}
    return [found[name] for name in names if name in found]


def batch_of(console: Console, draft: Draft) -> str | None:
    """The batch that a draft is in."""
    query = select(_MEMBER.c.batch).where(_MEMBER.c.draft == draft.id)
    with store.reading(console.engine) as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def listed(console: Console, org: str) -> list[Batch]:
    """The batches of an institution that have something left to sign, the newest first."""
    query = select(_BATCH.c.id).where(_BATCH.c.org == org).order_by(_BATCH.c.made.desc()).limit(50)
    with store.reading(console.engine) as connection:
        numbers = list(connection.execute(query).scalars())
    found = []
    for number in numbers:
        with suppress(NotFound):  # each of its drafts has been deleted
            found.append(find(console, org, number))
    return [each for each in found if each.left]


def tree_of(batch: Batch) -> Gesture:
    """The tree over what is left of a batch. Raises Conflict where it cannot be signed as one."""
    left = batch.left
    if len(left) < MIN_BATCH:
        raise Conflict("fewer than two records are left", "sign the last one by itself")
    if batch.unfixed:
        raise Conflict("a record has been changed and not been checked", "check the batch again")
    if len({each.state == "waiting" for each in left}) > 1:
        raise Conflict(
            "one office has signed only some of the records",
            "return those, or have another office sign them one by one",
        )
    return gesture_over([each.said for each in left])


def digest_of(tree: Gesture) -> str:
    """The SHA-256 of what is signed for a batch, hex: what both officers compare."""
    return hashlib.sha256(tree.signed).hexdigest()


def approve(console: Console, batch: Batch, approvals: Sequence[Approval], digest: str) -> None:
    """Keep a first signature on all that is left. Raises Conflict when a draft has changed."""
    signed = update(_BATCH).where(_BATCH.c.id == batch.id).values(digest=digest)
    drafts.approve_all(console, list(zip(batch.left, approvals, strict=True)), [signed])


def discard(console: Console, batch: Batch) -> None:
    """Delete a batch and its drafts, of which none may wait or be published. Raises Conflict."""
    for each in batch.left:
        drafts.discard(console, each)
    if len(batch.left) == len(batch.drafts):
        with store.transaction(console.engine) as connection:
            connection.execute(delete(_MEMBER).where(_MEMBER.c.batch == batch.id))
            connection.execute(delete(_BATCH).where(_BATCH.c.id == batch.id))
