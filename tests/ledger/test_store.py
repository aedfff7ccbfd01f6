"""The database when it cannot be reached in time."""

from __future__ import annotations

from pathlib import Path

import pytest

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
