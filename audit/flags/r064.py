"""R064: a contract was changed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import contracts_of
from audit.flags.flag import Figure, Judgement, Process, ProcessFlag


@dataclass(frozen=True)
class R064(ProcessFlag):
    """A contract has `threshold` amendments or more. Source: OCP's list."""

    code: ClassVar[str] = "R064"
    version: ClassVar[int] = 1
    threshold: int = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when one has; the value is the largest number. Raises NotComputable."""
        counts = [(contract.id, contract.amendments) for contract in contracts_of(process)]
        figures = tuple(Figure(f"contract {number}", str(count)) for number, count in counts)
        most = max(count for _, count in counts)
        return Judgement(most >= self.threshold, Fraction(most), figures)
