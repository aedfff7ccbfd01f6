"""What flags share that observe processes and judge buyers, suppliers or pairs of them."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction

from audit.flags.flag import (
    Flag,
    Judgement,
    NotComputable,
    Observation,
    Process,
    Read,
    Result,
)


class SubjectFlag(Flag):
    """A flag that gathers observations of each subject and judges every subject by itself."""

    @abstractmethod
    def seen(self, process: Process) -> Iterator[Observation]:
        """What one process says of its subjects. Raises NotComputable."""

    @abstractmethod
    def judged(self, seen: list[Observation]) -> Judgement:
        """The judgement of one subject, by all that was seen of it. Raises NotComputable."""

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """What was seen, or why nothing could be."""
        try:
            yield from list(self.seen(process))
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each subject."""
        groups: dict[tuple[str, str], list[Observation]] = defaultdict(list)
        for each in observations:
            groups[each.scope, each.subject].append(each)
        for key in sorted(groups):
            yield self._concluded(groups[key])

    def _concluded(self, seen: list[Observation]) -> Result:
        scope, subject = seen[0].scope, seen[0].subject
        entries = read_in(seen)
        try:
            return self.result(scope, subject, self.judged(seen), entries)
        except NotComputable as error:
            return self.unknown(scope, subject, str(error), entries)


def read_in(seen: Iterable[Observation]) -> list[Read]:
    """All entries that observations rest on."""
    return list({entry for each in seen for entry in each.entries})


def day_number(moment: datetime) -> Fraction:
    """The day of a moment as a number, so that days can be observed and subtracted."""
    return Fraction(moment.date().toordinal())


def busiest(days: list[Fraction], window: int) -> int:
    """The greatest number of days that lie within `window` days of one another."""
    ordered, first, most = sorted(days), 0, 0
    for at, day in enumerate(ordered):
        while day - ordered[first] >= window:
            first += 1
        most = max(most, at - first + 1)
    return most
