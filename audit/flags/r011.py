"""R011: a purchase split in parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.by_subject import SubjectFlag, busiest
from audit.flags.direct import days_of, direct_awards
from audit.flags.flag import Figure, Judgement, Observation, Process


@dataclass(frozen=True)
class R011(SubjectFlag):
    """A buyer gave `least` direct awards or more to one supplier within `window` days.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R011"
    version: ClassVar[int] = 1
    least: int = 3
    window: int = 30
    methods: tuple[str, ...] = ("direct", "limited")

    def seen(self, process: Process) -> Iterator[Observation]:
        """The days of direct awards. Raises NotComputable."""
        return direct_awards(process, self.methods)

    def judged(self, seen: list[Observation]) -> Judgement:
        """Raised when that many lie close together; the value is how many do."""
        days = days_of(seen)
        most = busiest(days, self.window)
        figures = (
            Figure("direct awards", str(len(days))),
            Figure(f"within {self.window} days", str(most)),
        )
        return Judgement(most >= self.least, Fraction(most), figures)
