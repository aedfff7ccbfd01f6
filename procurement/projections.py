"""The database of the projections: opened, made and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlmodel import Session

from ledger import store
from procurement.index import SEARCH_TABLES, Cursor, IndexTable

SCHEMA = "index"

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
    """The projections at `sqlite:///FILE` or `postgresql+psycopg://…`; tables are made if missing.

    Raises Unavailable.
    """
    engine = store.open_engine(url, SCHEMA)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _relax)
    index = Projections(engine)
    create_tables(index)
    return index


def create_tables(index: Projections) -> None:
    """Create what is missing. Raises Unavailable."""
    store.create_tables(index.engine, IndexTable.metadata, SCHEMA)
    with store.transaction(index.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7402)"))
        _create_search(connection)
        # The row that followers lock: with none, two that start at once would both begin.
        known = connection.execute(select(_CURSOR.c.id)).first()
        if known is None:
            connection.execute(insert(_CURSOR).values(id=1, position=0, at=""))


def drop_tables(index: Projections) -> None:
    """Drop all projections. Raises Unavailable."""
    with store.transaction(index.engine) as connection:
        SEARCH_TABLES.drop_all(connection)
        IndexTable.metadata.drop_all(connection)


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
