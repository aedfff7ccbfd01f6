"""Writing the projections in bulk: rows replaced by key, counters moved by what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
)
from sqlmodel import SQLModel

from ledger import store
from procurement.charging import Row
from procurement.index import SEARCH
from procurement.index_totals import Digits
from procurement.money import LIMIT
from procurement.projections import SCHEMA
from procurement.searching import document, stored
from procurement.word_writing import TitleWords

CHUNK = 500
_LARGEST = LIMIT - 1
_encode = msgspec.json.Encoder().encode


def core(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    table: Table = store.table(model)
    return table


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Values in lists of at most 500, for IN."""
    ordered = list(values)
    for at in range(0, len(ordered), CHUNK):
        yield ordered[at : at + CHUNK]


def fetch(
    connection: Connection, table: Table, column: Column[Any], keys: Iterable[Any], *also: Any
) -> list[Row]:
    """The rows whose `column` is one of `keys` and for which `also` holds."""
    found: list[Row] = []
    for chunk in chunks(keys):
        result = connection.execute(select(table).where(column.in_(chunk), *also))
        names = list(result.keys())
        found += [dict(zip(names, row, strict=True)) for row in result.all()]
    return found


def remove(
    connection: Connection, table: Table, column: Column[Any], keys: Iterable[Any], *also: Any
) -> None:
    """Delete the rows whose `column` is one of `keys` and for which `also` holds."""
    for chunk in chunks(keys):
        connection.execute(delete(table).where(column.in_(chunk), *also))


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; columns a row does not name have the defaults of the table.

    Straight to the driver: SQLAlchemy would look at every value of every row again.
    """
    if rows:
        plan = _plan(table, connection.dialect.name)
        connection.exec_driver_sql(plan.statement, [plan.values(row) for row in rows])


@dataclass(frozen=True)
class _Plan:
    statement: str
    defaults: Row
    json: tuple[str, ...]
    sums: tuple[str, ...]
    digits: tuple[str, ...]

    def values(self, row: Row) -> tuple[Any, ...]:
        """The values of a row in the order of the statement."""
        whole = {**self.defaults, **row}
        for name in self.json:
            whole[name] = _encode(whole[name]).decode()
        for name in self.sums:
            whole[name] = _bounded(whole[name])
        for name in self.digits:
            whole[name] = str(whole[name])
        if len(whole) != len(self.defaults):
            raise KeyError(sorted(set(row) - set(self.defaults)))
        return tuple(whole.values())


@cache
def _plan(table: Table, dialect: str) -> _Plan:
    defaults = _defaults(table)
    columns = ", ".join(f'"{name}"' for name in defaults)
    mark, schema = ("%s", f'"{SCHEMA}".') if dialect == "postgresql" else ("?", "")
    marks = ", ".join([mark] * len(defaults))
    return _Plan(
        f'INSERT INTO {schema}"{table.name}" ({columns}) VALUES ({marks})',  # noqa: S608 names are ours
        defaults,
        tuple(column.name for column in table.columns if isinstance(column.type, JSON)),
        tuple(
            column.name
            for column in table.columns
            if column.name in defaults and _holds_sum(column)
        ),
        tuple(column.name for column in table.columns if isinstance(column.type, Digits)),
    )


def _holds_sum(column: Column[Any]) -> bool:
    places = ("index", "place", "first_index", "last_index", "replaces", "replaced_by", "position")
    return isinstance(column.type, BigInteger) and column.name not in places


def _defaults(table: Table) -> Row:
    """Every column with its default, but the serial ids that the database gives."""
    found: Row = {}
    for column in table.columns:
        default: Any = column.default
        if column is table.autoincrement_column:
            continue
        if default is None:
            found[column.name] = None
        else:
            found[column.name] = default.arg if default.is_scalar else default.arg(None)
    return found


def _bounded(value: int | None) -> int | None:
    """A sum that no longer fits into 63 bits stands at the limit: one entry must not stop all."""
    if value is None or -_LARGEST <= value <= _LARGEST:
        return value
    return _LARGEST if value > 0 else -_LARGEST


class Counters:
    """Changes to sums of one table, by its primary key, written at once.

    `written` are the keys of the rows that have been.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.keys = [column.name for column in table.primary_key.columns]
        self.sums = [column.name for column in table.columns if not column.primary_key]
        self._moved: dict[tuple[Any, ...], dict[str, int]] = {}
        self.written: set[tuple[Any, ...]] = set()

    def move(self, key: tuple[Any, ...], change: Mapping[str, int], sign: int) -> None:
        """Add (sign 1) or take away (sign -1)."""
        moved = self._moved.setdefault(key, dict.fromkeys(self.sums, 0))
        for name, amount in change.items():
            moved[name] += sign * amount

    def write(self, connection: Connection) -> None:
        """Add the changes to what stands in the table."""
        moved = {key: change for key, change in self._moved.items() if any(change.values())}
        self.written = set(moved)
        columns = [self.table.c[name] for name in self.keys]
        for chunk in chunks(moved):
            named = tuple_(*columns).in_(chunk)
            for row in connection.execute(select(self.table).where(named)).mappings():
                key = tuple(row[name] for name in self.keys)
                moved[key] = {name: row[name] + moved[key][name] for name in self.sums}
            connection.execute(delete(self.table).where(named))
        # Added up here and not in the database, where a sum could leave its 64 bits.
        add(
            connection,
            self.table,
            [{**dict(zip(self.keys, key, strict=True)), **sums} for key, sums in moved.items()],
        )


