"""R024: the second lowest price is suspiciously close to the winning one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.price_difference import PriceDifference
from audit.flags.quartiles import Fences


@dataclass(frozen=True)
class R024(PriceDifference):
    """The difference is at or below the lower fence. Source: Cardinal, R024."""

    code: ClassVar[str] = "R024"
    version: ClassVar[int] = 1

    def beyond(self, value: Fraction, found: Fences) -> bool:
        """At or below; and below the first quartile, which is a fence where all are alike."""
        if self.threshold is not None:
            return value <= Fraction(self.threshold)
        return value <= found.lower and value < found.first
