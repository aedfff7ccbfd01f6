"""R063: an award without its contract."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.deals import deals_of
from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from procurement.contracting import identifier, objects


@dataclass(frozen=True)
class R063(ProcessFlag):
    """No contract names an active award. Source: OCP's list."""

    code: ClassVar[str] = "R063"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when there is such an award; the value is how many. Raises NotComputable."""
        deals = [deal for deal in deals_of(process) if deal.id]
        if not deals:
            raise NotComputable("no active award has an id")
        named = {identifier(c.get("awardID")) for c in objects(process.record.get("contracts"))}
        bare = sorted(deal.id for deal in deals if deal.id not in named)
        figures = tuple(Figure("award without contract", number) for number in bare)
        return Judgement(bool(bare), Fraction(len(bare)), figures)
