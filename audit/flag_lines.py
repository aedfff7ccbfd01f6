"""Results of flags in lines, as `jejak flags` prints them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from audit.flags.flag import Outcome, Result, decimal
from audit.printable import printable
from audit.printing import newer


def flag_line(each: Result) -> str:
    """A result in a line, as the command prints it."""
    said = "; ".join(part for part in (value_of(each), figures_of(each)) if part)
    read = f" (entries {places_of(each)})" if each.entries else ""
    return printable(f"{each.outcome}: {each.code} {each.scope} {each.subject}: {said}{read}")


def figures_of(each: Result) -> str:
    """What a result was computed from, by name."""
    named = each.named_figures().items()
    return printable(", ".join(f"{name} {value}" for name, value in named))


def places_of(each: Result) -> str:
    """The first entries that a result read."""
    return ", ".join(str(entry.index) for entry in each.entries[:20])


def flag_total(
    code: str, found: Mapping[Outcome, int], first: int | None, new: Mapping[str, int]
) -> str:
    """The counts of a flag in a line, as the command prints it."""
    said = ", ".join(f"{outcome} {count}" for outcome, count in found.items())
    return f"{code}: {said}" + newer(new.get(code, 0), first)


def value_of(each: Result) -> str:
    """The value of a result, or why there is none."""
    return each.reason if each.value is None else decimal(each.value)
