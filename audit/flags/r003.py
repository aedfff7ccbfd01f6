"""R003: a short time to hand in bids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, NotComputable, Process, ProcessFlag
from audit.flags.reading import method_named, moment, tender_of, whole_days
from procurement.contracting import members, text


@dataclass(frozen=True)
class R003(ProcessFlag):
    """Fewer than `threshold` whole days from the start to the end of the tender period.

    `methods`: procurement methods looked at, all when empty. `by_details`: other thresholds by
    the words of procurementMethodDetails. Source: Cardinal, R003.
    """

    code: ClassVar[str] = "R003"
    version: ClassVar[int] = 1
    threshold: int = 15
    methods: tuple[str, ...] = ()
    by_details: Mapping[str, int] = field(default_factory=dict)

    def judge(self, process: Process) -> Judgement:
        """Raised when the period is shorter. Raises NotComputable."""
        tender = tender_of(process)
        method = text(tender.get("procurementMethod"))
        if self.methods and method not in self.methods:
            raise NotComputable(method_named(method))
        period = members(tender.get("tenderPeriod"))
        start = moment(period.get("startDate"), "the start of the tender period")
        end = moment(period.get("endDate"), "the end of the tender period")
        if end < start:
            raise NotComputable("the tender period ends before it starts")
        days = whole_days(start, end)
        least = self.by_details.get(text(tender.get("procurementMethodDetails")), self.threshold)
        return Judgement(
            days < least,
            Fraction(days),
            (
                Figure("start", text(period.get("startDate"))),
                Figure("end", text(period.get("endDate"))),
                Figure("days", str(days)),
                Figure("threshold", str(least)),
            ),
        )
