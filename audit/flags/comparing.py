"""What flags share that compare a subject with all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from audit.flags.flag import Figure, Observation, Read, Scope, decimal
from audit.flags.quartiles import Fences

TOO_FEW = "only {count} can be compared; at least {least} are needed"


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of what was observed of one subject, member by member, and where."""

    amounts: tuple[Fraction, ...]
    entries: tuple[Read, ...]


def sums_by_subject(observations: Iterable[Observation]) -> dict[tuple[Scope, str], Sums]:
    """What was observed, added up for each subject, in order of subject."""
    parts: dict[tuple[Scope, str], list[Observation]] = defaultdict(list)
    for each in observations:
        parts[each.scope, each.subject].append(each)
    return {subject: _add_up(parts[subject]) for subject in sorted(parts)}


def bounds(found: Fences) -> tuple[Figure, ...]:
    """The figures of a comparison: how many, the quartiles and both fences."""
    return (
        Figure("compared", str(found.count)),
        Figure("first quartile", decimal(found.first)),
        Figure("third quartile", decimal(found.third)),
        Figure("lower fence", decimal(found.lower)),
        Figure("upper fence", decimal(found.upper)),
    )


def _add_up(parts: list[Observation]) -> Sums:
    amounts = tuple(
        sum(column, Fraction(0)) for column in zip(*(p.amounts for p in parts), strict=True)
    )
    entries = {entry for part in parts for entry in part.entries}
    return Sums(amounts, tuple(sorted(entries, key=lambda entry: entry.index)))
