"""Copies of a log and its projections in PostgreSQL, row for row: made once for the bench of pages.

    python -m tests.bench.copies FOLDER URL    copies FOLDER/log.db and FOLDER/index.db to URL

Projecting a million entries takes long; that both databases come to hold the same rows is what
tests/procurement/test_databases.py holds. The database is made if it is not there.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    insert,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger import store
from procurement import projections
from procurement.index import SEARCH, IndexTable
from procurement.searching import stored


def copy(folder: Path, url: str) -> None:
    """Copy the databases of a folder; what the database held in our schemas is dropped."""
    _make_database(url)
    for name, schema, metadata in (
        ("log.db", store.SCHEMA, store.HeadRow.metadata),
        ("index.db", projections.SCHEMA, IndexTable.metadata),
    ):
        engine = store.open_engine(url, schema)
        with closing(sqlite3.connect(f"file:{folder / name}?mode=ro", uri=True)) as source:
            _make_schema(engine, schema)
            _copy_tables(source, engine, metadata)
            if schema == projections.SCHEMA:
                _copy_search(source, engine)
        engine.dispose()
    _analyse(url)


def _make_database(url: str) -> None:
    wanted = make_url(url)
    server = wanted.set(database="postgres", drivername="postgresql").render_as_string(False)
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (wanted.database,)
        )
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(wanted.database)))
            )


def _make_schema(engine: Engine, schema: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))


def _copy_tables(source: sqlite3.Connection, engine: Engine, metadata: MetaData) -> None:
    for table in metadata.sorted_tables:
        start = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(CreateTable(table))
            names = [column.name for column in table.columns]
            count = _copy_rows(
                connection, _place(table, engine), names, _rows(source, table.name, names)
            )
            for index in sorted(table.indexes, key=lambda each: str(each.name)):
                connection.execute(CreateIndex(index))
            _advance(connection, table)
        print(f"{table.name}: {count:,} rows, {time.perf_counter() - start:.0f} s", flush=True)


def _place(table: Table, engine: Engine) -> str:
    schema = engine.get_execution_options()["schema_translate_map"][None]
    return f'"{schema}"."{table.name}"'


def _rows(source: sqlite3.Connection, table: str, names: Sequence[str]) -> Iterator[Any]:
    listed = ", ".join(f'"{name}"' for name in names)
    return source.execute(f'SELECT {listed} FROM "{table}"')


def _copy_rows(
    connection: Connection, place: str, names: Sequence[str], rows: Iterator[Any]
) -> int:
    count = 0
    listed = ", ".join(f'"{name}"' for name in names)
    raw: Any = connection.connection.driver_connection
    with raw.cursor().copy(f"COPY {place} ({listed}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)
            count += 1
    return count


def _advance(connection: Connection, table: Table) -> None:
    """The next row gets an id of its own."""
    serial = table.autoincrement_column
    if serial is None:
        return
    place = _place(table, connection.engine)
    named = f"pg_get_serial_sequence('{place}', '{serial.name}')"
    newest = f'(SELECT coalesce(max("{serial.name}"), 1) FROM {place})'
    connection.execute(text(f"SELECT setval({named}, {newest})"))


def _copy_search(source: sqlite3.Connection, engine: Engine) -> None:
    """The words of what can be found, as PostgreSQL keeps them."""
    start = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(CreateTable(SEARCH))
        connection.execute(text("CREATE TEMPORARY TABLE said (id bigint, words text)"))
        rows = source.execute("SELECT rowid, words FROM search")
        count = _copy_rows(connection, "said", ("id", "words"), rows)
        said: Any = text("SELECT id, words FROM said").columns(
            Column("id", BigInteger), Column("words", Text)
        )
        said = said.subquery()
        kept = select(said.c.id, stored("postgresql", said.c.id, said.c.words))
        connection.execute(insert(SEARCH).from_select(["rowid", "words"], kept))
        for index in SEARCH.indexes:
            connection.execute(CreateIndex(index))
    print(f"search: {count:,} rows, {time.perf_counter() - start:.0f} s", flush=True)


def _analyse(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(False)
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        connection.execute("VACUUM ANALYZE")


def main(arguments: Sequence[str]) -> None:
    """Copy one folder."""
    folder, url = arguments
    copy(Path(folder), url)


if __name__ == "__main__":
    main(sys.argv[1:])
