"""What an entry would do to the findings, before anybody signs it.

The entry is projected as the follower would project it, in a transaction that is rolled back: one
code path, so that a warning and the finding that follows cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ledger import store
from ledger.checking import Draft
from ledger.log import Log, Record
from procurement.bodies import Bodies
from procurement.charging import Row
from procurement.follower import read_position
from procurement.grouping import Group
from procurement.projections import Projections
from procurement.rules import Tolerances
from procurement.taking import take


@dataclass(frozen=True)
class Warned:
    """A finding that the entry would raise; `standing` if its subject has one already."""

    finding: Row
    standing: bool


@dataclass(frozen=True)
class Foreseen:
    """What would be found, and the marks of the entry; judged on the entries below `position`."""

    position: int
    warnings: tuple[Warned, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Projected:
    """What was projected, and the connection on which the tables show it."""

    connection: Connection
    group: Group
    records: Sequence[Record]
    position: int


def foresee(
    log: Log, index: Projections, draft: Draft, tolerances: Tolerances | None = None
) -> Foreseen:
    """The findings and marks that an entry would raise if it came next; nothing is kept.

    Raises Unavailable when the database does not answer.
    """

    def records_at(position: int) -> list[Record]:
        at = max(draft.head.size, position)
        return [Record(at, draft.leaf, draft.leaf_hash, draft.body)]

    with projected(log, index, records_at, tolerances) as seen:
        marks = tuple(seen.group.rows[seen.records[0].index]["marks"])
        return Foreseen(seen.position, tuple(_warnings(seen.group)), marks)


@contextmanager
def projected(
    log: Log,
    index: Projections,
    records_at: Callable[[int], Sequence[Record]],
    tolerances: Tolerances | None = None,
) -> Iterator[Projected]:
    """The projections with entries more, for as long as the context lasts; then rolled back.

    `records_at` makes them, given the index that would be projected next. Raises Unavailable.
    """
    registry, bodies = log.registry(), Bodies(log)
    with store.transaction(index.engine) as connection:
        # As the follower does, so that neither waits for the other in the middle.
        position = read_position(connection, lock=True)
        records = records_at(position)
        taken = [take(each, registry) for each in records]
        for each in taken:
            bodies.put(each.index, each.body)
        kept = tolerances or Tolerances()
        group = Group(connection, log, bodies, registry, kept, position)
        group.write(taken)
        transaction = connection.get_transaction()
        assert transaction is not None
        try:
            yield Projected(connection, group, records, position)
        finally:
            transaction.rollback()


def _warnings(group: Group) -> Sequence[Warned]:
    found = []
    for writer in group.finding_writers():
        before = {_subject(row) for row in writer.gone}
        found += [Warned(row, _subject(row) in before) for row in writer.new]
    return found


def _subject(row: Row) -> tuple[Any, ...]:
    return row["code"], row["status"], row["subject"]
