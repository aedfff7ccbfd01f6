"""R051: a market in few hands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.by_subject import SubjectFlag
from audit.flags.deals import category_of
from audit.flags.flag import Figure, Judgement, Observation, Process, decimal
from audit.flags.shares import held, shares


@dataclass(frozen=True)
class R051(SubjectFlag):
    """The squares of suppliers' shares of a class of items sum up to `threshold` or more.

    The Herfindahl-Hirschman index, of 0 to 1; from 0.25 on a market counts as concentrated.
    Source: OCP's list.
    """

    code: ClassVar[str] = "R051"
    version: ClassVar[int] = 1
    threshold: str = "0.25"
    least: int = 10
    digits: int = 2

    def seen(self, process: Process) -> Iterator[Observation]:
        """What suppliers were awarded. Raises NotComputable."""
        return held(process, "market", category_of(process, self.digits))

    def judged(self, seen: list[Observation]) -> Judgement:
        """Raised when the index is so high. Raises NotComputable."""
        found = shares(seen, self.least)
        index = sum((share**2 for share in found.values()), Fraction(0))
        figures = (
            Figure("awards", str(len(seen))),
            Figure("suppliers", str(len(found))),
            Figure("index", decimal(index)),
        )
        return Judgement(index >= Fraction(self.threshold), index, figures)
