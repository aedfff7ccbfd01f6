"""B006: recorded long after its date."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, Line, LineFlag, NotComputable
from procurement.ocds import parse_date


@dataclass(frozen=True)
class B006(LineFlag):
    """A payment was recorded more than `threshold` days after the date it bears."""

    code: ClassVar[str] = "B006"
    version: ClassVar[int] = 1
    threshold: int = 90

    def judge(self, line: Line) -> Judgement:
        """Raised when one was; the value is the longest delay in days. Raises NotComputable."""
        delays = []
        for event in line.events:
            dated, recorded = parse_date(event.date), parse_date(event.at)
            if event.kind == "payment" and dated is not None and recorded is not None:
                delays.append(((recorded - dated).days, event))
        if not delays:
            raise NotComputable("no payment of the line is dated")
        days, event = max(delays, key=lambda each: each[0])
        figures = (
            Figure("dated", event.date),
            Figure("recorded", event.at),
            Figure("entry", str(event.index)),
        )
        return Judgement(days > self.threshold, Fraction(days), figures)