class SearchDocuments:
    """What can be found by its words, one document a (type, ref)."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._new: dict[tuple[str, str], tuple[Row, str]] = {}
        self._dropped: list[tuple[str, str]] = []
        self._titles = TitleWords()

    def put(
        self, kind: str, ref: str, title: str, detail: str, index: int, *texts: str | None
    ) -> None:
        """Make something found by the words of `ref`, title, detail and `texts`."""
        row = {
            "type": kind,
            "ref": ref,
            "title": title[:300],
            "detail": detail[:300],
            "index": index,
        }
        self._new[kind, ref] = (row, document(kind, ref, title, detail, *texts))

    def drop(self, kind: str, ref: str) -> None:
        """Make something found no more."""
        self._new.pop((kind, ref), None)
        self._dropped.append((kind, ref))

    def write(self, connection: Connection) -> None:
        """Write the documents, in place of those that stand there."""
        for kind, ref in self._dropped:
            again = (self.table.c.type == kind, self.table.c.ref == ref)
            query = select(self.table.c.id, self.table.c.title).where(*again)
            for number, title in connection.execute(query).all():
                self._titles.replace(title, "")
                remove(connection, SEARCH, SEARCH.c.rowid, [number])
                remove(connection, self.table, self.table.c.id, [number])
        if self._new:
            self._write_new(connection)
        self._titles.write(connection)

    def _write_new(self, connection: Connection) -> None:
        known = self._known(connection)
        newest = connection.execute(select(func.max(self.table.c.id))).scalar() or 0
        rows, words = [], []
        for key, (row, text) in self._new.items():
            before = known.get(key)
            if before is None:
                newest += 1
            number = before["id"] if before else newest
            self._titles.replace(before["title"] if before else "", row["title"])
            rows.append({**row, "id": number})
            words.append({"rowid": number, "words": text})
        replaced = [before["id"] for before in known.values()]
        remove(connection, self.table, self.table.c.id, replaced)
        remove(connection, SEARCH, SEARCH.c.rowid, replaced)
        add(connection, self.table, rows)
        self._write_words(connection, words)

    def _known(self, connection: Connection) -> dict[tuple[str, str], Row]:
        found: dict[tuple[str, str], Row] = {}
        for kind in {kind for kind, _ in self._new}:
            refs = [ref for other, ref in self._new if other == kind]
            for row in fetch(
                connection, self.table, self.table.c.ref, refs, self.table.c.type == kind
            ):
                found[kind, row["ref"]] = row
        return found

    def _write_words(self, connection: Connection, words: list[Row]) -> None:
        if connection.dialect.name != "postgresql":
            add(connection, SEARCH, words)
            return
        number, said = bindparam("number", type_=BigInteger), bindparam("said", type_=Text)
        kept = stored("postgresql", number, said)
        rows = [{"number": row["rowid"], "said": row["words"]} for row in words]
        connection.execute(insert(SEARCH).values(rowid=number, words=kept), rows)
