"""Direct awards of one buyer to one supplier, by day: for R011 and R055."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from audit.flags.by_subject import day_number
from audit.flags.deals import buyer_of, deals_of, method_of
from audit.flags.flag import NotComputable, Observation, Process
from audit.flags.reading import method_named


def direct_awards(process: Process, methods: tuple[str, ...]) -> Iterator[Observation]:
    """The day of each dated award to one supplier, for the pair of buyer and supplier.

    Raises NotComputable where the method is another, or nothing is dated.
    """
    method = method_of(process)
    if method not in methods:
        raise NotComputable(method_named(method))
    buyer = buyer_of(process)
    dated = [deal for deal in deals_of(process) if deal.date and len(deal.suppliers) == 1]
    if not dated:
        raise NotComputable("no active award to one supplier is dated")
    for deal in dated:
        if deal.date is not None:
            pair, day = f"{buyer} {deal.suppliers[0]}", (day_number(deal.date),)
            yield Observation("buyer-and-supplier", pair, day, process.entries)


def days_of(seen: list[Observation]) -> list[Fraction]:
    """All days that were observed."""
    return [day for each in seen for day in each.amounts]
