"""How good the releases of each publisher are: what their entries bear, and how late they came.

One stretch of the log at a time is read, so that the answer costs the same in a log of any length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

from sqlalchemy import select

from ledger import store
from procurement.identifying import MISSING_ID
from procurement.index import EntrySummary
from procurement.ocds import RELEASE, parse_date
from procurement.projections import Projections
from procurement.standing import SAME_ID

SCHEMA = "schema"
CORRECTION = "correction"
COUNTED = (SCHEMA, MISSING_ID, SAME_ID, CORRECTION)
# Releases of one stretch.
STRETCH = 10_000

_ENTRY: Any = store.table(EntrySummary)
_READ = (
    *(_ENTRY.c.index, _ENTRY.c.org, _ENTRY.c.at, _ENTRY.c.date),
    *(_ENTRY.c.copied, _ENTRY.c.marks, _ENTRY.c.replaces),
)


@dataclass
class Publisher:
    """The releases signed for an organisation in a stretch.

    `found` has, for each of COUNTED, how many releases it is true of; `newest` the index of the
    newest of them. `delays` are seconds from the date in a release to its entry.
    """

    org: str
    releases: int = 0
    copied: int = 0
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    newest: dict[str, int] = field(default_factory=dict)
    delays: list[int] = field(default_factory=list)

    @property
    def median_delay(self) -> int | None:
        """The median delay in seconds, the lower of two; None where no date can be read."""
        return median_low(self.delays) if self.delays else None


@dataclass(frozen=True)
class Quality:
    """Publishers, those with most releases first, in the entries from `first` to `last`.

    `next` is the index to go on below, None when the stretch begins with the log.
    """

    publishers: Sequence[Publisher]
    first: int | None
    last: int | None
    next: int | None


def quality(index: Projections, before: int | None = None, stretch: int = STRETCH) -> Quality:
    """The publishers of the newest releases, or of the newest below an index."""
    query = select(*_READ).where(_ENTRY.c.kind == RELEASE)
    if before is not None:
        query = query.where(_ENTRY.c.index < before)
    with store.reading(index.engine) as connection:
        newest = query.order_by(_ENTRY.c.index.desc()).limit(stretch)
        rows: Sequence[Any] = connection.execute(newest).mappings().all()
    publishers = _publishers(rows)
    ordered = sorted(publishers, key=lambda each: (-each.releases, each.org))
    first, last = (rows[-1]["index"], rows[0]["index"]) if rows else (None, None)
    return Quality(ordered, first, last, first if len(rows) == stretch else None)


def _publishers(rows: Iterable[Any]) -> Iterable[Publisher]:
    found: dict[str, Publisher] = {}
    for row in rows:
        publisher = found.setdefault(row["org"], Publisher(row["org"]))
        publisher.releases += 1
        publisher.copied += bool(row["copied"])
        for code in {*row["marks"], *([CORRECTION] if row["replaces"] is not None else [])}:
            if code in publisher.found:
                publisher.found[code] += 1
                publisher.newest.setdefault(code, row["index"])
        said, at = parse_date(row["date"]), parse_date(row["at"])
        if said and at:
            publisher.delays.append(int((at - said).total_seconds()))
    return found.values()
