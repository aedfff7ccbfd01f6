"""Drafts: private, of one institution, changed until they are fixed for signing.

Once a preview has been asked for, the bytes of body and statement are fixed; any change of an
answer unfixes them and drops what was signed. Of what has been published only the statement and
the index stay.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from ledger import store
from ledger.envelope import Signature, Statement, parse_statement, signed_bytes
from ledger.errors import Conflict, NotFound, Unacceptable
from web.console.fields import Answers
from web.console.opening import Console, now
from web.console.tables import ApprovalRow, DraftRow

MAX_DRAFTS = 500
MAX_ANSWER, MAX_ANSWERS = 8_000, 100_000
"""Characters of an answer that is taken over, and of all answers of a draft."""

EXPLANATION = "explanation"
OPEN = ("draft", "returned")
PUBLISHING = "publishing"
SIGNED = (PUBLISHING, "published")

_DRAFT = store.table(DraftRow)
_APPROVAL = store.table(ApprovalRow)
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Signature).decode


@dataclass(frozen=True)
class Draft:
    """A draft; `body` and `statement` are None until it is fixed."""

    id: str
    org: str
    key: str
    office: str
    form: str
    state: str
    answers: Answers
    body: bytes | None
    statement: bytes | None
    title: str
    amount: int | None
    currency: str | None
    returned: str
    index: int | None
    changed: str

    @property
    def said(self) -> Statement:
        """The statement. Raises Conflict while the draft is not fixed."""
        if self.statement is None:
            raise Conflict("the draft has not been checked", "check it and look at its preview")
        return parse_statement(self.statement)

    @property
    def signed(self) -> bytes:
        """What is signed. Raises Conflict while the draft is not fixed."""
        return signed_bytes(self.said)


@dataclass(frozen=True)
class Approval:
    """A signature over a draft's statement."""

    key: str
    office: str
    signature: Signature


def begun(org: str, key: str, office: str, form: str, answers: Answers) -> Draft:
    """A new draft that nobody keeps yet.

    What it takes over from a record of others is cut where it is longer than any answer.
    """
    answers = {name: value[:MAX_ANSWER] for name, value in answers.items()}
    return Draft(
        id=secrets.token_hex(6),
        org=org,
        key=key,
        office=office,
        form=form,
        state="draft",
        answers=answers,
        body=None,
        statement=None,
        title=answers.get("title", "")[:200],
        amount=None,
        currency=None,
        returned="",
        index=None,
        changed=now(),
    )


def create(console: Console, org: str, key: str, office: str, form: str, answers: Answers) -> str:
    """A new draft; its id. Raises Conflict, Unacceptable as `keep` does."""
    draft = begun(org, key, office, form, answers)
    keep(console, [draft])
    return draft.id


def keep(console: Console, begun: Sequence[Draft], also: Sequence[Any] = ()) -> None:
    """Keep new drafts of one institution, all or none.

    `also` are statements of SQL that belong to the same transaction. Raises Conflict when there
    are too many, Unacceptable for answers too long to keep.
    """
    unsigned = select(func.count()).where(
        _DRAFT.c.org == begun[0].org, _DRAFT.c.state.not_in(SIGNED)
    )
    rows = [{**asdict(each), **_kept(each.answers)} for each in begun]
    with store.transaction(console.engine) as connection:
        if (connection.execute(unsigned).scalar() or 0) + len(begun) > MAX_DRAFTS:
            raise Conflict(
                f"with these there are more than {MAX_DRAFTS} drafts", "publish or delete some"
            )
        connection.execute(insert(_DRAFT), rows)
        for each in also:
            connection.execute(each)


def find(console: Console, org: str, number: str) -> Draft:
    """A draft of this institution. Raises NotFound, also for one of another."""
    query = select(_DRAFT).where(_DRAFT.c.id == number, _DRAFT.c.org == org)
    with store.reading(console.engine) as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("there is no such draft", "look for it in the list")
    return _draft(row)


def listed(console: Console, org: str, limit: int = MAX_DRAFTS) -> list[Draft]:
    """The drafts of an institution, the last changed first."""
    query = select(_DRAFT).where(_DRAFT.c.org == org).order_by(_DRAFT.c.changed.desc())
    with store.reading(console.engine) as connection:
        return [_draft(row) for row in connection.execute(query.limit(limit)).mappings()]


def named(console: Console, org: str, numbers: Sequence[str]) -> list[Draft]:
    """The drafts of an institution with these ids, in no order; those gone are left out."""
    query = select(_DRAFT).where(_DRAFT.c.org == org, _DRAFT.c.id.in_(numbers))
    with store.reading(console.engine) as connection:
        return [_draft(row) for row in connection.execute(query).mappings()]


def change(console: Console, draft: Draft, answers: Answers) -> None:
    """Other answers: the draft is no longer fixed, and the reason given for the old ones is gone.

    Raises Conflict once it waits or is public, Unacceptable for answers too long to keep.
    """
    told = answers.get(EXPLANATION)
    if told and told == draft.answers.get(EXPLANATION) and answers != draft.answers:
        answers = {name: value for name, value in answers.items() if name != EXPLANATION}
    _update(console, draft, OPEN, **_kept(answers), body=None, statement=None)


def fix(
    console: Console,
    draft: Draft,
    body: bytes,
    statement: bytes,
    money: tuple[int | None, str | None],
) -> None:
    """Fix the bytes that are to be signed. Raises Conflict as `change` does."""
    amount, currency = money
    _update(console, draft, OPEN, body=body, statement=statement, amount=amount, currency=currency)


