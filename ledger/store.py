"""log.db: the tables of the log on SQLite or PostgreSQL, the same code on both.

PostgreSQL keeps them in the schema `log`. Hashes are 32 raw bytes; the `…_key` columns are the
first eight bytes of a hash as a signed integer: a small index that narrows a search, never an
identity.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, SQLModel

from ledger.errors import Conflict, Unavailable

SCHEMA = "log"
BUSY_SECONDS = 60
_IN_ONE = 500


class Octets(LargeBinary):
    """Bytes as they are: both drivers take and give them without a wrapper for each value."""

    def bind_processor(self, dialect: Any) -> None:
        """Nothing to do on the way in."""

    def result_processor(self, dialect: Any, coltype: Any) -> None:
        """Nothing to do on the way out."""


class _LogTable(SQLModel):
    metadata = MetaData()


class HeadRow(_LogTable, table=True):
    """One row: how far the log goes. Each append compares it and sets it."""

    __tablename__ = "head"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    leaf_hash: bytes = Field(sa_column=Column(Octets, nullable=False))
    at: str = Field(sa_column=Column(Text, nullable=False))
    halted: str | None = Field(default=None, sa_column=Column(Text))


class EntryRow(_LogTable, table=True):
    """An entry: its leaf bytes and their hash."""

    __tablename__ = "entry"
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    leaf: bytes = Field(sa_column=Column(Octets, nullable=False))
    leaf_hash: bytes = Field(sa_column=Column(Octets, nullable=False))
    leaf_key: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    body_key: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))


class BodyRow(_LogTable, table=True):
    """The body of the entry at the same index, as ledger.body packs it; NULL once erased."""

    __tablename__ = "body"
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    packed: bytes | None = Field(sa_column=Column(Octets))


class ActRow(_LogTable, table=True):
    """Indices of the `registry/*` entries, which the registry folds."""

    __tablename__ = "act"
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class ClaimRow(_LogTable, table=True):
    """Ids that may be used once, as `payment:<id>`, and the entry that holds them."""

    __tablename__ = "claim"
    claim: str = Field(sa_column=Column(Text, primary_key=True))
    index: int = Field(sa_column=Column(BigInteger, nullable=False))


class CorrectionRow(_LogTable, table=True):
    """An entry that has been corrected and the entry that corrects it."""

    __tablename__ = "correction"
    replaced: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(BigInteger, nullable=False))


class NodeRow(_LogTable, table=True):
    """Roots of full tiles: hash `index` of the tiles at `level` >= 1."""

    __tablename__ = "node"
    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_column=Column(Octets, nullable=False))


class CheckpointRow(_LogTable, table=True):
    """A signed checkpoint, with the right edge of its tree."""

    __tablename__ = "checkpoint"
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(Octets, nullable=False))
    edge: bytes = Field(sa_column=Column(Octets, nullable=False))
    note: bytes = Field(sa_column=Column(Octets, nullable=False))
    time: str = Field(sa_column=Column(Text, nullable=False))


class AnchorTable(_LogTable, table=True):
    """A checkpoint that the contract accepted; `proof` is JSON, kept for some."""

    __tablename__ = "anchor"
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: str = Field(sa_column=Column(Text, nullable=False))
    transaction: str = Field(sa_column=Column(Text, nullable=False))
    block: int = Field(sa_column=Column(BigInteger, nullable=False))
    block_hash: str = Field(sa_column=Column(Text, nullable=False))
    time: str = Field(sa_column=Column(Text, nullable=False))
    proof: str | None = Field(default=None, sa_column=Column(Text))


class PartialRow(_LogTable, table=True):
    """A partial file that may go an hour after the full one stands (`full_at`)."""

    __tablename__ = "partial"
    path: str = Field(sa_column=Column(Text, primary_key=True))
    full_at: str | None = Field(default=None, sa_column=Column(Text, index=True))


def table(model: type[SQLModel]) -> Any:
    """The Core table of a model: bulk paths use it, not the ORM."""
    return model.__table__  # type: ignore[attr-defined]


def key_of(digest: bytes) -> int:
    """The first eight bytes of a hash as a signed integer."""
    return int.from_bytes(digest[:8], "big", signed=True)


def insert_rows(connection: Connection, into: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given in the order of the table's columns, as the driver takes them.

    SQLAlchemy's own work for each row costs as much as SQLite's.
    """
    name, columns = _quoted(connection, into)
    marks = _marks(connection, len(into.columns))
    connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608


