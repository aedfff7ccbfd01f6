"""What processes and budget events name, written once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from procurement.budget import split_line
from procurement.charging import Row
from procurement.index import LineEvent
from procurement.index_history import Naming
from procurement.mentioning import LINE
from procurement.writing import add, chunks, core, fetch, remove

_NAMING = core(Naming)
_EVENT = core(LineEvent)


class NamingWriter:
    """Collects what is named in a group, and writes what is new."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._named: dict[tuple[str, str, str], Row] = {}
        self.forgotten: set[str] = set()
        self._doubted: set[str] = set()

    def name(
        self, named: Iterable[tuple[str, str]], ocid: str, since: int, first_index: int
    ) -> None:
        """A process ("" = a budget event) names these (ref, role) in the entry `since`."""
        for ref, role in named:
            row = self._named.get((ref, role, ocid))
            if row is None:
                row = self._named[ref, role, ocid] = {
                    "ref": ref,
                    "role": role,
                    "ocid": ocid,
                    "since": since,
                    "first_index": first_index,
                    "fiscal_year": _year(ref) if role == LINE else "",
                }
            row["since"] = min(row["since"], since)

    def forget(self, ocid: str) -> None:
        """A body of this process is erased: what the others name is said again."""
        self.forgotten.add(ocid)

    def doubt(self, index: int) -> None:
        """The budget event at an index is erased: its lines stay if another names them."""
        query = select(_EVENT.c.line).where(_EVENT.c.index == index)
        self._doubted.update(self.connection.execute(query).scalars())

    def write(self) -> None:
        """Write what is new; the events of lines have been written before."""
        remove(self.connection, _NAMING, _NAMING.c.ocid, self.forgotten)
        self._drop_lines()
        known = {_key(row) for row in self._known()}
        add(
            self.connection,
            _NAMING,
            [row for key, row in self._named.items() if key not in known],
        )

    def _known(self) -> Sequence[Row]:
        events = {ref for ref, _, ocid in self._named if not ocid}
        processes = {ocid for _, _, ocid in self._named if ocid}
        own = _NAMING.c.ocid == ""
        return [
            *fetch(self.connection, _NAMING, _NAMING.c.ocid, processes),
            *fetch(self.connection, _NAMING, _NAMING.c.ref, events, own),
        ]

    def _drop_lines(self) -> None:
        kept: set[str] = set()
        for chunk in chunks(self._doubted):
            own = _EVENT.c.kind != "commitment"
            query = select(_EVENT.c.line).where(_EVENT.c.line.in_(chunk), own)
            kept.update(self.connection.execute(query).scalars())
        gone = self._doubted - kept
        remove(self.connection, _NAMING, _NAMING.c.ref, gone, _NAMING.c.ocid == "")


def _key(row: Row) -> tuple[str, str, str]:
    return row["ref"], row["role"], row["ocid"]


def _year(line: str) -> str:
    parts = split_line(line)
    return parts[1] if parts else ""
