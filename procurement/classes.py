"""Budget lines added up by one of their classifications, and by currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from procurement.index import Line

CLASSIFICATIONS = ("administrative", "functional", "economic", "programme", "fund", "location")


@dataclass
class ClassSum:
    """The sums of the lines with one value ("" = none) of a classification, minor units."""

    value: str
    currency: str
    lines: int = 0
    approved: int = 0
    change: int = 0
    committed: int = 0
    direct: int = 0
    paid: int = 0

    @property
    def available(self) -> int:
        """Approved and revised."""
        return self.approved + self.change

    def add(self, line: Line) -> None:
        """One line more."""
        self.lines += 1
        self.approved += line.approved or 0
        self.change += line.change
        self.committed += line.committed
        self.direct += line.direct
        self.paid += line.paid


def sum_by(lines: Iterable[Line], classification: str) -> list[ClassSum]:
    """The sums of lines, the largest first; lines without a currency have none."""
    found: dict[tuple[str, str], ClassSum] = {}
    for line in lines:
        if line.currency:
            value = str(line.classifications.get(classification) or "")
            at = (value, line.currency)
            found.setdefault(at, ClassSum(*at)).add(line)
    return sorted(found.values(), key=lambda each: (-each.available, each.value, each.currency))
