"""The projections answer on empty tables and page by cursor."""

from pathlib import Path

import pytest

from ledger import store
from ledger.errors import NotFound
from procurement import queries, sums
from procurement.projections import Projections, open_index


@pytest.fixture
def index(tmp_path: Path) -> Projections:
    """Projections without a row."""
    return open_index(store.sqlite_url(tmp_path / "index.db"))


def test_empty_projections_answer(index: Projections):
    """Pages of a log without entries are empty, not errors."""
    assert queries.position(index) == queries.Position(0, "")
    assert sums.years(index) == []
    assert sums.totals(index, "2026") == []
    assert sums.contract_totals(index, "2026") == []
    assert queries.latest(index) == []
    assert queries.processes(index, year="2026") == []
    assert queries.lines(index, "2026") == []
    assert queries.search(index, "jalan ocds-1 'x' \"") == []
    assert queries.search(index, "' \" *") == []
    assert queries.findings(index) == []
    assert sums.finding_counts(index) == {}
    assert sums.flows(index, "2026") == []
    assert queries.involvements(index, "ID-1") == []


@pytest.mark.parametrize("ask", [queries.process, queries.line, queries.organisation])
def test_what_is_not_there_is_not_found(index: Projections, ask):
    """Asking for an unknown id raises NotFound."""
    with pytest.raises(NotFound):
        ask(index, "nobody")
    with pytest.raises(NotFound):
        queries.entry(index, 0)
