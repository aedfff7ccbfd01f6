"""B001: contracts above the planned budget."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import contracts_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import amount_of, one_currency
from procurement.contracting import members
from procurement.money import Money, format_money


@dataclass(frozen=True)
class B001(ProcessFlag):
    """The contracts of a process sum up to more than its planning set aside.

    `rounding`: minor units that may be more.
    """

    code: ClassVar[str] = "B001"
    version: ClassVar[int] = 1
    rounding: int = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when they do; the value is contracted / planned. Raises NotComputable."""
        budget = members(members(process.record.get("planning")).get("budget"))
        planned = amount_of(budget.get("amount") or budget.get("value"), "the planned budget")
        values = [contract.value for contract in contracts_of(process)]
        known = [value for value in values if value is not None]
        if len(known) < len(values) or not planned.amount:
            raise NotComputable("the value of a contract is not known, or nothing was planned")
        currency = one_currency([planned, *known])
        signed = Money(sum(value.amount for value in known), currency)
        figures = (
            Figure("planned", format_money(planned)),
            Figure("contracted", format_money(signed)),
        )
        share = Fraction(signed.amount, planned.amount)
        return Judgement(signed.amount > planned.amount + self.rounding, share, figures)
