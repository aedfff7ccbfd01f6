"""How long a decision took: for R061 and R062."""

from __future__ import annotations

from audit.flags.deals import deals_of
from audit.flags.flag import NotComputable, Process
from audit.flags.reading import moment, tender_of
from procurement.contracting import members


def decision_days(process: Process) -> list[int]:
    """Days from the end of the tender period to each dated award. Raises NotComputable."""
    period = members(tender_of(process).get("tenderPeriod"))
    end = moment(period.get("endDate"), "the end of the tender period")
    days = [(deal.date.date() - end.date()).days for deal in deals_of(process) if deal.date]
    if not days:
        raise NotComputable("no active award is dated")
    if min(days) < 0:
        raise NotComputable("an award is dated before the end of the tender period")
    return days
