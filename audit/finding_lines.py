"""Findings of money rules in lines, as `jejak findings` prints them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from audit.printable import printable
from audit.printing import newer

Listed = Mapping[str, Any]
"""A finding as `jejak findings --json` lists it."""


def finding_line(each: Listed) -> str:
    """A finding in a line, as the command prints it."""
    said = "; ".join(part for part in (each["reason"], figures_of(each)) if part)
    head = f"{each['status']}: {each['code']} {each['subject']}"
    told = f"{head}: {said}" if said else head
    return printable(f"{told} (entry {each['index']})")


def figures_of(each: Listed) -> str:
    """What a finding compared, by name."""
    return printable(", ".join(f"{name} {value}" for name, value in each["figures"]))


def count_line(code: str, counts: Mapping[str, int], first: int | None = None) -> str:
    """The counts of a rule in a line, as the command prints it."""
    said = ", ".join(f"{name} {count}" for name, count in counts.items() if name != "new")
    return f"{code}: {said}" + newer(counts.get("new", 0), first)


def reason_counts(found: Sequence[Listed]) -> dict[str, dict[str, int]]:
    """Why each rule could not be computed, and how often."""
    told = Counter((each["code"], each["reason"]) for each in found if each["reason"])
    counts: dict[str, dict[str, int]] = {}
    for (code, reason), count in sorted(told.items()):
        counts.setdefault(code, {})[reason] = count
    return counts


def reason_line(code: str, reason: str, count: int) -> str:
    """A reason in a line, as the command prints it."""
    return printable(f"{code}: not-computable {count}: {reason}")
