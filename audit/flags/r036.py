"""R036: the lowest bid was disqualified where price alone decides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import active_awards, one_currency, submitted_of
from procurement.contracting import members, text
from procurement.money import format_money

PRICE_ONLY = frozenset(("", "priceOnly", "lowestCost"))


@dataclass(frozen=True)
class R036(ProcessFlag):
    """There is an active award, and the lowest submitted bid is disqualified.

    Where awardCriteria is missing, price alone is taken to decide. Source: Cardinal, R036.
    """

    code: ClassVar[str] = "R036"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when the lowest is. Raises NotComputable."""
        criterion = text(members(process.record.get("tender")).get("awardCriteria"))
        if criterion not in PRICE_ONLY:
            raise NotComputable(f"the award criterion is {criterion[:40]!r}, not price alone")
        active_awards(process)
        bids = [(b.value, b.status) for b in submitted_of(process) if b.value is not None]
        one_currency([value for value, _ in bids])
        lowest, status = min(bids, key=lambda each: (each[0].amount, each[1] == "disqualified"))
        raised = status == "disqualified"
        figures = (Figure("lowest bid", format_money(lowest)), Figure("its status", status))
        return Judgement(raised, Fraction(raised), figures)
