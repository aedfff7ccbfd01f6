"""R035: all but the winner were disqualified."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, Process, ProcessFlag
from audit.flags.reading import Bid, bids_of, final_awards


@dataclass(frozen=True)
class R035(ProcessFlag):
    """The one tenderer with valid bids supplies all active awards; others were disqualified.

    At least `threshold` others. Source: Cardinal, R035.
    """

    code: ClassVar[str] = "R035"
    version: ClassVar[int] = 1
    threshold: int = 1

    def judge(self, process: Process) -> Judgement:
        """Raised then; the value is the number of tenderers disqualified. Raises NotComputable."""
        awards, bids = final_awards(process), bids_of(process)
        suppliers = {each for award in awards for each in award.suppliers}
        valid = tenderers(bids, "valid")
        others = tenderers(bids, "disqualified") - valid
        alone = len(valid) == 1 and valid == suppliers
        figures = (
            Figure("tenderers with valid bids", str(len(valid))),
            Figure("other tenderers disqualified", str(len(others))),
        )
        raised = alone and len(others) >= max(self.threshold, 1)
        return Judgement(raised, Fraction(len(others)), figures)


def tenderers(bids: list[Bid], status: str) -> set[str]:
    """The tenderers of all bids of a status."""
    return {each for bid in bids if bid.status == status for each in bid.tenderers}
