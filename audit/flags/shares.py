"""What suppliers hold of the awards of a buyer or of a market: for R040, R050 and R051."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from audit.flags.deals import Deal, deals_of
from audit.flags.flag import NotComputable, Observation, Process, Scope


def held(process: Process, scope: Scope, subject: str) -> Iterator[Observation]:
    """The value of each award to one supplier, named with it and its currency.

    Raises NotComputable where no value of such an award is known.
    """
    known = [deal for deal in deals_of(process) if len(deal.suppliers) == 1 and _positive(deal)]
    if not known:
        raise NotComputable("no active award to one supplier has a value")
    for deal in known:
        if deal.value is not None:
            amounts, names = (
                (Fraction(deal.value.amount),),
                (deal.suppliers[0], deal.value.currency),
            )
            yield Observation(scope, subject, amounts, process.entries, names)


def shares(seen: list[Observation], least: int) -> dict[str, Fraction]:
    """What share of all value each supplier holds, the greatest first. Raises NotComputable."""
    if len(seen) < least:
        raise NotComputable(f"fewer than {least} awards")
    if len({each.names[1] for each in seen}) > 1:
        raise NotComputable("awards are in several currencies")
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for each in seen:
        sums[each.names[0]] += each.amounts[0]
    total = sum(sums.values())
    ordered = sorted(sums, key=lambda who: (-sums[who], who))
    return {who: sums[who] / total for who in ordered}


def _positive(deal: Deal) -> bool:
    return deal.value is not None and deal.value.amount > 0
