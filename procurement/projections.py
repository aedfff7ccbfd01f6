"""The database of the projections: opened, made and dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Session

from ledger import store
from procurement import index_cases, index_frameworks, index_history, index_totals, index_words
from procurement.index import SEARCH_TABLES, Cursor, IndexTable

SCHEMA = "index"
# Raised when the same entries come to mean other rows of the same tables.
MEANING = 2

# Every module of tables is named here, so that all of them are made.
TABLES = (index_cases, index_frameworks, index_history, index_totals, index_words)

_CURSOR = store.table(Cursor)


@dataclass(frozen=True)
class Projections:
    """The projections in a database."""

    engine: Engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that only reads."""
        with (
            store.reading(self.engine) as connection,
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_index(url: str) -> Projections:
    """The projections at `sqlite:///FILE` or `postgresql+psycopg://…`.

    Tables are made if missing. Those that another version of the software has made are dropped
    and made anew, empty: whoever follows next begins at entry 0. Raises Unavailable.
    """
    engine = store.open_engine(url, SCHEMA)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _relax)
    index = Projections(engine)
    with store.reading(engine) as connection:
        known = _standing_version(connection)
    if known != version():
        create_tables(index)
    return index


@cache
def version() -> str:
    """What tells these tables, and what their rows mean, from those of other versions."""
    tables = [*IndexTable.metadata.sorted_tables, *SEARCH_TABLES.sorted_tables]
    made = [str(CreateTable(table)) for table in tables]
    made += sorted(str(CreateIndex(each)) for table in tables for each in table.indexes)
    return f"{MEANING}-{hashlib.sha256(''.join(made).encode()).hexdigest()[:16]}"


def create_tables(index: Projections) -> None:
    """Create what is missing, in place of what another version made. Raises Unavailable."""
    with store.transaction(index.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7402)"))
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{SCHEMA}"'))
        if _standing_version(connection) not in (None, version()):
            _drop_all(connection)
        IndexTable.metadata.create_all(connection)
        _create_search(connection)
        # The row that followers lock: with none, two that start at once would both begin.
        if connection.execute(select(_CURSOR.c.id)).first() is None:
            connection.execute(insert(_CURSOR).values(id=1, position=0, at="", version=version()))


def drop_tables(index: Projections) -> None:
    """Drop all projections. Raises Unavailable."""
    with store.transaction(index.engine) as connection:
        _drop_all(connection)


def _standing_version(connection: Connection) -> str | None:
    """The version of the tables that stand; "" before they had one, None where there are none."""
    if _CURSOR.name not in _table_names(connection):
        return None
    columns = inspect(connection).get_columns(_CURSOR.name, schema=_schema(connection))
    if "version" not in {column["name"] for column in columns}:
        return ""
    return connection.execute(select(_CURSOR.c.version)).scalar() or ""


def _drop_all(connection: Connection) -> None:
    """Every table that stands, whatever its name: another version may have had others."""
    SEARCH_TABLES.drop_all(connection)
    for name in _table_names(connection):
        place = f'"{SCHEMA}".' if _schema(connection) else ""
        connection.exec_driver_sql(f'DROP TABLE {place}"{name}"')


def _table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names(schema=_schema(connection))


def _schema(connection: Connection) -> str | None:
    return SCHEMA if connection.dialect.name == "postgresql" else None


def _create_search(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        SEARCH_TABLES.create_all(connection)
        return
    # The words are made by procurement.searching: letters and digits without accents.
    connection.exec_driver_sql("CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(words)")


def _relax(connection: Any, _record: Any) -> None:
    # What is lost with the power is built again from the log; WAL keeps the file sound.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA secure_delete=FAST")
    connection.execute("PRAGMA cache_size=-65536")
