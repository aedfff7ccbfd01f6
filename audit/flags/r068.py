"""R068: more was paid than contracted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import Contract, contracts_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import one_currency
from procurement.money import Money, format_money


@dataclass(frozen=True)
class R068(ProcessFlag):
    """The transactions of a contract exceed its value by more than `rounding` minor units.

    Source: OCP's list. The money rule payments-above-contract counts `budget/payment` entries too.
    """

    code: ClassVar[str] = "R068"
    version: ClassVar[int] = 1
    rounding: int = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when they do; the value is the largest share paid. Raises NotComputable."""
        found = [_spent(contract) for contract in contracts_of(process) if contract.paid]
        if not found:
            raise NotComputable("no transaction is published")
        over = [paid.amount - value.amount > self.rounding for value, paid in found]
        figures = tuple(
            Figure("contract", f"{format_money(paid)} paid of {format_money(value)}")
            for value, paid in found
        )
        return Judgement(any(over), max(Fraction(p.amount, v.amount) for v, p in found), figures)


def _spent(contract: Contract) -> tuple[Money, Money]:
    known = [each for each in contract.paid if each is not None]
    if contract.value is None or contract.value.amount <= 0 or len(known) < len(contract.paid):
        raise NotComputable("the value of a contract or of a transaction is not known")
    one_currency([contract.value, *known])
    return contract.value, Money(sum(each.amount for each in known), contract.value.currency)
