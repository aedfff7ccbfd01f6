"""Monetary-unit sampling: each unit of money has the same chance to be looked at. Pure.

The seed is the hash of a block that did not exist when the sample was announced, so that nobody
chose what is drawn: neither the auditor nor the audited. With the same payments, count and seed
anybody draws the same list. Source: AICPA Audit Guide, Audit Sampling: fixed interval, random
start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ledger.errors import InvalidInput

MAX_COUNT = 100_000

_DOMAIN = b"jejak/sample/1\n"


@dataclass(frozen=True, slots=True)
class Item:
    """A payment that may be drawn: its key, the index of its entry, minor units above zero."""

    key: str
    index: int
    amount: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A payment drawn, and how often: one larger than the interval is drawn for certain."""

    item: Item
    hits: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample: how many items there are and their sum, how many points of money were asked for.

    Then the interval between two points, the first of them, and what was drawn.
    """

    population: int
    total: int
    points: int
    interval: Fraction
    start: Fraction
    drawn: tuple[Drawn, ...]


def draw(items: Sequence[Item], count: int, seed: bytes) -> Sample:
    """Draw by `count` points at equal intervals of money, the first one where the seed says.

    Items are laid out in order of index and key. Raises InvalidInput.
    """
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(f"a sample has 1 to {MAX_COUNT} draws")
    ordered = sorted(items, key=lambda each: (each.index, each.key))
    if not ordered or any(each.amount <= 0 for each in ordered):
        raise InvalidInput("there is nothing to draw from, or an amount that is not above zero")
    total = sum(each.amount for each in ordered)
    interval = Fraction(total, count)
    chance = int.from_bytes(hashlib.sha256(_DOMAIN + seed).digest(), "big")
    start = Fraction(chance, 2**256) * interval
    drawn = tuple(_drawn(ordered, start, interval))
    return Sample(len(ordered), total, count, interval, start, drawn)


def _drawn(ordered: Sequence[Item], start: Fraction, interval: Fraction) -> list[Drawn]:
    found, laid = [], 0
    for item in ordered:
        before = _points(laid, start, interval)
        laid += item.amount
        hits = _points(laid, start, interval) - before
        if hits:
            found.append(Drawn(item, hits))
    return found


def _points(upto: int, start: Fraction, interval: Fraction) -> int:
    """How many points lie below a sum."""
    return max(0, -((start - upto) // interval)) if upto > start else 0
