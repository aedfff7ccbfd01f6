"""R021: discretion in the criteria for the award."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import tender_of
from procurement.contracting import text


@dataclass(frozen=True)
class R021(ProcessFlag):
    """The award criterion is one of `criteria`, and no details say how it is judged.

    Source: OCP's list; the codes are those of OCDS awardCriteria, and their older spellings.
    """

    code: ClassVar[str] = "R021"
    version: ClassVar[int] = 1
    criteria: tuple[str, ...] = (
        "bestProposal",
        "bestValueToGovernment",
        "bestValueToGoverment",
        "qualityOnly",
    )

    def judge(self, process: Process) -> Judgement:
        """Raised when none do. Raises NotComputable."""
        tender = tender_of(process)
        criterion = text(tender.get("awardCriteria"))
        if not criterion:
            raise NotComputable("the award criterion is not known")
        told = bool(text(tender.get("awardCriteriaDetails")).strip())
        figures = (Figure("criterion", criterion), Figure("details", "given" if told else "none"))
        open_ended = criterion in self.criteria
        return Judgement(open_ended and not told, Fraction(open_ended), figures)
