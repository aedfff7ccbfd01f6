"""R013: a buyer that seldom lets others compete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.by_subject import SubjectFlag
from audit.flags.deals import buyer_of, method_of
from audit.flags.flag import Figure, Judgement, NotComputable, Observation, Process


@dataclass(frozen=True)
class R013(SubjectFlag):
    """The share of processes by one of `methods` is `threshold` or more, of at least `least`.

    Source: OCP's list.
    """

    code: ClassVar[str] = "R013"
    version: ClassVar[int] = 1
    threshold: str = "0.5"
    least: int = 10
    methods: tuple[str, ...] = ("direct", "limited")

    def seen(self, process: Process) -> Iterator[Observation]:
        """For the buyer: one or none, of one. Raises NotComputable."""
        closed = method_of(process) in self.methods
        amounts = (Fraction(closed), Fraction(1))
        yield Observation("buyer", buyer_of(process), amounts, process.entries)

    def judged(self, seen: list[Observation]) -> Judgement:
        """Raised when the share is so high; the value is the share. Raises NotComputable."""
        closed, count = sum(int(each.amounts[0]) for each in seen), len(seen)
        if count < self.least:
            raise NotComputable(f"fewer than {self.least} processes")
        share = Fraction(closed, count)
        figures = (
            Figure("processes", str(count)),
            Figure("without competition", str(closed)),
        )
        return Judgement(share >= Fraction(self.threshold), share, figures)
