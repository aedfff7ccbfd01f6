"""Money from organisations, by budget lines, to suppliers and payees. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from procurement.budget import line_org, split_line
from procurement.charging import Paid, Row


def payment_flows(paid: Paid) -> list[Row]:
    """A payment whose contract nobody has published, by the lines it is charged to."""
    return [
        {
            "origin": f"payment:{paid.id}",
            "line": line,
            "ocid": paid.ocid,
            "fiscal_year": year_of(line, paid.date),
            "org": line_org(line) if line else "",
            "supplier": paid.payee.id,
            "supplier_name": paid.payee.name,
            "currency": paid.money.currency,
            "committed": 0,
            "paid": amount,
        }
        for line, amount in by_line([paid]).items()
    ]


def by_line(payments: Sequence[Paid]) -> dict[str, int]:
    """What payments charge to each line ("" = to none), minor units of their one currency."""
    sums: dict[str, int] = {}
    for paid in payments:
        for line, amount in paid.items or ((None, paid.money.amount),):
            sums[line or ""] = sums.get(line or "", 0) + amount
    return sums


def year_of(line: str, day: str) -> str:
    """The fiscal year of a line, else the year of a day."""
    parts = split_line(line) if line else None
    return parts[1] if parts else day[:4]
