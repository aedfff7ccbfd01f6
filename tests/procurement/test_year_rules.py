"""A contract is charged to the years of its lines, and what goes on after them is said plainly."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.contracting import read_process
from procurement.year_rules import contract_beyond_years
from tests.procurement.town import value

THIS, NEXT, ODD = "O/2026/1.03", "O/2027/1.03", "O/2026-27/1.03"


def judged(ends: str | None, *lines: tuple[str, Any, str | None], **more: Any) -> list[Any]:
    """The verdicts on a contract of 90 that ends on a day, charged to lines until a day."""
    breakdown = [
        {
            "id": line,
            "amount": value(amount),
            **({"period": {"endDate": f"{until}T00:00:00Z"}} if until else {}),
        }
        for line, amount, until in lines
    ]
    period = {"period": {"endDate": f"{ends}T00:00:00+07:00"}} if ends else {}
    contract = {"id": "K", "status": "active", "value": value(90), **period, **more}
    record = {
        "ocid": "ocds-x-1",
        "planning": {"budget": {"budgetBreakdown": breakdown}},
        "contracts": [contract],
    }
    return contract_beyond_years(read_process(record), [4, 5])


@pytest.mark.parametrize(
    ("ends", "lines", "outcome"),
    [
        ("2026-12-31", [(THIS, 90, None)], "holds"),
        ("2027-01-01", [(THIS, 90, None)], "broken"),
        ("2027-06-30", [(THIS, 60, None), (NEXT, 30, None)], "holds"),
        ("2028-01-01", [(THIS, 60, None), (NEXT, 30, None)], "broken"),
        # A fiscal year that is no calendar year is told by the period of the breakdown.
        ("2027-03-31", [(ODD, 90, "2027-03-31")], "holds"),
        ("2027-04-01", [(ODD, 90, "2027-03-31")], "broken"),
        ("2027-03-31", [(ODD, 90, None)], "not-computable"),
        (None, [(THIS, 90, None)], "not-computable"),
        ("soon", [(THIS, 90, None)], "not-computable"),
    ],
)
def test_a_contract_ends_within_the_years_of_its_lines(ends, lines, outcome):
    """On the last day of the last year it holds; a day later it is broken; else it is said."""
    (verdict,) = judged(ends, *lines)
    assert verdict.outcome == outcome
    assert bool(verdict.reason) == (outcome == "not-computable")


def test_the_year_that_bears_it_all_is_named():
    """Not split: the whole contract on the one year, with the days compared."""
    (verdict,) = judged("2027-06-30", (THIS, 90, None))
    assert [(each.name, each.text) for each in verdict.figures] == [
        ("ends", "2027-06-30"),
        ("last-day", "2026-12-31"),
        ("charged", "2026"),
    ]
    assert verdict.figures[-1].money.amount == 9_000
    assert verdict.entries == (4, 5)


def test_the_years_that_share_it_are_named():
    """Split by the amounts of `budgetBreakdown`, to the last unit."""
    (verdict,) = judged("2028-06-30", (THIS, 200, None), (NEXT, 100, None))
    charged = {each.text: each.money.amount for each in verdict.figures if each.money}
    assert charged == {"2026": 6_000, "2027": 3_000}


def test_where_no_line_is_named_nothing_is_said():
    """Most publishers name none; and what does not bind is not asked."""
    assert judged("2027-06-30") == []
    assert judged("2027-06-30", ("a project in words", 5, None)) == []
    for status in ("pending", "cancelled", "terminated"):
        assert judged("2027-06-30", (THIS, 90, None), status=status) == []
