"""B003: money moved out of a line that is promised already."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Event, Figure, Judgement, Line, LineFlag, NotComputable
from procurement.money import Money, format_money

INCOME = ("appropriation", "revision", "transfer-in", "transfer-out")
OUT = ("transfer-out", "revision")


@dataclass(frozen=True)
class B003(LineFlag):
    """After a transfer out, or a cut, the line holds less than its processes have committed."""

    code: ClassVar[str] = "B003"
    version: ClassVar[int] = 1

    def judge(self, line: Line) -> Judgement:
        """Raised when it does; the value is the gap in minor units. Raises NotComputable."""
        if not any(each.kind in OUT and each.amount < 0 for each in line.events):
            raise NotComputable("nothing was moved out of the line")
        gaps = [
            (committed - held, each)
            for each, held, committed in _states(line)
            if each.kind in OUT and each.amount < 0
        ]
        worst, event = max(gaps, key=lambda gap: gap[0])
        figures = (
            Figure("moved out", format_money(Money(-event.amount, line.currency))),
            Figure("by entry", str(event.index)),
            Figure("missing then", format_money(Money(max(worst, 0), line.currency))),
        )
        return Judgement(worst > 0, Fraction(max(worst, 0)), figures)


def _states(line: Line) -> list[tuple[Event, int, int]]:
    """Each event with what the line holds and what is committed after it."""
    held = committed = 0
    found = []
    for event in line.events:
        held += event.amount if event.kind in INCOME else 0
        committed += event.amount if event.kind == "commitment" else 0
        found.append((event, held, committed))
    return found
