"""Drafts seen as if they were published: the real projections and pages, then rolled back.

The drafts' entries are projected at the end of the log inside a transaction that never commits;
what the pages read meanwhile is exactly what they will read afterwards.
"""

from __future__ import annotations

import json
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
    """The site as it would be with the draft at `index`, and what the entry would lead to.

    `broken`: rules that the entry breaks, or breaks by another sum than before; what stood just so
    without it is nothing that its officer has to explain.
    """

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
    """The log with some entries more."""

    def __init__(self, log: Log, records: Sequence[Record]) -> None:
        self._log, self._records = log, {each.index: each for each in records}

    def record(self, index: int) -> Record:
        """A draft's entry at its index, else the log's."""
        return self._records.get(index) or self._log.record(index)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


@contextmanager
def trial_of(site: Site, statement: Statement, body: bytes, keys: Sequence[str]) -> Iterator[Trial]:
    """The site with the draft in it, for as long as the context lasts; `keys` would sign it."""
    with trials_of(site, [(statement, body)], keys) as trials:
        yield trials[0]


@contextmanager
def trials_of(
    site: Site, drafts: Sequence[tuple[Statement, bytes]], keys: Sequence[str]
) -> Iterator[list[Trial]]:
    """The site with all of these drafts in it, published one after the other."""
    Follower(site.log, site.index).run()

    def records_at(position: int) -> list[Record]:
        return _records(site, position, drafts, keys)

    with projected(site.log, site.index, records_at) as seen:
        log = cast(Log, _Log(site.log, seen.records))
        index = _Projections(site.index.engine, seen.connection)
        tried = replace(site, log=log, index=index)
        yield [_trial(tried, each.index, site) for each in seen.records]


def _records(
    site: Site, start: int, drafts: Sequence[tuple[Statement, bytes]], keys: Sequence[str]
) -> list[Record]:
    """The entries that the log would hold from this index on, but for their signatures."""
    before = site.log.record(start - 1)
    signatures = tuple(Ed25519Signature(key=key, sig=UNSIGNED) for key in sorted(set(keys)))
    at, prev, records = max(now(), before.entry.at), before.leaf_hash, []
    for index, (statement, body) in enumerate(drafts, start):
        entry = Entry(at=at, prev=prev.hex(), signatures=signatures, statement=statement)
        leaf = format_entry(entry)
        prev = leaf_hash(leaf)
        records.append(Record(index, leaf, prev, body))
    return records


def _trial(tried: Site, index: int, untried: Site) -> Trial:
    summary = queries.entry(tried.index, index)
    about = {"ocid": summary.ocid}, {"line": summary.line}
    found = [each for one in about for each in _findings(tried, **one)]
    stood = {_told(each) for one in about for each in _findings(untried, **one)}
    broken = {each.id: each for each in found if index in each.entries and _told(each) not in stood}
    return Trial(tried, index, summary, list(broken.values()))


def _told(finding: FindingRow) -> tuple[str, str, str, str]:
    """What a finding says, whatever entries it names."""
    return finding.code, finding.status, finding.subject, json.dumps(finding.figures)


def _findings(site: Site, **about: str | None) -> list[FindingRow]:
    if not any(about.values()):
        return []
    return queries.findings(site.index, limit=100, **about)  # type: ignore[arg-type]
