"""A sample in lines, as `jejak sample` prints it. Pure."""

from __future__ import annotations

from audit.anchors import AnchorRow
from audit.printable import printable
from audit.sampling import Drawn, Sample
from procurement.money import Money, format_money


def seed_from(anchor: AnchorRow, size: int) -> str:
    """Where the seed of a sample of the first `size` entries comes from."""
    return f"block {anchor.block}, the first anchor after {size} entries, of {anchor.size}"


def sample_lines(sample: Sample, currency: str, seed: str, said: str) -> list[str]:
    """The seed and where it comes from, what was drawn from, and each payment drawn."""
    return [
        f"seed: {seed} ({said})",
        f"population: {sample.population} payments",
        f"total: {amount(sample.total, currency)}",
        f"points: {sample.points} of {currency}",
        *(drawn_line(each, currency) for each in sample.drawn),
        f"drawn: {len(sample.drawn)}",
    ]


def drawn_line(each: Drawn, currency: str) -> str:
    """A payment drawn, in a line."""
    often = f", {each.hits} times" if each.hits > 1 else ""
    named = f"{each.item.key} (entry {each.item.index})"
    return printable(f"{named}: {amount(each.item.amount, currency)}{often}")


def amount(units: int, currency: str) -> str:
    """Minor units, written as an amount."""
    return format_money(Money(units, currency))
