"""What a page is made of as it stood when an earlier entry was the last one.

The entries that bear on the page are projected again in memory, by the code that follows the log,
so that a page of the past and the page of that day cannot differ. An erased body stays erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col
from sqlmodel import select as select_rows

from ledger import store
from ledger.envelope import format_time
from ledger.errors import NotFound
from ledger.log import Log
from ledger.registry import Registry
from procurement import queries
from procurement.bearing import Bearing
from procurement.index import EntrySummary, Organisation
from procurement.organisation_writing import organisation_row
from procurement.past_subjects import OrganisationThen, Subject, YearThen
from procurement.projections import Projections
from procurement.rewinding import Acts, Memory, Rewinder, rewind
from procurement.writing import add, core

LISTED = 20
COUNTED = 1000
_ROUNDS = 6

Listing = YearThen | OrganisationThen

_ENTRY = core(EntrySummary)
_ORGANISATION = core(Organisation)


@dataclass(frozen=True)
class Past:
    """Projections in memory that hold a page as it stood; `at` was the last entry."""

    index: Projections
    live: Projections
    registry: Registry
    at: int

    def organisations(self, ids: Iterable[str]) -> dict[str, Organisation]:
        """What was known of organisations, by id."""
        rows = queries.organisation_names(self.live, list(ids))
        found = {number: self._then(row) for number, row in rows.items()}
        return {number: Organisation(**row) for number, row in found.items() if row is not None}

    def _then(self, row: Organisation) -> dict[str, Any] | None:
        roles = {role: since for role, since in row.met["roles"].items() if since <= self.at}
        if not roles:
            return None
        named = row.met["named"]
        known = named is not None and named <= self.at
        met = {
            "name": row.met["name"] if known else "",
            "named": named if known else None,
            "roles": roles,
        }
        act = self.registry.institutions.get(row.id)
        names = {code: name for code, name in act.names.items() if name} if act else {}
        return organisation_row(row.id, met, names, act.parent if act else None)


@contextmanager
def known_on(
    log: Log, live: Projections, rewinder: Rewinder, subject: Subject, at: int
) -> Iterator[Past]:
    """The projections of a page as it stood when `at` was the last entry.

    Raises NotFound when there is no such entry yet, Unacceptable when too much bears on the page,
    Unavailable when too many ask.
    """
    if not 0 <= at < queries.position(live).position:
        raise NotFound(f"no page stands at entry {at}", "choose an index that the log has reached")
    with rewinder.memory() as memory:
        _rewind(memory, log, live, rewinder.acts, subject, at)
        past = Past(memory.index, live, memory.registry, at)
        if isinstance(subject, OrganisationThen):
            _replace_organisation(past, subject.org)
        yield past


def _rewind(
    memory: Memory, log: Log, live: Projections, acts: Acts, subject: Subject, at: int
) -> None:
    """With longer and longer lists, until what is shown cannot change any more."""
    for round_ in range(_ROUNDS):
        memory.clear()
        with store.reading(live.engine) as connection:
            bearing = Bearing(connection, at, 2**round_)
            subject.seek(bearing)
            sums = subject.sums(connection, at) if isinstance(subject, Listing) else None
        if sums is None:
            rewind(memory, log, live, acts, bearing.entries, at)
            return
        rewind(memory, log, live, acts, bearing.entries, at, pause=sums.before, paused=sums.pause)
        sums.put(memory.index)
        if not bearing.cut or (isinstance(subject, Listing) and subject.is_whole(memory.index)):
            return


def _replace_organisation(past: Past, org: str) -> None:
    rows = [row.model_dump() for row in past.organisations([org]).values()]
    with store.transaction(past.index.engine) as connection:
        connection.execute(delete(_ORGANISATION).where(_ORGANISATION.c.id == org))
        add(connection, _ORGANISATION, rows)


@dataclass(frozen=True)
class Changes:
    """What has been said since: the newest entries, and how many there are (`more`: or more)."""

    entries: Sequence[EntrySummary]
    count: int
    more: bool


def changes(live: Projections, subject: Subject, at: int) -> Changes:
    """The entries after an index that bear on a subject, newest first."""
    after = subject.changed(at)
    listed = select_rows(EntrySummary).where(after).order_by(col(EntrySummary.index).desc())
    counted = select(_ENTRY.c.index).where(after).limit(COUNTED).subquery()
    with live.session() as session:
        rows = list(session.exec(listed.limit(LISTED)).all())
        count = int(
            session.connection().execute(select(func.count()).select_from(counted)).scalar_one()
        )
    return Changes(rows, count, count == COUNTED)


def last_before(live: Projections, moment: datetime) -> int:
    """The last entry that the log took before a moment. Raises NotFound.

    Times of the log never run backwards: they are searched by halves.
    """
    limit, low, high = format_time(moment), 0, queries.position(live).position
    with live.session() as session:
        while low < high:
            middle = (low + high) // 2
            row = session.get(EntrySummary, middle)
            if row is not None and row.at < limit:
                low = middle + 1
            else:
                high = middle
    if low == 0:
        raise NotFound("the log had no entry then", "choose a later day")
    return low - 1
