"""No page reads a table from end to end: what it costs does not grow with the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from procurement import queries
from tests.web.test_pages import PAGES
from web.releases import line_titles, titles_of

# What holds a few rows in any log: rules, years, how far it has come, and what auditors write.
SMALL = ("cursor", "head", "finding_total", "year_total", "signed_total", "audit_case")
# Lists of one process, contract, line, payment or case are sorted whole: nobody else adds to them.
OWN = re.compile(r"\b(ocid|line|finding|reverses|key|claim) (= \?|IN)")


@contextmanager
def queried(*engines: Engine) -> Iterator[dict[str, tuple[Engine, Any]]]:
    """What is asked of databases meanwhile, each query once."""
    found: dict[str, tuple[Engine, Any]] = {}

    def take(connection: Any, _cursor: Any, query: str, given: Any, *_more: Any) -> None:
        if query.startswith("SELECT"):
            found.setdefault(query, (connection.engine, given))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", take)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", take)


def steps(engine: Engine, query: str, given: Any) -> list[str]:
    """How SQLite goes about a query."""
    with closing(engine.raw_connection()) as raw:
        rows = raw.cursor().execute(f"EXPLAIN QUERY PLAN {query}", given).fetchall()
    return [row[3] for row in rows]


def grows(query: str, step: str) -> bool:
    """Whether a step takes longer the longer the log is."""
    if step == "USE TEMP B-TREE FOR ORDER BY":
        return OWN.search(query) is None
    if step == "SCAN CONSTANT ROW":  # nothing was asked for
        return False
    scan = re.match(r"SCAN (\w+)\b(?! VIRTUAL)", step)
    if scan is None or scan[1] in SMALL or scan[1].startswith("anon_"):
        return False
    # In order of an index, and no further than the page is long.
    return "USING" not in step or "LIMIT" not in query


@pytest.mark.parametrize("name", PAGES)
def test_no_page_reads_a_table_from_end_to_end(district, addresses, name):
    """Every query finds its rows by an index, in the order in which they are shown."""
    engines = district.log.engine, district.index.engine
    with queried(*engines) as asked, district.client() as client:
        assert client.get(addresses[name]).status_code == 200
    assert asked
    slow = [
        (step, query)
        for query, (engine, given) in asked.items()
        for step in steps(engine, query, given)
        if grows(query, step)
    ]
    assert not slow


def test_titles_of_a_list_are_asked_for_together(district):
    """However many rows a list has, their titles cost one query, and unknown ones are left out."""
    processes = {each.ocid: each.title for each in queries.processes(district.index, 30)}
    lines = {each.id: each.title for each in queries.lines(district.index, limit=30)}
    assert min(len(processes), len(lines)) > 10
    for titles, known in ((titles_of, processes), (line_titles, lines)):
        with queried(district.index.engine) as asked:
            assert titles(district.index, [*known, "none", "", None]) == known
            assert titles(district.index, [None, ""]) == {}
        assert len(asked) == 1
        ((query, (engine, given)),) = asked.items()
        assert not [step for step in steps(engine, query, given) if grows(query, step)]
