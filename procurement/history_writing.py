"""What sums are after a group of entries, kept beside what they were before."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, select, tuple_

from procurement.index_history import Followed, PastSum
from procurement.writing import Counters, add, chunks, core

_PAST = core(PastSum)
_FOLLOWED = core(Followed)


def remember(connection: Connection, counters: Iterable[Counters], position: int) -> None:
    """Keep the rows that these counters have moved, as they stand at a position."""
    rows = {}
    for each in counters:
        columns = [each.table.c[name] for name in each.keys]
        for chunk in chunks(each.written):
            query = select(each.table).where(tuple_(*columns).in_(chunk))
            for row in connection.execute(query).mappings():
                key = key_text([row[name] for name in each.keys])
                rows[each.table.name, key] = {
                    "total": each.table.name,
                    "key": key,
                    "position": position,
                    "sums": {name: row[name] for name in each.sums},
                }
    add(connection, _PAST, list(rows.values()))
    add(connection, _FOLLOWED, [{"position": position}])


def key_text(key: Iterable[str]) -> str:
    """The key of a row of sums as text."""
    return msgspec.json.encode(list(key)).decode()
