"""R062: a decision after too long a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deciding import decision_days
from audit.flags.flag import Figure, Judgement, Process, ProcessFlag


@dataclass(frozen=True)
class R062(ProcessFlag):
    """More than `threshold` days from the end of the tender period to an award.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R062"
    version: ClassVar[int] = 1
    threshold: int = 180

    def judge(self, process: Process) -> Judgement:
        """Raised when there are; the value is the longest time. Raises NotComputable."""
        waits = decision_days(process)
        figures = tuple(Figure("days", str(days)) for days in sorted(waits))
        return Judgement(max(waits) > self.threshold, Fraction(max(waits)), figures)
