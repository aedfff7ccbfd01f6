"""Two ways to do one thing, in turns, and the ratio of their times."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


class Ratio:
    """Bare and whole work of one kind, done in turns so that other load falls on both."""

    def __init__(self, name: str, aim: float) -> None:
        self.name, self.aim = name, aim
        self.turns: list[tuple[float, float, int]] = []

    def turn(self, count: int, bare: Callable[[], object], whole: Callable[[], object]) -> None:
        """One turn of both over `count` things."""
        start = time.perf_counter()
        bare()
        middle = time.perf_counter()
        whole()
        self.turns.append((middle - start, time.perf_counter() - middle, count))

    def report(self, what: str) -> None:
        """One line: the median ratio, its spread, the aim, and what that means here."""
        ratios = [bare / whole for bare, whole, _ in self.turns]
        rate = sum(turn[2] for turn in self.turns) / sum(turn[1] for turn in self.turns)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        told = f"{median(ratios):5.2f}  ({spread}; aim {self.aim})  {rate:,.0f} {what} a second"
        print(f"{self.name:8}{told}", flush=True)
