"""Leaving nothing of an erased body in the file of the projections.

SQLite leaves what is deleted in free pages, in the journal and in the segments of the search
index. After an erasure the file is written anew. What is due is kept in the file itself
(`user_version`), so that a process that dies in between is no excuse. On PostgreSQL the database's
owner does the same with VACUUM FULL: docs/registrars.md.
"""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import Connection

from ledger import store
from procurement.projections import Projections

ERASURE = "registry/erasure"


def mark_due(connection: Connection) -> None:
    """In the transaction that takes an erased body out of the tables."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version=1")


def purge(index: Projections) -> None:
    """Write the file anew if an erasure is due. Raises Unavailable while others hold it."""
    if index.engine.dialect.name != "sqlite":
        return
    with store.reading(index.engine) as connection:
        if connection.exec_driver_sql("PRAGMA user_version").scalar() == 0:
            return
    with store.transaction(index.engine) as connection:
        # Deletes are marks in FTS5's segments until these are merged.
        connection.exec_driver_sql("INSERT INTO search(search) VALUES('optimize')")
    with store.answering(), closing(index.engine.raw_connection()) as raw:
        raw.cursor().execute("VACUUM")
    if store.truncate_journal(index.engine):
        with store.transaction(index.engine) as connection:
            connection.exec_driver_sql("PRAGMA user_version=0")
