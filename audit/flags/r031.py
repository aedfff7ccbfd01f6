"""R031: the winning price is at or near the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import deals_of, method_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import COMPETITIVE, amount_of, method_named, one_currency, tender_of
from procurement.money import Money, format_money


@dataclass(frozen=True)
class R031(ProcessFlag):
    """Active awards sum up to `threshold` of the tender's value or more; a competitive method.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R031"
    version: ClassVar[int] = 1
    threshold: str = "0.99"
    methods: tuple[str, ...] = COMPETITIVE

    def judge(self, process: Process) -> Judgement:
        """Raised when it is. Raises NotComputable."""
        method = method_of(process)
        if method not in self.methods:
            raise NotComputable(method_named(method))
        estimate = amount_of(tender_of(process).get("value"), "the tender")
        values = [deal.value for deal in deals_of(process) if deal.value is not None]
        if len(values) < len(deals_of(process)):
            raise NotComputable("the value of an award is not known")
        one_currency([estimate, *values])
        if not estimate.amount:
            raise NotComputable("the value of the tender is nothing")
        awarded = Money(sum(value.amount for value in values), estimate.currency)
        share = Fraction(awarded.amount, estimate.amount)
        figures = (
            Figure("tendered", format_money(estimate)),
            Figure("awarded", format_money(awarded)),
        )
        return Judgement(share >= Fraction(self.threshold), share, figures)
