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
from procurement.follower import Bodies, Follower
from procurement.grouping import Group
from procurement.index import EntrySummary, FindingRow
from procurement.projections import Projections
from procurement.rules import Tolerances
from procurement.taking import take
from web.console.opening import now
from web.site import Site

UNSIGNED = format_base64(bytes(64))


@dataclass(frozen=True)
class Foretold:
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
def foretell(
    site: Site, statement: Statement, body: bytes, keys: Sequence[str]
) -> Iterator[Foretold]:
    """The site with the draft in it, for as long as the context lasts; `keys` would sign it."""
    Follower(site.log, site.index).run()
    record = _record(site, statement, body, keys)
    log = cast(Log, _Log(site.log, record))
    registry = site.log.registry()
    engine = site.index.engine
    with engine.connect().execution_options(writing=True) as connection:
        begun = connection.begin()
        try:
            bodies = Bodies(log)
            group = Group(connection, log, bodies.get, registry, Tolerances(), record.index)
            group.write([take(record, registry)])
            index = _Projections(engine, connection)
            yield _foretold(replace(site, log=log, index=index), record.index)
        finally:
            begun.rollback()


def _record(site: Site, statement: Statement, body: bytes, keys: Sequence[str]) -> Record:
    """The entry that the log would hold, but for its signatures."""
    index = queries.position(site.index).position
    before = site.log.record(index - 1)
    signatures = tuple(Ed25519Signature(key=key, sig=UNSIGNED) for key in sorted(set(keys)))
    at = max(now(), before.entry.at)
    entry = Entry(at=at, prev=before.leaf_hash.hex(), signatures=signatures, statement=statement)
    leaf = format_entry(entry)
    return Record(index, leaf, leaf_hash(leaf), body)


def _foretold(site: Site, index: int) -> Foretold:
    summary = queries.entry(site.index, index)
    found = [*_findings(site, ocid=summary.ocid), *_findings(site, line=summary.line)]
    broken = {each.id: each for each in found if index in each.entries}
    return Foretold(site, index, summary, list(broken.values()))


def _findings(site: Site, **about: str | None) -> list[FindingRow]:
    if not any(about.values()):
        return []
    return queries.findings(site.index, limit=100, **about)  # type: ignore[arg-type]
