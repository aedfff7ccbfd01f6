"""What lines of several commands have in common, which a report repeats word by word. Pure."""

from __future__ import annotations


def newer(count: int, first: int | None) -> str:
    """How many of something stand on entries of the period, where that was asked."""
    return "" if first is None else f", from entry {first} on {count}"
