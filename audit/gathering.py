"""The contracting processes and budget lines that the flags look at, read from projections.

An auditor's projections are made from its own verified copy of the log, never the operator's
tables: `jejak recover` and `jejak reindex`. Other owners' releases, corrected and erased ones are
not in the compiled releases, and not among the entries named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from audit.flags.flag import Event, Line, Process, Read
from audit.flags.statuses import words_of
from procurement.index import EntrySummary, LineEvent
from procurement.index import Line as LineRow
from procurement.index import Process as ProcessRow
from procurement.projections import Projections

PAGE = 200


def gather(index: Projections) -> Iterator[Process]:
    """All processes in order of ocid; each page is a transaction of its own."""
    after = ""
    while True:
        query = select(ProcessRow).where(col(ProcessRow.ocid) > after)
        with index.session() as session:
            rows = session.exec(query.order_by(col(ProcessRow.ocid)).limit(PAGE)).all()
            entries = _entries(session, [row.ocid for row in rows])
        for row in rows:
            yield Process(row.ocid, row.compiled(), entries[row.ocid], words_of(row.ocid))
        if len(rows) < PAGE:
            return
        after = rows[-1].ocid


def gather_lines(index: Projections) -> Iterator[Line]:
    """All budget lines in order of id, with their events in order of place."""
    after = ""
    while True:
        query = select(LineRow).where(col(LineRow.id) > after)
        with index.session() as session:
            rows = session.exec(query.order_by(col(LineRow.id)).limit(PAGE)).all()
            found = [_line(session, row) for row in rows]
        yield from found
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _line(session: Session, row: LineRow) -> Line:
    query = (
        select(LineEvent, EntrySummary.at, EntrySummary.leaf_hash)
        .where(LineEvent.index == EntrySummary.index)
        .where(LineEvent.line == row.id)
        .where(col(LineEvent.replaced_by).is_(None))
        .order_by(col(LineEvent.place), col(LineEvent.id))
    )
    found = session.exec(query).all()
    events = tuple(
        Event(e.kind, e.amount, e.index, e.date or "", at, e.ocid, e.contract, e.other)
        for e, at, _ in found
    )
    entries = {Read(event.index, leaf) for event, _, leaf in found}
    return Line(
        row.id,
        row.org,
        row.fiscal_year,
        row.currency or (found[0][0].currency if found else ""),
        row.approved is not None,
        events,
        tuple(sorted(entries, key=lambda each: each.index)),
    )


def _entries(session: Session, ocids: Sequence[str]) -> dict[str, tuple[Read, ...]]:
    query = (
        select(EntrySummary.ocid, EntrySummary.index, EntrySummary.leaf_hash)
        .where(col(EntrySummary.ocid).in_(ocids))
        .where(EntrySummary.kind == "ocds/release")
        .where(col(EntrySummary.merged))
        .where(col(EntrySummary.replaced_by).is_(None))
        .where(~col(EntrySummary.erased))
        .order_by(col(EntrySummary.index))
    )
    found: dict[str, list[Read]] = defaultdict(list)
    for ocid, index, leaf in session.exec(query):
        found[ocid or ""].append(Read(index, leaf))
    return defaultdict(tuple, {ocid: tuple(entries) for ocid, entries in found.items()})
