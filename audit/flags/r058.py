"""R058: the winning price lies far below all others."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.price_difference import PriceDifference
from audit.flags.quartiles import Fences


@dataclass(frozen=True)
class R058(PriceDifference):
    """The difference is at or above the upper fence. Source: Cardinal, R058."""

    code: ClassVar[str] = "R058"
    version: ClassVar[int] = 1

    def beyond(self, value: Fraction, found: Fences) -> bool:
        """At or above; and above the third quartile, which is a fence where all are alike."""
        if self.threshold is not None:
            return value >= Fraction(self.threshold)
        return value >= found.upper and value > found.third
