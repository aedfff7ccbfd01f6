"""What an entry would do to the findings, before anybody signs it.

The entry is projected as the follower would project it, in a transaction that is rolled back: one
code path, so that a warning and the finding that follows cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger import store
from ledger.checking import Draft
from ledger.log import Log, Record
from procurement.charging import Row
from procurement.follower import Bodies, read_position
from procurement.grouping import Group
from procurement.projections import Projections
from procurement.rules import Tolerances
from procurement.taking import Taken, take


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


def foresee(
    log: Log, index: Projections, draft: Draft, tolerances: Tolerances | None = None
) -> Foreseen:
    """The findings and marks that an entry would raise if it came next; nothing is kept.

    Raises Unavailable when the database does not answer.
    """
    registry, bodies = log.registry(), Bodies(log)
    with store.transaction(index.engine) as connection:
        # As the follower does, so that neither waits for the other in the middle.
        position = read_position(connection, lock=True)
        at = max(draft.head.size, position)
        taken = take(Record(at, draft.leaf, draft.leaf_hash, draft.body), registry)
        bodies.put(at, taken.body)
        kept = tolerances or Tolerances()
        group = Group(connection, log, bodies.get, registry, kept, position)
        group.write([taken])
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.rollback()
    return Foreseen(position, tuple(_warnings(group)), tuple(_marks(group, taken)))


def _warnings(group: Group) -> Sequence[Warned]:
    found = []
    for writer in (group.processes.findings, group.lines.findings):
        before = {_subject(row) for row in writer.gone}
        found += [Warned(row, _subject(row) in before) for row in writer.new]
    return found


def _subject(row: Row) -> tuple[Any, ...]:
    return row["code"], row["status"], row["subject"]


def _marks(group: Group, taken: Taken) -> list[str]:
    return list(group.rows[taken.index]["marks"])