def approve(console: Console, draft: Draft, approval: Approval) -> None:
    """Keep a signature; the draft waits for another. Raises Conflict when it has changed."""
    approve_all(console, [(draft, approval)])


def approve_all(
    console: Console, approved: Sequence[tuple[Draft, Approval]], also: Sequence[Any] = ()
) -> None:
    """The same for several drafts, all or none; `also` belongs to the same transaction."""
    with store.transaction(console.engine) as connection:
        for draft, approval in approved:
            kept = insert(_APPROVAL).values(**_approval_row(draft, approval))
            _change(connection, draft, OPEN, kept, state="waiting", returned="")
        for each in also:
            connection.execute(each)


def approvals(console: Console, draft: Draft) -> list[Approval]:
    """The signatures that a waiting draft has."""
    query = select(_APPROVAL).where(_APPROVAL.c.draft == draft.id).order_by(_APPROVAL.c.key)
    with store.reading(console.engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [Approval(row["key"], row["office"], _DECODE(row["signature"])) for row in rows]


def claim(console: Console, draft: Draft, approval: Approval) -> None:
    """Keep the last signature; from here on nobody changes the draft. Raises Conflict.

    Before the log is asked: what stands there must not be signed and published once more. In the
    state in which it was read: what waited then must not have been returned since.
    """
    claim_all(console, [(draft, approval)])


def claim_all(console: Console, claimed: Sequence[tuple[Draft, Approval]]) -> None:
    """The same for several drafts, all or none. Raises Conflict."""
    with store.transaction(console.engine) as connection:
        for draft, approval in claimed:
            kept = insert(_APPROVAL).values(**_approval_row(draft, approval))
            states = [each for each in (*OPEN, "waiting") if each == draft.state]
            _change(connection, draft, states, kept, state=PUBLISHING)


def release(console: Console, draft: Draft, approval: Approval) -> None:
    """Put a claimed draft back as `draft` was read: the log has refused it."""
    also = delete(_APPROVAL).where(_APPROVAL.c.draft == draft.id, _APPROVAL.c.key == approval.key)
    _update(console, draft, (PUBLISHING,), also, state=draft.state)


def give_back(console: Console, draft: Draft, reason: str, state: str = "waiting") -> None:
    """Return a waiting draft to its author, its signatures dropped. Raises Conflict.

    One in the state PUBLISHING is returned when the log has refused it for good.
    """
    _update(console, draft, (state,), state="returned", returned=reason, body=None, statement=None)


def publish(console: Console, draft: Draft, index: int) -> None:
    """Say under which index a claimed draft stands in the log, unless somebody has just said so.

    What it said is kept by the log alone, where an order can erase it.
    """
    publish_all(console, [(draft, index)])


def publish_all(console: Console, published: Sequence[tuple[Draft, int]]) -> None:
    """The same for several drafts; those of which it is said already are passed over."""
    nothing = {"answers": "{}", "body": None, "title": "", "amount": None, "currency": None}
    with store.transaction(console.engine) as connection:
        for draft, index in published:
            with suppress(Conflict):
                said = {"state": "published", "index": index, **nothing}
                _change(connection, draft, (PUBLISHING,), **said)
    store.truncate_journal(console.engine)


def discard(console: Console, draft: Draft) -> None:
    """Delete a draft that waits for nobody. Raises Conflict."""
    also = delete(_DRAFT).where(_DRAFT.c.id == draft.id)
    _update(console, draft, OPEN, also, state="deleted", statement=None)


def _update(
    console: Console, draft: Draft, states: Sequence[str], also: Any = None, **values: Any
) -> None:
    with store.transaction(console.engine) as connection:
        _change(connection, draft, states, also, **values)


def _change(
    connection: Connection, draft: Draft, states: Sequence[str], also: Any = None, **values: Any
) -> None:
    """Change a draft that is still as it was read; what was signed goes with what it was about."""
    kept, read = _DRAFT.c.statement, draft.statement
    same = kept.is_(None) if read is None else kept == read
    changed = (
        update(_DRAFT)
        .where(_DRAFT.c.id == draft.id, _DRAFT.c.state.in_(states), same)
        .values(**values, changed=now())
    )
    if connection.execute(changed).rowcount != 1:
        raise Conflict("the draft has changed meanwhile", "open it again and look at it anew")
    if "statement" in values:
        connection.execute(delete(_APPROVAL).where(_APPROVAL.c.draft == draft.id))
    if also is not None:
        connection.execute(also)


def _kept(answers: Answers) -> dict[str, str]:
    """Answers as a row has them; U+0000, which no database takes, is shown as unreadable."""
    if sum(map(len, answers.values())) > MAX_ANSWERS:
        raise Unacceptable(f"a draft has at most {MAX_ANSWERS} characters", "write less")
    clean = {name: value.replace("\0", "\ufffd") for name, value in answers.items()}
    return {"answers": json.dumps(clean), "title": clean.get("title", "")[:200]}


def _approval_row(draft: Draft, approval: Approval) -> dict[str, str]:
    return {
        "draft": draft.id,
        "key": approval.key,
        "office": approval.office,
        "signature": _ENCODE(approval.signature).decode(),
    }


def _draft(row: Any) -> Draft:
    values = {name: row[name] for name in Draft.__annotations__}
    return Draft(**{**values, "answers": json.loads(row["answers"])})
