"""B005: a line that nobody appropriated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import Figure, Judgement, Line, LineFlag


@dataclass(frozen=True)
class B005(LineFlag):
    """Processes or payments draw on a line for which there is no appropriation."""

    code: ClassVar[str] = "B005"
    version: ClassVar[int] = 1

    def judge(self, line: Line) -> Judgement:
        """Raised when there is none; the value is how many entries draw on the line."""
        drawn = [each for each in line.events if each.kind in ("commitment", "payment")]
        figures = (Figure("entries that draw on it", str(len(drawn))),)
        return Judgement(not line.appropriated and bool(drawn), Fraction(len(drawn)), figures)
