"""Budget lines of other organisations that releases draw on: kept, marked, and charged nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from procurement.budget import line_org
from procurement.charging import Row, named_lines
from procurement.index_frameworks import ForeignLine
from procurement.standing import OTHER_LINE
from procurement.taking import Taken, is_foreign
from procurement.writing import add, core, fetch

_FOREIGN = core(ForeignLine)


class ForeignLines:
    """Collects them from the releases of a group, and knows those of earlier ones."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._by_process: dict[str, list[Row]] = {}
        self._new: list[Row] = []

    def load(self, touched: Sequence[str]) -> None:
        """What earlier releases of these processes named."""
        for row in fetch(self.connection, _FOREIGN, _FOREIGN.c.ocid, touched):
            self._by_process.setdefault(row["ocid"], []).append(row)

    def take(self, taken: Taken, row: Row) -> list[str]:
        """A release of this group with its row; the marks it earns."""
        named = named_lines(taken.body) if isinstance(taken.body, dict) else []
        rows = [
            {"index": row["index"], "line": line, "ocid": row["ocid"], "place": row["place"]}
            for line in named
            if is_foreign(taken.covers, line_org(line))
        ]
        self._by_process.setdefault(row["ocid"], []).extend(rows)
        self._new += rows
        return [OTHER_LINE] if rows else []

    def of(self, ocid: str, merged: Sequence[Row]) -> Mapping[int, set[str]]:
        """By place, the lines that the merged releases of a process may not charge."""
        indices = {row["index"] for row in merged}
        found: dict[int, set[str]] = {}
        for row in self._by_process.get(ocid, ()):
            if row["index"] in indices:
                found.setdefault(row["place"], set()).add(row["line"])
        return found

    def write(self) -> None:
        """Keep what this group named."""
        add(self.connection, _FOREIGN, self._new)
