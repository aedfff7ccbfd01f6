"""The projections that an audit reads, as of a size: of the data folder, or of any public tree.

With a public tree they are made of a copy, hashed on the way, for the time of one command. The root
told with every result is that of the entries read: `jejak verify` says which root holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlmodel import col, select

from audit.log_copy import copy_log
from audit.source import Source, open_source
from ledger import deployment, store
from ledger.cli import Session
from ledger.errors import InvalidInput
from ledger.log import Log, create_log
from ledger.merkle import Edge
from procurement.follower import GROUP, Follower
from procurement.index import EntrySummary
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index

_PART = 10_000


@dataclass(frozen=True)
class IndexedLog:
    """The projections of the first `size` entries, and the log that they were read from."""

    index: Projections
    log: Log
    size: int

    @property
    def root(self) -> str:
        """The root of the entries read, in hex."""
        return root_of(self.index, self.size).hex()

    def told(self) -> dict[str, Any]:
        """How many entries were read, and their root: what most commands end with."""
        return {"size": self.size, "root": self.root}


def of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that names another log than that of the data folder."""
    told = "Another log: a server's URL, or a folder of its files; else the data folder's."
    return click.option("--of", "where", metavar="WHERE", help=told)(command)


def at_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that reproduces an earlier result."""
    kind = click.IntRange(min=1)
    return click.option("--at", "size", type=kind, help="As of the first N entries.")(command)


def new_from_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that counts apart what a period has brought."""
    told = "Count apart what entries from this index on have brought."
    kind = click.IntRange(min=0)
    return click.option("--new-from", "first", type=kind, metavar="INDEX", help=told)(command)


def extent_lines(told: Mapping[str, Any]) -> list[str]:
    """What every command says last: as of which entries."""
    return [f"entries: {told['size']}", f"root: {told['root']}"]


@contextmanager
def indexed_at(run: Session, size: int | None, where: str | None = None) -> Iterator[IndexedLog]:
    """The projections, followed to the end; or made anew for the first `size` entries.

    Raises:
        InvalidInput: there are not as many entries.
        VerificationError: what is read from WHERE is not what it is named by.
    """
    if where is not None:
        with copied(open_source(where), size) as found:
            yield found
        return
    settings = run.settings()
    with closing(deployment.open_log(settings, KINDS)) as log:
        if size is not None and size > log.size:
            raise InvalidInput(f"the log has no {size} entries", "leave --at out for all of them")
        if size is None or size == log.size:
            with closing(open_index(settings.index_url)) as index:
                position = Follower(log, index).run()
                if size in (None, position):
                    yield IndexedLog(index, log, position)
                    return
        with projected(log, size) as found:
            yield found


@contextmanager
def copied(source: Source, size: int | None = None) -> Iterator[IndexedLog]:
    """The projections of a public tree's first entries, from a copy that is gone afterwards."""
    with log_copy(source, size) as (log, _), projected(log, log.size) as indexed:
        yield indexed


@contextmanager
def log_copy(source: Source, size: int | None = None) -> Iterator[tuple[Log, str]]:
    """A copy of a public tree's first entries, gone afterwards, and the root of what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        engine = store.open_engine(f"sqlite:///{Path(folder) / 'log.db'}", store.SCHEMA)
        create_log(engine)
        with closing(Log(engine, "", KINDS)) as log:
            yield log, copy_log(source, log, size).hex()


@contextmanager
def projected(log: Log, size: int) -> Iterator[IndexedLog]:
    """Projections made anew of a log's first entries, gone afterwards."""
    with growing(log) as grown:
        yield grown(size)


@contextmanager
def growing(log: Log) -> Iterator[Callable[[int], IndexedLog]]:
    """Projections made anew, gone afterwards, which grow to each size that is asked in turn."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_index(f"sqlite:///{Path(folder) / 'index.db'}")) as index,
    ):
        follower = Follower(log, index)

        def grown(size: int) -> IndexedLog:
            while (left := size - follower.position()) and follower.step(min(left, GROUP)):
                pass
            return IndexedLog(index, log, size)

        yield grown


def root_of(index: Projections, size: int) -> bytes:
    """The root of the entries that the projections hold."""
    edge = Edge()
    for start in range(0, size, _PART):
        query = (
            select(EntrySummary.leaf_hash)
            .where(col(EntrySummary.index) >= start, col(EntrySummary.index) < start + _PART)
            .order_by(col(EntrySummary.index))
        )
        with index.session() as opened:
            hashes: Sequence[str] = opened.exec(query).all()
        edge.extend(map(bytes.fromhex, hashes))
    return edge.root()