def rows_of(connection: Connection, of: Any, column: Any, values: Sequence[Any]) -> Iterator[Any]:
    """The rows of a table with one of the values in a column, by the table's primary key.

    What SQLAlchemy does for each value costs more than SQLite's search for it.
    """
    name, columns = _quoted(connection, of)
    quote = connection.dialect.identifier_preparer.quote
    by = ", ".join(quote(each.name) for each in of.primary_key)
    for at in range(0, len(values), _IN_ONE):
        chunk = tuple(values[at : at + _IN_ONE])
        marks = _marks(connection, len(chunk))
        query = (
            f"SELECT {columns} FROM {name} WHERE {quote(column.name)} IN ({marks}) ORDER BY {by}"  # noqa: S608
        )
        yield from connection.exec_driver_sql(query, chunk)


def _quoted(connection: Connection, of: Any) -> tuple[str, str]:
    """Name and columns of a table as SQL."""
    quote = connection.dialect.identifier_preparer.quote
    schema = connection.get_execution_options().get("schema_translate_map", {}).get(None)
    name = ".".join(quote(part) for part in (schema, of.name) if part)
    return name, ", ".join(quote(column.name) for column in of.columns)


def _marks(connection: Connection, count: int) -> str:
    return ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * count)


def open_engine(url: str, schema: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`, in the given schema there.

    Errors do not say what was to be stored: they end up in logs, and that may be a secret.
    """
    if url.startswith("sqlite"):
        return _sqlite_engine(url)
    engine = create_engine(
        url, pool_pre_ping=True, pool_size=5, max_overflow=15, hide_parameters=True
    )
    return engine.execution_options(schema_translate_map={None: schema})


def memory_engine() -> Engine:
    """An engine for one database in memory, the same for whichever thread asks."""
    return _sqlite_engine("sqlite://", poolclass=StaticPool)


def sqlite_url(path: Path) -> str:
    """The database URL of a file."""
    return f"sqlite:///{path}"


def _sqlite_engine(url: str, **chosen: Any) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
        **chosen,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def create_tables(engine: Engine, metadata: MetaData, schema: str) -> None:
    """Create what is missing. Raises Unavailable."""
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            # Two processes that start at once would both try to create.
            connection.execute(text("SELECT pg_advisory_xact_lock(7401)"))
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        metadata.create_all(connection)


def create_log_tables(engine: Engine) -> None:
    """The tables of the log."""
    create_tables(engine, _LogTable.metadata, SCHEMA)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes. Raises Unavailable when the database does not answer."""
    with (
        answering(),
        engine.connect().execution_options(writing=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads. Raises Unavailable when the database does not answer."""
    with answering(), engine.connect() as connection:
        yield connection


@contextmanager
def answering() -> Iterator[None]:
    """Turn what SQLAlchemy or SQLite itself raises into Unavailable or Conflict."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("no database connection is free", "try again in a moment") from error
    except (OperationalError, DatabaseError) as error:
        raise _unavailable(error) from error
    except sqlite3.OperationalError as error:
        raise Unavailable(f"the database does not answer: {error}", "try again") from error


def truncate_journal(engine: Engine) -> bool:
    """Write SQLite's journal into the file and empty it; whether nobody was reading from it.

    What was deleted stands in the journal until then. PostgreSQL minds its own.
    """
    if engine.dialect.name != "sqlite":
        return True
    with answering(), closing(engine.raw_connection()) as raw:
        busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _unavailable(error: DBAPIError) -> Exception:
    """What a driver's error means: only some of them are trouble of the database itself."""
    reason = re.sub(r"//[^@/]*@", "//…@", str(error.orig)).strip().split("\n")[0]
    if "readonly" in reason or "unable to open" in reason:
        return Unavailable(
            f"the database cannot be written: {reason}",
            "look at who owns the data folder and whether its disk is full or read-only",
        )
    if isinstance(error, OperationalError):
        return Unavailable(f"the database does not answer: {reason}", "start it and try again")
    if type(error) is DatabaseError:
        return Conflict(
            f"the database is damaged: {reason}",
            "move log.db away and fill a new one from the public tree with jejak recover; index.db "
            "may be deleted and made again with jejak reindex",
        )
    return error
