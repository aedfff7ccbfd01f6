"""B004: a rush to spend at the end of the year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.comparing import sums_by_subject
from audit.flags.flag import Figure, Flag, Judgement, Line, Observation, Result, decimal


@dataclass(frozen=True)
class B004(Flag):
    """An institution pays `threshold` or more of a year's money in its last month.

    Of at least `least` dated payments in one currency; the fiscal year is taken to end with the
    month `last`.
    """

    code: ClassVar[str] = "B004"
    version: ClassVar[int] = 1
    threshold: str = "0.3"
    least: int = 10
    last: str = "12"

    def observe_line(self, line: Line, /) -> Iterator[Result | Observation]:
        """What the line paid in the last month, in the year, and by how many payments."""
        dated = [e for e in line.events if e.kind == "payment" and e.date[:4] == line.year[:4]]
        if not dated:
            return
        late = sum(each.amount for each in dated if each.date[5:7] == self.last)
        whole = sum(each.amount for each in dated)
        amounts = (Fraction(late), Fraction(whole), Fraction(len(dated)))
        subject = f"{line.org} {line.year} {line.currency}"
        yield Observation("buyer", subject, amounts, line.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each institution, year and currency."""
        for (scope, subject), sums in sums_by_subject(observations).items():
            late, whole, count = sums.amounts
            if count < self.least or whole <= 0:
                why = f"fewer than {self.least} dated payments"
                yield self.unknown(scope, subject, why, sums.entries)
                continue
            share = late / whole
            figures = (
                Figure("payments", decimal(count)),
                Figure("share in the last month", decimal(share)),
            )
            judged = Judgement(share >= Fraction(self.threshold), share, figures)
            yield self.result(scope, subject, judged, sums.entries)
