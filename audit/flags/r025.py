"""R025: a tenderer that bids often and hardly ever wins."""

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
    decimal,
)
from audit.flags.quartiles import Fences, fences, quantile
from audit.flags.reading import bids_of, single_winner


@dataclass(frozen=True)
class R025(Flag):
    """Bids at or above their `percentile`, and a share won at or below the lower fence.

    Each tenderer counts once in a process. `threshold`, a decimal, stands in for the fence.
    Source: Cardinal, R025.
    """

    code: ClassVar[str] = "R025"
    version: ClassVar[int] = 1
    percentile: int = 75
    threshold: str | None = None
    least: int = 5

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """For each valid tenderer: one won or none, of one."""
        try:
            winner = single_winner(process)
            valid = [bid for bid in bids_of(process) if bid.status == "valid"]
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
            return
        for tenderer in sorted({b.tenderers[0] for b in valid if len(b.tenderers) == 1}):
            amounts = (Fraction(tenderer == winner), Fraction(1))
            yield Observation("tenderer", tenderer, amounts, process.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each tenderer."""
        found = {subject: sums for (_, subject), sums in sums_by_subject(observations).items()}
        if len(found) < self.least and self.threshold is None:
            why = TOO_FEW.format(count=len(found), least=self.least)
            for tenderer, sums in found.items():
                yield self.unknown("tenderer", tenderer, why, sums.entries)
        elif found:
            yield from self._compared(found)

    def _compared(self, found: dict[str, Sums]) -> Iterator[Result]:
        shares = fences([sums.amounts[0] / sums.amounts[1] for sums in found.values()])
        many = quantile([s.amounts[1] for s in found.values()], Fraction(self.percentile, 100))
        for tenderer, sums in found.items():
            won, made = sums.amounts
            figures = (
                Figure("won", decimal(won)),
                Figure("bids", decimal(made)),
                Figure("many bids", decimal(many)),
                *bounds(shares),
            )
            judged = Judgement(
                made >= many and self._seldom(won / made, shares), won / made, figures
            )
            yield self.result("tenderer", tenderer, judged, sums.entries)

    def _seldom(self, share: Fraction, shares: Fences) -> bool:
        if self.threshold is not None:
            return share <= Fraction(self.threshold)
        return share <= shares.lower and share < shares.first
