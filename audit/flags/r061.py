"""R061: a decision in too short a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deciding import decision_days
from audit.flags.flag import Figure, Judgement, Process, ProcessFlag


@dataclass(frozen=True)
class R061(ProcessFlag):
    """Fewer than `threshold` days from the end of the tender period to an award.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R061"
    version: ClassVar[int] = 1
    threshold: int = 2

    def judge(self, process: Process) -> Judgement:
        """Raised when there are; the value is the shortest time. Raises NotComputable."""
        waits = decision_days(process)
        figures = tuple(Figure("days", str(days)) for days in sorted(waits))
        return Judgement(min(waits) < self.threshold, Fraction(min(waits)), figures)
