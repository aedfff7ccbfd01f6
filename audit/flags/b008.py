"""B008: a contract signed before its award."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import signed_deals
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag


@dataclass(frozen=True)
class B008(ProcessFlag):
    """A contract is dated before the award that it names."""

    code: ClassVar[str] = "B008"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when one is; the value is by how many days. Raises NotComputable."""
        ahead = [
            ((deal.date.date() - contract.signed.date()).days, contract.id)
            for deal, contract in signed_deals(process)
            if deal.date is not None and contract.signed is not None
        ]
        if not ahead:
            raise NotComputable("no award and its contract are both dated")
        figures = tuple(Figure(f"contract {number}", f"{days} days") for days, number in ahead)
        most = max(days for days, _ in ahead)
        return Judgement(most > 0, Fraction(most), figures)
