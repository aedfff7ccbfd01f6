"""A draft seen as if it were published: the real projections and pages, then rolled back.

The draft's entry is projected at the end of the log inside a transaction that never commits; what
the pages read meanwhile is exactly what they will read afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Connection
from sqlmodel import Session

from ledger.envelope import Ed25519Signature, Entry, Statement, format_base64, format_entry
from ledger.log import Log, Record
from ledger.merkle import leaf_hash
from procurement import queries
from procurement.follower import Follower
from procurement.foreseeing import projected
from procurement.index import EntrySummary, FindingRow
from procurement.projections import Projections
from web.console.opening import now
from web.site import Site

UNSIGNED = format_base64(bytes(64))


@dataclass(frozen=True)
class Trial:
    """The site as it would be with the draft at `index`, and what the entry would lead to."""

    site: Site
    index: int
    summary: EntrySummary
    broken: Sequence[FindingRow]


@dataclass(frozen=True)
class _Projections(Projections):
    """Projections seen from inside the transaction."""

    connection: Connection

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.connection, expire_on_commit=False, autoflush=False) as session:
            yield session


class _Log:
    """The log with one entry more."""

    def __init__(self, log: Log, record: Record) -> None:
        self._log, self._record = log, record

    def record(self, index: int) -> Record:
        """The draft's entry at its index, else the log's."""
        return self._record if index == self._record.index else self._log.record(index)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


@contextmanager
def trial_of(site: Site, statement: Statement, body: bytes, keys: Sequence[str]) -> Iterator[Trial]:
    """The site with the draft in it, for as long as the context lasts; `keys` would sign it."""
    Follower(site.log, site.index).run()

    def record_at(position: int) -> Record:
        return _record(site, position, statement, body, keys)

    with projected(site.log, site.index, record_at) as seen:
        log = cast(Log, _Log(site.log, seen.record))
        index = _Projections(site.index.engine, seen.connection)
        yield _trial(replace(site, log=log, index=index), seen.record.index)


def _record(
    site: Site, index: int, statement: Statement, body: bytes, keys: Sequence[str]
) -> Record:
    """The entry that the log would hold at this index, but for its signatures."""
    before = site.log.record(index - 1)
    signatures = tuple(Ed25519Signature(key=key, sig=UNSIGNED) for key in sorted(set(keys)))
    at = max(now(), before.entry.at)
    entry = Entry(at=at, prev=before.leaf_hash.hex(), signatures=signatures, statement=statement)
    leaf = format_entry(entry)
    return Record(index, leaf, leaf_hash(leaf), body)


def _trial(site: Site, index: int) -> Trial:
    summary = queries.entry(site.index, index)
    found = [*_findings(site, ocid=summary.ocid), *_findings(site, line=summary.line)]
    broken = {each.id: each for each in found if index in each.entries}
    return Trial(site, index, summary, list(broken.values()))


def _findings(site: Site, **about: str | None) -> list[FindingRow]:
    if not any(about.values()):
        return []
    return queries.findings(site.index, limit=100, **about)  # type: ignore[arg-type]
