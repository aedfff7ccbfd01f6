"""R022: bids lie far apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import bids_of, one_currency
from procurement.money import Money, format_money


@dataclass(frozen=True)
class R022(ProcessFlag):
    """The highest valid bid exceeds the lowest by more than `threshold`, as a share of the lowest.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R022"
    version: ClassVar[int] = 1
    threshold: str = "1"

    def judge(self, process: Process) -> Judgement:
        """Raised when it does. Raises NotComputable."""
        valid = [bid for bid in bids_of(process) if bid.status == "valid"]
        prices = [bid.value for bid in valid if bid.value is not None]
        if len(prices) < max(len(valid), 2):
            raise NotComputable("fewer than two valid bids, or one without a price")
        currency = one_currency(prices)
        least, most = min(p.amount for p in prices), max(p.amount for p in prices)
        if least <= 0:
            raise NotComputable("the lowest price is not above nothing")
        share = Fraction(most - least, least)
        figures = (
            Figure("lowest", format_money(Money(least, currency))),
            Figure("highest", format_money(Money(most, currency))),
        )
        return Judgement(share > Fraction(self.threshold), share, figures)
