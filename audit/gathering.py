"""The contracting processes that the flags look at, read from projections.

An auditor's projections are made from its own verified copy of the log, never the operator's
tables: `jejak recover` and `jejak reindex`. Other owners' releases, corrected and erased ones are
not in the compiled releases, and not among the entries named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from audit.flags.flag import Process, Read
from audit.flags.statuses import words_of
from procurement.index import EntrySummary
from procurement.index import Process as ProcessRow
from procurement.projections import Projections

PAGE = 200


def gather(index: Projections, ocid: str | None = None) -> Iterator[Process]:
    """All processes in order of ocid, or one; each page is a transaction of its own."""
    after = ""
    while True:
        query = select(ProcessRow).where(col(ProcessRow.ocid) > after)
        if ocid is not None:
            query = query.where(col(ProcessRow.ocid) == ocid)
        with index.session() as session:
            rows = session.exec(query.order_by(col(ProcessRow.ocid)).limit(PAGE)).all()
            entries = _entries(session, [row.ocid for row in rows])
        for row in rows:
            yield Process(row.ocid, row.compiled(), entries[row.ocid], words_of(row.ocid))
        if len(rows) < PAGE:
            return
        after = rows[-1].ocid


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
