"""Entries that may stand wherever one like them may: most of a log, judged by the stretch.

An ordinary entry is in form and has its body, which is of its kind; its one signature, Ed25519,
verifies; it corrects nothing, needs nothing, is no act of the registry, and was not signed after
the log recorded it. What is left to ask is whether its signer may say so (audit.grants), and
whether what it publishes and claims is free. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from audit.grants import Alike, alike_of
from audit.reads import REGISTRY, BodyRead, EntryRead
from ledger.envelope import Entry, Statement, parse_entry, parse_time
from ledger.kinds import Meaning

LATE = timedelta(days=1)
NOT = -1

_DAY = len("2026-01-31")


class Ordinary(msgspec.Struct, frozen=True, array_like=True):
    """The ordinary entries of a group, in columns by their place in it.

    `which` is the place in `alike` of what each is like, and NOT at the place of any other entry,
    where the rest is empty. `claims` and `claiming` go together: a claim, and whose it is. `late`
    are the times at which those were signed that were recorded more than a day later.
    """

    alike: list[Alike]
    which: list[int]
    times: list[str]
    subjects: list[str]
    bodies: list[str]
    claims: list[str]
    claiming: list[int]
    late: dict[int, str]


pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Ordinary).decode


def apart(found: Sequence[EntryRead | str]) -> tuple[Ordinary, dict[int, EntryRead | str]]:
    """The ordinary entries of a group, and the others by their place."""
    likes = [None if isinstance(read, str) else _ordinary(read) for read in found]
    alike: dict[Alike, int] = {}
    which = [NOT if like is None else alike.setdefault(like, len(alike)) for like in likes]
    others = {at: read for at, read in enumerate(found) if which[at] == NOT}
    reads = [_NO_ENTRY if isinstance(read, str) else read for read in found]
    told = [_NO_ENTRY if like is None else read for like, read in zip(likes, reads, strict=True)]
    claims = [
        (at, claim)
        for at, read in enumerate(told)
        if read.body.meaning is not None
        for claim in read.body.meaning.claims
    ]
    ordinary = Ordinary(
        list(alike),
        which,
        [read.entry.at for read in told],
        [read.entry.statement.subject for read in told],
        [read.entry.statement.body for read in told],
        [claim for _, claim in claims],
        [at for at, _ in claims],
        {at: read.entry.statement.time for at, read in enumerate(told) if signed_late(read.entry)},
    )
    return ordinary, others


def entry_read(leaf: bytes, name: bytes, ordinary: Ordinary, at: int) -> EntryRead:
    """The ordinary entry at a place, from its leaf bytes: what `apart` was given of it."""
    entry = parse_entry(leaf)
    owners = ordinary.alike[ordinary.which[at]][-1]
    start, stop = bisect_left(ordinary.claiming, at), bisect_right(ordinary.claiming, at)
    meaning = Meaning(entry.statement.subject, owners, tuple(ordinary.claims[start:stop]))
    return EntryRead(entry, BodyRead(meaning=meaning), name, True)


def signed_late(entry: Entry) -> bool:
    """Whether an entry was signed more than a day before the log recorded it."""
    at, time = entry.at, entry.statement.time
    return at[:_DAY] != time[:_DAY] and parse_time(at) - parse_time(time) > LATE


def entry_at(ordinary: Ordinary, first: int, at: int) -> tuple[int, str, str, str]:
    """Index, kind, org and subject of the entry at a place."""
    _, kind, org, *_ = ordinary.alike[ordinary.which[at]]
    return first + at, kind, org, ordinary.subjects[at]


def _body_at(ordinary: Ordinary, first: int, at: int) -> tuple[str, str, int]:
    """Digest, kind, and the index where it is served."""
    return ordinary.bodies[at], ordinary.alike[ordinary.which[at]][1], first + at


def _signed_at(ordinary: Ordinary, first: int, at: int) -> tuple[str, str, int]:
    """Key, log time and index."""
    return ordinary.alike[ordinary.which[at]][3], ordinary.times[at], first + at


ROWS_OF: Mapping[str, Callable[[Ordinary, int, int], tuple[Any, ...]]] = {
    "body": _body_at,
    "signed": _signed_at,
}
"""The row that an ordinary entry makes in a table of audit.passing, from its group and place."""


def _ordinary(read: EntryRead) -> Alike | None:
    """What an entry is like, if it is an ordinary one."""
    entry, statement = read.entry, read.entry.statement
    # As texts, whose order is that of the times.
    if not read.verified or statement.time > entry.at:
        return None
    if statement.kind.startswith(REGISTRY):
        return None
    return alike_of(entry, read.body.meaning)


_NO_ENTRY = EntryRead(
    Entry(
        at="",
        prev="",
        signatures=(),
        statement=Statement(body="", kind="", log="", org="", subject="", time="", v=""),
    ),
    BodyRead(),
    b"",
)
"""Leaves a column empty."""
