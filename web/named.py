"""Rows of tables with the names of the organisations they name, asked for some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from procurement import queries
from procurement.projections import Projections

# Rows whose names are asked for in one query: fewer than it may be asked at a time.
TOGETHER = 200

_Row = TypeVar("_Row")


def named(
    index: Projections, rows: Iterable[_Row], org_of: Callable[[_Row], str | None]
) -> Iterator[tuple[_Row, str]]:
    """Each row and what its organisation is called; "" where that is not known."""
    rest = iter(rows)
    while some := list(islice(rest, TOGETHER)):
        ids = sorted({org for org in map(org_of, some) if org})
        known = queries.organisation_names(index, ids) if ids else {}
        for row in some:
            found = known.get(org_of(row) or "")
            yield row, found.name if found else ""
