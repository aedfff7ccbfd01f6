"""R059: award and contract differ in value."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import signed_deals
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import one_currency
from procurement.money import Money, format_money


@dataclass(frozen=True)
class R059(ProcessFlag):
    """A contract's value is not its award's: by more than `tolerance`, as a share of the award.

    Where several contracts name one award their values are added. Source: OCP's list.
    """

    code: ClassVar[str] = "R059"
    version: ClassVar[int] = 1
    tolerance: str = "0"

    def judge(self, process: Process) -> Judgement:
        """Raised when one does; the value is the largest difference. Raises NotComputable."""
        found: dict[str, tuple[Money, Money]] = {}
        for deal, contract in signed_deals(process):
            if deal.value is None or contract.value is None or deal.value.amount <= 0:
                raise NotComputable("the value of an award or of a contract is not known")
            one_currency([deal.value, contract.value])
            before = found[deal.id][1].amount if deal.id in found else 0
            signed = Money(before + contract.value.amount, contract.value.currency)
            found[deal.id] = (deal.value, signed)
        shares = [Fraction(abs(c.amount - a.amount), a.amount) for a, c in found.values()]
        figures = tuple(
            Figure(f"award {number}", f"{format_money(a)} awarded, {format_money(c)} contracted")
            for number, (a, c) in sorted(found.items())
        )
        return Judgement(max(shares) > Fraction(self.tolerance), max(shares), figures)
