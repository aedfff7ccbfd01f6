"""Reading all releases and records in the order of the log, a page at a time.

The cursor is the log index: what has been read stays where it is, and whoever goes on from the
last index misses nothing and gets nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlmodel import col, select

from ledger.body import parse_body
from ledger.errors import InvalidInput
from ledger.log import Log
from procurement.index import EntrySummary, Process
from procurement.ocds import RELEASE, Published, in_order
from procurement.projections import Projections
from procurement.queries import position

STAGES = ("planning", "tender", "award", "contract", "implementation")
MAX_RELEASES = 1000
MAX_RECORDS = 100
# Releases looked at for one page of a stage, and bytes of bodies in one page.
LOOKED_AT = 1000
OCTETS = 4 * 1024 * 1024
# Releases of one record that are spliced in; a longer record links to them.
EMBEDDED = 500


class _Head(msgspec.Struct):
    """What of a release is read without the rest of it."""

    id: Any = None
    date: Any = None
    tag: Any = None


_head = msgspec.json.Decoder(_Head).decode


@dataclass(frozen=True)
class Listed:
    """A release as published: the row of its entry and its bytes, None when they were erased."""

    row: EntrySummary
    body: bytes | None

    def head(self) -> _Head:
        """Its id, date and tags; each of them None where it cannot be read."""
        try:
            return _head(self.body or b"{}")
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return _Head()

    def tags(self) -> list[str]:
        """Its tags."""
        tags = self.head().tag
        return [each for each in tags if isinstance(each, str)] if isinstance(tags, list) else []


@dataclass
class ReleasePage:
    """Releases above the index `after`; `last` is the index up to which all were looked at.

    No two of `listed` are equal as JSON, as a release package asks (`uniqueItems`). `withheld`
    were erased. `more`: there are releases above `last`.
    """

    last: int
    listed: list[Listed] = field(default_factory=list)
    withheld: list[Listed] = field(default_factory=list)
    octets: int = 0
    more: bool = False

    def has_room_for(self, each: Listed, limit: int) -> bool:
        """Whether a release can stand in this page."""
        size = len(each.body or b"")
        if self.listed and self.octets + size > OCTETS:
            return False
        return len(self.listed) < limit and not self._holds(each)

    def _holds(self, release: Listed) -> bool:
        same = (
            each
            for each in self.listed
            if (each.row.ocid, each.row.release_id) == (release.row.ocid, release.row.release_id)
        )
        return any(_is_equal(each.body or b"", release.body or b"") for each in same)

    def take(self, each: Listed, wanted: bool) -> None:
        """Add a release that is wanted; pass over another."""
        self.last = each.row.index
        if wanted and each.body is None:
            self.withheld.append(each)
        elif wanted:
            self.listed.append(each)
            self.octets += len(each.body or b"")


def release_page(
    log: Log,
    index: Projections,
    after: int,
    until: int | None = None,
    limit: int = 100,
    stages: Sequence[str] = (),
) -> ReleasePage:
    """Releases with an index above `after` and below `until`, also of some stages only."""
    page = ReleasePage(last=after)
    wanted = min(limit, MAX_RELEASES)
    bound = LOOKED_AT if stages else wanted
    rows = release_rows(index, after, until, bound + 1)
    for row in rows[:bound]:
        each = Listed(row, log.record(row.index).body)
        of_stage = not stages or any(tag.startswith(tuple(stages)) for tag in each.tags())
        if of_stage and not page.has_room_for(each, wanted):
            page.more = True
            return page
        page.take(each, of_stage)
    page.more = len(rows) > bound
    return page


def release_rows(
    index: Projections, after: int, until: int | None, limit: int
) -> list[EntrySummary]:
    """Rows of releases above the index `after` and below `until`, in the order of the log."""
    query = select(EntrySummary).where(EntrySummary.kind == RELEASE, EntrySummary.index > after)
    if until is not None:
        query = query.where(EntrySummary.index < until)
    query = query.order_by(col(EntrySummary.index)).limit(limit)
    with index.session() as session:
        return list(session.exec(query).all())


def _is_equal(one: bytes, other: bytes) -> bool:
    try:
        return one == other or bool(parse_body(one) == parse_body(other))
    except InvalidInput:
        return False


def index_at(index: Projections, moment: str) -> int:
    """The index of the first entry that the log recorded at `moment` or later.

    The log's time never decreases along the log, so few rows are looked at.
    """
    low, high = 0, position(index).position
    with index.session() as session:
        while low < high:
            middle = (low + high) // 2
            row = session.get(EntrySummary, middle)
            if row is not None and row.at < moment:
                low = middle + 1
            else:
                high = middle
    return low


def record_rows(index: Projections, after: int, limit: int) -> list[Process]:
    """Processes whose newest release stands above the index `after`, in the order of these."""
    query = (
        select(Process)
        .join(EntrySummary, col(EntrySummary.index) == col(Process.last_index))
        .where(EntrySummary.kind == RELEASE, EntrySummary.index > after)
        .where(EntrySummary.ocid == Process.ocid)
        .order_by(col(EntrySummary.index))
        .limit(limit)
    )
    with index.session() as session:
        return list(session.exec(query).all())


@dataclass(frozen=True)
class ProcessReleases:
    """The releases of a process: those its record is merged of, in order, and all others.

    `complete` is False when the record has more releases or bytes than a package takes; `bodies`
    of the merged ones are then not read.
    """

    merged: list[Listed]
    others: list[EntrySummary]
    complete: bool


def process_releases(log: Log, index: Projections, ocid: str) -> ProcessReleases:
    """The releases of a process as its record is made of them."""
    query = select(EntrySummary).where(EntrySummary.kind == RELEASE, EntrySummary.ocid == ocid)
    with index.session() as session:
        rows = list(session.exec(query.order_by(col(EntrySummary.index)).limit(10_000)).all())
    merged = [each for each in rows if _is_merged(each)]
    others = [each for each in rows if not _is_merged(each)]
    listed: list[Listed] = []
    octets = 0
    for row in merged[: EMBEDDED + 1]:
        body = log.record(row.index).body
        octets += len(body or b"")
        listed.append(Listed(row, body))
        if octets > OCTETS:
            break
    complete = len(listed) == len(merged) <= EMBEDDED and octets <= OCTETS
    if not complete:
        listed = [Listed(row, None) for row in merged]
    return ProcessReleases(_merging_order(listed), others, complete)


def _is_merged(row: EntrySummary) -> bool:
    return row.merged and row.replaced_by is None and not row.erased


def _merging_order(listed: Sequence[Listed]) -> list[Listed]:
    """By date and then by place: the date of a row is that of its release."""
    by_place = {each.row.place: each for each in listed}
    dated = [Published(each.row.place, {"date": each.row.date}) for each in listed]
    return [by_place[each.index] for each in in_order(dated)]
