"""B002: paid without a contract."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, Line, LineFlag, NotComputable
from procurement.money import Money, format_money


@dataclass(frozen=True)
class B002(LineFlag):
    """The share of a line's payments that no contract stands behind is `threshold` or more."""

    code: ClassVar[str] = "B002"
    version: ClassVar[int] = 1
    threshold: str = "0.5"

    def judge(self, line: Line) -> Judgement:
        """Raised when it is; the value is the share. Raises NotComputable."""
        payments = [each for each in line.events if each.kind == "payment"]
        paid = sum(each.amount for each in payments)
        bare = sum(each.amount for each in payments if each.ocid is None)
        if paid <= 0:
            raise NotComputable("nothing is paid from the line")
        figures = (
            Figure("paid", format_money(Money(paid, line.currency))),
            Figure("without a contract", format_money(Money(bare, line.currency))),
        )
        share = Fraction(bare, paid)
        return Judgement(share >= Fraction(self.threshold), share, figures)
