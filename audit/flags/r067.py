"""R067: delivery failed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import contracts_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag


@dataclass(frozen=True)
class R067(ProcessFlag):
    """A milestone of a contract has one of the `statuses`. Source: OCP's list."""

    code: ClassVar[str] = "R067"
    version: ClassVar[int] = 1
    statuses: tuple[str, ...] = ("notMet",)

    def judge(self, process: Process) -> Judgement:
        """Raised when one has; the value is how many. Raises NotComputable."""
        found = [status for contract in contracts_of(process) for status in contract.milestones]
        if not any(found):
            raise NotComputable("no contract has milestones with a status")
        missed = [status for status in found if status in self.statuses]
        figures = (Figure("milestones", str(len(found))), Figure("missed", str(len(missed))))
        return Judgement(bool(missed), Fraction(len(missed)), figures)
