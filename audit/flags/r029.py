"""R029: first digits of a buyer's awards that nobody would expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.by_subject import SubjectFlag
from audit.flags.deals import buyer_of, deals_of
from audit.flags.flag import Figure, Judgement, NotComputable, Observation, Process, decimal

# log10(1 + 1/d) to six places, for the first digits 1 to 9 (Benford 1938).
EXPECTED = tuple(
    Fraction(each, 1_000_000)
    for each in (301030, 176091, 124939, 96910, 79181, 66947, 57992, 51153, 45757)
)


@dataclass(frozen=True)
class R029(SubjectFlag):
    """First digits of a buyer's awards deviate from Benford's law by more than `threshold`.

    The mean absolute deviation of the nine shares; above 0.015 is nonconformity (Nigrini 2012).
    Of at least `least` awards. Source: OCP's list.
    """

    code: ClassVar[str] = "R029"
    version: ClassVar[int] = 1
    threshold: str = "0.015"
    least: int = 300

    def seen(self, process: Process) -> Iterator[Observation]:
        """The first digit of every award. Raises NotComputable."""
        buyer = buyer_of(process)
        values = [deal.value.amount for deal in deals_of(process) if deal.value is not None]
        digits = tuple(Fraction(int(str(value)[0])) for value in values if value > 0)
        if not digits:
            raise NotComputable("no active award has a value")
        yield Observation("buyer", buyer, digits, process.entries)

    def judged(self, seen: list[Observation]) -> Judgement:
        """Raised when the deviation is so great; it is the value. Raises NotComputable."""
        counts = Counter(int(digit) for each in seen for digit in each.amounts)
        if counts.total() < self.least:
            raise NotComputable(f"fewer than {self.least} awards")
        found = [Fraction(counts[digit], counts.total()) for digit in range(1, 10)]
        deviation = sum((abs(a - b) for a, b in zip(found, EXPECTED, strict=True)), Fraction(0)) / 9
        figures = (
            Figure("awards", str(counts.total())),
            *(Figure(f"first digit {at}", decimal(each)) for at, each in enumerate(found, 1)),
        )
        return Judgement(deviation > Fraction(self.threshold), deviation, figures)
