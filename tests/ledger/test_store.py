"""The database when it cannot be reached in time, and what its errors tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ledger import store
from ledger.errors import Unavailable


def test_no_free_connection_is_worth_trying_again(tmp_path: Path) -> None:
    """When every connection is taken, who has waited too long is told to come again."""
    engine = store.open_engine(store.sqlite_url(tmp_path / "log.db"), store.SCHEMA)
    engine.pool._timeout = 0.05
    held = []
    try:
        while len(held) < 100:
            held.append(engine.connect())
    except Exception:  # noqa: BLE001 - the pool is used up, whatever it calls that
        with pytest.raises(Unavailable), store.reading(engine):
            pass
        with pytest.raises(Unavailable), store.transaction(engine):
            pass
    assert 0 < len(held) < 100
    for each in held:
        each.close()
    engine.dispose()


def test_an_error_does_not_tell_what_was_to_be_stored(database_url: str) -> None:
    """Errors are written into logs, where nobody's secret or draft has anything to do."""
    engine = store.open_engine(database_url, store.SCHEMA)
    insert = text("INSERT INTO once VALUES (:number, :said)")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE once (number INTEGER PRIMARY KEY, said TEXT)"))
        connection.execute(insert, {"number": 1, "said": "rahasia"})
    with pytest.raises(IntegrityError) as refused, store.transaction(engine) as connection:
        connection.execute(insert, {"number": 1, "said": "rahasia"})
    assert "rahasia" not in str(refused.value)
    engine.dispose()
