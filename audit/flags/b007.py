"""B007: money moved in and out again."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, Line, LineFlag, NotComputable
from procurement.money import Money, format_money


@dataclass(frozen=True)
class B007(LineFlag):
    """A line gave money to other lines and got money from others in one year."""

    code: ClassVar[str] = "B007"
    version: ClassVar[int] = 1

    def judge(self, line: Line) -> Judgement:
        """Raised when it did both; the value is how many transfers. Raises NotComputable."""
        moved = [each for each in line.events if each.kind in ("transfer-in", "transfer-out")]
        if not moved:
            raise NotComputable("nothing was transferred")
        got = sum(each.amount for each in moved if each.amount > 0)
        gave = -sum(each.amount for each in moved if each.amount < 0)
        figures = (
            Figure("got", format_money(Money(got, line.currency))),
            Figure("gave", format_money(Money(gave, line.currency))),
        )
        return Judgement(got > 0 and gave > 0, Fraction(len(moved)), figures)
