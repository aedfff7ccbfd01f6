"""Quartiles and Tukey's fences, in exact fractions.

Quantiles by the eighth definition of Hyndman and Fan (1996), approximately median-unbiased whatever
the distribution, as Cardinal computes them. Fences after Tukey (1977): 1.5 interquartile ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_THIRD = Fraction(1, 3)


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The value below which a `share` (0 to 1) of at least one value lies."""
    ordered = sorted(values)
    place = (len(ordered) + _THIRD) * share + _THIRD
    whole = int(place)
    if whole < 1:
        return ordered[0]
    if whole >= len(ordered):
        return ordered[-1]
    below, above = ordered[whole - 1], ordered[whole]
    return below + (place - whole) * (above - below)


@dataclass(frozen=True, slots=True)
class Fences:
    """First and third quartile of a population of `count` values, and the fences beyond them."""

    count: int
    first: Fraction
    third: Fraction

    @property
    def lower(self) -> Fraction:
        """First quartile less 1.5 interquartile ranges."""
        return self.first - Fraction(3, 2) * (self.third - self.first)

    @property
    def upper(self) -> Fraction:
        """Third quartile and 1.5 interquartile ranges."""
        return self.third + Fraction(3, 2) * (self.third - self.first)


def fences(values: Sequence[Fraction]) -> Fences:
    """The fences of at least one value."""
    return Fences(len(values), quantile(values, Fraction(1, 4)), quantile(values, Fraction(3, 4)))
