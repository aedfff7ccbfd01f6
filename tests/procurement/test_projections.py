"""The tables of the projections: which software made them, and what happens when it was another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger import store
from procurement import projections
from procurement.follower import Follower
from procurement.projections import open_index
from tests.procurement.test_follower import a_year, state
from tests.procurement.town import found_town

OLDER = {
    "before tables had a version": ['ALTER TABLE {}cursor DROP COLUMN "version"'],
    "a version with other tables": [
        "UPDATE {}cursor SET version = '0-abc', position = 3",
        "ALTER TABLE {}process DROP COLUMN title",
        "CREATE TABLE {}former (id int)",
        "CREATE INDEX {name} ON {}former (id)",
        "DROP TABLE {}line",
    ],
}


@pytest.mark.parametrize("older", OLDER)
def test_tables_of_another_version_are_made_anew(older: str, database_url: str, tmp_path: Path):
    """Whoever opens them needs to do nothing: they are dropped, and followed from entry 0."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        a_year(town)
        town.follow()
        followed = state(town)
        place = '"index".' if database_url.startswith("postgresql") else ""
        with store.transaction(town.index.engine) as connection:
            for statement in OLDER[older]:
                named = statement.replace("{name}", "entry_of_process_2")
                connection.execute(text(named.replace("{}", place)))
        with closing(open_index(_url(database_url, tmp_path))) as again:
            follower = Follower(town.log, again)
            assert follower.position() == 0
            follower.run()
            assert state(town) == followed
            with store.reading(again.engine) as connection:
                assert "former" not in projections._table_names(connection)


def test_tables_of_this_version_stay(database_url: str, tmp_path: Path):
    """Opening again keeps what has been followed."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        reached = town.follower.position()
        assert reached > 0
        with closing(open_index(_url(database_url, tmp_path))) as again:
            assert Follower(town.log, again).position() == reached


def test_another_meaning_is_another_version(monkeypatch: pytest.MonkeyPatch):
    """Rows that mean something else are told apart even when the tables are the same."""
    before = projections.version()
    monkeypatch.setattr(projections, "MEANING", projections.MEANING + 1)
    projections.version.cache_clear()
    try:
        assert projections.version() != before
    finally:
        projections.version.cache_clear()


def _url(database_url: str, folder: Path) -> str:
    sqlite = database_url.startswith("sqlite")
    return store.sqlite_url(folder / "index.db") if sqlite else database_url
