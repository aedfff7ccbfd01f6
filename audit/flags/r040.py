"""R040: one supplier has most of what a buyer awards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.by_subject import SubjectFlag
from audit.flags.deals import buyer_of
from audit.flags.flag import Figure, Judgement, Observation, Process, decimal
from audit.flags.shares import held, shares


@dataclass(frozen=True)
class R040(SubjectFlag):
    """One supplier holds `threshold` or more of the value of a buyer's awards, of `least` awards.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R040"
    version: ClassVar[int] = 1
    threshold: str = "0.5"
    least: int = 10

    def seen(self, process: Process) -> Iterator[Observation]:
        """What suppliers were awarded. Raises NotComputable."""
        return held(process, "buyer", buyer_of(process))

    def judged(self, seen: list[Observation]) -> Judgement:
        """Raised when the greatest share is so high. Raises NotComputable."""
        found = shares(seen, self.least)
        first, share = next(iter(found.items()))
        figures = (
            Figure("awards", str(len(seen))),
            Figure("suppliers", str(len(found))),
            Figure("first supplier", first),
            Figure("its share", decimal(share)),
        )
        return Judgement(share >= Fraction(self.threshold), share, figures)
