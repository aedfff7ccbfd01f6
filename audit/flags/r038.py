"""R038: a buyer that disqualifies, or a tenderer that is disqualified, far more than others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.comparing import TOO_FEW, Sums, bounds, sums_by_subject
from audit.flags.flag import (
    Figure,
    Flag,
    Judgement,
    NotComputable,
    Observation,
    Process,
    Result,
    Scope,
    decimal,
)
from audit.flags.quartiles import fences
from audit.flags.reading import organisation, submitted_of
from procurement.contracting import members

SCOPES: tuple[Scope, ...] = ("buyer", "procuring-entity", "tenderer")


@dataclass(frozen=True)
class R038(Flag):
    """The share of submitted bids disqualified is at or above the upper fence of its kind.

    Subjects with fewer than `least_bids` submitted bids are left out; with fewer than `least`
    subjects nothing is compared. `threshold`, a decimal, stands in for the fence. Source:
    Cardinal, R038, which has neither `least` nor `outliers_only`: there a single buyer is its own
    fence, and flagged.
    """

    code: ClassVar[str] = "R038"
    version: ClassVar[int] = 1
    least_bids: int = 2
    threshold: str | None = None
    least: int = 5
    outliers_only: bool = True

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """For each of the three kinds of subject: bids disqualified, and bids submitted."""
        try:
            bids = submitted_of(process)
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
            return
        out = [bid.status == "disqualified" for bid in bids]
        whole = (Fraction(sum(out)), Fraction(len(out)))
        record = process.record
        entity = organisation(members(record.get("tender")).get("procuringEntity"))
        for scope, subject in (
            (SCOPES[0], organisation(record.get("buyer"))),
            (SCOPES[1], entity),
        ):
            if subject:
                yield Observation(scope, subject, whole, process.entries)
        for bid, lost in zip(bids, out, strict=True):
            for tenderer in bid.tenderers:
                part = (Fraction(lost), Fraction(1))
                yield Observation("tenderer", tenderer, part, process.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each buyer, procuring entity and tenderer."""
        found = sums_by_subject(observations)
        for scope in SCOPES:
            mine = {subject: sums for (kind, subject), sums in found.items() if kind == scope}
            yield from self._compared(scope, mine)

    def _compared(self, scope: Scope, found: dict[str, Sums]) -> Iterator[Result]:
        enough = {who: sums for who, sums in found.items() if sums.amounts[1] >= self.least_bids}
        for who in found.keys() - enough.keys():
            why = f"fewer than {self.least_bids} bids"
            yield self.unknown(scope, who, why, found[who].entries)
        if len(enough) < self.least and self.threshold is None:
            why = TOO_FEW.format(count=len(enough), least=self.least)
            for who, sums in enough.items():
                yield self.unknown(scope, who, why, sums.entries)
        elif enough:
            yield from self._judged(scope, enough)

    def _judged(self, scope: Scope, enough: dict[str, Sums]) -> Iterator[Result]:
        shares = {who: sums.amounts[0] / sums.amounts[1] for who, sums in enough.items()}
        found = fences(list(shares.values()))
        limit = found.upper if self.threshold is None else Fraction(self.threshold)
        for who, sums in enough.items():
            figures = (
                Figure("disqualified", decimal(sums.amounts[0])),
                Figure("submitted", decimal(sums.amounts[1])),
                *bounds(found),
            )
            above = shares[who] > found.third or self.threshold is not None
            raised = 0 < shares[who] >= limit and (above or not self.outliers_only)
            yield self.result(scope, who, Judgement(raised, shares[who], figures), sums.entries)
