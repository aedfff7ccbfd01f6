"""Which entries bear on processes and budget lines, up to one of them.

What is found is more than enough: projecting these entries, and no others, gives the same rows
for what was asked as projecting all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.errors import Unacceptable
from procurement.index import EntrySummary, LineEvent, Payment
from procurement.index_history import Naming
from procurement.mentioning import FRAMEWORK, LINE, TRANSACTION
from procurement.writing import chunks, core

MOST = 20_000

_ENTRY = core(EntrySummary)
_EVENT = core(LineEvent)
_PAYMENT = core(Payment)
_NAMING = core(Naming)


class Bearing:
    """Collects entries at or below the index `at`, until nothing more bears on them.

    Lists are sought `width` times as long as they are shown; `cut` if one of them goes on.
    """

    def __init__(self, connection: Connection, at: int, width: int = 1) -> None:
        self.connection, self.at, self.width = connection, at, width
        self.cut = False
        self.entries: set[int] = set()
        self.ocids: set[str] = set()
        self.lines: set[str] = set()
        self._new_entries: set[int] = set()
        self._new_ocids: set[str] = set()
        self._new_lines: set[str] = set()

    def close(
        self,
        ocids: Iterable[str] = (),
        lines: Iterable[str] = (),
        entries: Iterable[int] = (),
    ) -> None:
        """Take in what bears on these. Raises Unacceptable when that is more than MOST entries."""
        self._meet(ocids, lines, entries)
        while self._new_ocids or self._new_lines or self._new_entries:
            ocids, self._new_ocids = self._new_ocids, set()
            lines, self._new_lines = self._new_lines, set()
            entries, self._new_entries = self._new_entries, set()
            self._follow_processes(sorted(ocids))
            self._follow_lines(sorted(lines))
            self._follow_entries(sorted(entries))
            if len(self.entries) > MOST:
                raise Unacceptable(
                    f"more than {MOST} entries bear on this page",
                    "ask for one process or one budget line of it at that index",
                )

    def listed(self, query: Select[Any], shown: int) -> list[Any]:
        """The first rows of a list, by their first column."""
        found = list(self.connection.execute(query.limit(shown * self.width)).scalars())
        self.cut = self.cut or len(found) == shown * self.width
        return found

    def _meet(
        self, ocids: Iterable[str] = (), lines: Iterable[str] = (), entries: Iterable[int] = ()
    ) -> None:
        self._new_ocids |= set(ocids) - self.ocids
        self._new_lines |= set(lines) - self.lines
        self._new_entries |= {each for each in entries if each <= self.at} - self.entries
        self.ocids |= self._new_ocids
        self.lines |= self._new_lines
        self.entries |= self._new_entries

    def _follow_processes(self, ocids: Sequence[str]) -> None:
        """Releases and payments, the titles of lines, and what is called off an agreement."""
        self._meet(entries=self._find(_ENTRY.c.index, _ENTRY.c.ocid, ocids))
        self._meet(entries=self._find(_PAYMENT.c.index, _PAYMENT.c.ocid, ocids, _OWN_PAYMENT))
        numbers = self._find(_NAMING.c.ref, _NAMING.c.ocid, ocids, _NAMING.c.role == TRANSACTION)
        self._meet(entries=self._find(_PAYMENT.c.index, _PAYMENT.c.id, numbers, _OWN_PAYMENT))
        called = _NAMING.c.role == FRAMEWORK
        self._meet(ocids=self._find(_NAMING.c.ocid, _NAMING.c.ref, ocids, called))
        named = self._find(_NAMING.c.ref, _NAMING.c.ocid, ocids, _NAMING.c.role == LINE)
        charged = self._find(_EVENT.c.line, _EVENT.c.ocid, ocids)
        titled = _EVENT.c.kind == "appropriation"
        lines = {*named, *charged}
        self._meet(entries=self._find(_EVENT.c.index, _EVENT.c.line, lines, titled))

    def _follow_lines(self, lines: Sequence[str]) -> None:
        """Budget events, and the processes that have named the line or been paid from it."""
        own = _EVENT.c.kind != "commitment"
        self._meet(entries=self._find(_EVENT.c.index, _EVENT.c.line, lines, own))
        named = (_NAMING.c.role == LINE, _NAMING.c.ocid != "", _NAMING.c.since <= self.at)
        self._meet(ocids=self._find(_NAMING.c.ocid, _NAMING.c.ref, lines, *named))
        paid = (_EVENT.c.ocid.is_not(None), _EVENT.c.index <= self.at)
        self._meet(ocids=self._find(_EVENT.c.ocid, _EVENT.c.line, lines, *paid))

    def _follow_entries(self, entries: Sequence[int]) -> None:
        """What corrects them or is corrected, and what payments reverse or are called."""
        for column in (_ENTRY.c.replaces, _ENTRY.c.replaced_by):
            chained = self._find(column, _ENTRY.c.index, entries, column.is_not(None))
            self._meet(entries=chained)
        ids = self._find(_PAYMENT.c.id, _PAYMENT.c.index, entries, _OWN_PAYMENT)
        reversed_ = self._find(
            _PAYMENT.c.reverses, _PAYMENT.c.index, entries, _PAYMENT.c.reverses.is_not(None)
        )
        self._meet(entries=self._find(_PAYMENT.c.index, _PAYMENT.c.reverses, ids))
        self._meet(entries=self._find(_PAYMENT.c.index, _PAYMENT.c.id, reversed_, _OWN_PAYMENT))
        known = (_NAMING.c.role == TRANSACTION, _NAMING.c.since <= self.at)
        self._meet(ocids=self._find(_NAMING.c.ocid, _NAMING.c.ref, ids, *known))

    def _find(self, wanted: Any, column: Any, keys: Iterable[Any], *also: Any) -> list[Any]:
        found: dict[Any, None] = {}
        for chunk in chunks(keys):
            query = select(wanted).where(column.in_(chunk), *also).distinct()
            found.update(dict.fromkeys(self.connection.execute(query).scalars()))
        return list(found)


_OWN_PAYMENT = _PAYMENT.c.source == "payment"
