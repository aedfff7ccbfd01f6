"""R030: a bid that came in late won."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import active_awards, bids_of, deadline, tender_of
from procurement.contracting import members, text


@dataclass(frozen=True)
class R030(ProcessFlag):
    """A valid bid came in after the deadline, and its tenderer supplies an active award.

    Source: Cardinal, R030. A deadline that names a day alone lasts to its midnight.
    """

    code: ClassVar[str] = "R030"
    version: ClassVar[int] = 1

    def judge(self, process: Process) -> Judgement:
        """Raised when there is such a bid. Raises NotComputable."""
        ends = members(tender_of(process).get("tenderPeriod")).get("endDate")
        end = deadline(ends, "the end of the tender period")
        suppliers = {each for award in active_awards(process) for each in award.suppliers}
        valid = [bid for bid in bids_of(process) if bid.status == "valid"]
        won = [bid for bid in valid if suppliers & set(bid.tenderers)]
        late = [bid.received for bid in won if bid.received and bid.received > end]
        if not late and (not won or any(bid.received is None for bid in won)):
            raise NotComputable("no valid bid of a supplier has a date")
        figures = (
            Figure("deadline", text(ends)),
            *(Figure("received", moment.isoformat()) for moment in sorted(late)),
        )
        return Judgement(bool(late), Fraction(bool(late)), figures)
