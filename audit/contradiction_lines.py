"""Contradictions in lines, as `jejak contradictions` prints them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from audit.contradictions import Contradiction
from audit.printable import printable
from audit.printing import newer

SYSTEMS = ("planned", "tendered", "awarded", "contracted", "paid")
"""What the four systems say of a process; the award stands between tender and contract."""


def newest(each: Contradiction) -> int:
    """The newest of the entries that say what disagrees."""
    return max((*(entry.index for entry in each.entries), *each.payments), default=0)


def contradiction_line(each: Contradiction) -> str:
    """A contradiction in a line, as the command prints it."""
    # A part is what somebody has written: blanks at its end belong to it.
    named = f"{each.code}: {each.ocid}" + (f" {each.part}" if each.part else "")
    return printable(f"{named}: {figures_of(each)} (entry {newest(each)})")


def figures_of(each: Contradiction) -> str:
    """What two systems say, by name."""
    return printable(", ".join(f"{figure.name} {figure.value}" for figure in each.figures))


def systems_line(each: Mapping[str, str]) -> str:
    """What the systems say of a process in a line, as the command prints it."""
    said = ", ".join(f"{name} {each[name]}" for name in SYSTEMS)
    return printable(f"process {each['ocid']}: {said}: {each['codes']}")


def contradiction_total(code: str, counts: Mapping[str, int], first: int | None = None) -> str:
    """The count of a contradiction in a line, as the command prints it."""
    said = f"{code}: {counts['count']} in {counts['processes']} processes"
    return said + newer(counts.get("new", 0), first)
