"""R060: a long time from award to signature."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import signed_deals
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag


@dataclass(frozen=True)
class R060(ProcessFlag):
    """More than `threshold` days from an award to the signature of its contract.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R060"
    version: ClassVar[int] = 1
    threshold: int = 60

    def judge(self, process: Process) -> Judgement:
        """Raised when there are; the value is the longest wait. Raises NotComputable."""
        waits = [
            (contract.signed.date() - deal.date.date()).days
            for deal, contract in signed_deals(process)
            if deal.date is not None and contract.signed is not None
        ]
        if not waits:
            raise NotComputable("no award and its contract are both dated")
        if min(waits) < 0 and max(waits) <= self.threshold:
            raise NotComputable("a contract is dated before its award")
        figures = tuple(Figure("days", str(days)) for days in sorted(waits, reverse=True))
        return Judgement(max(waits) > self.threshold, Fraction(max(waits)), figures)
