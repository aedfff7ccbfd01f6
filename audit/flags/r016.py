"""R016: a tender far dearer than others of its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.comparing import TOO_FEW, bounds
from audit.flags.deals import category_of
from audit.flags.flag import Flag, Judgement, NotComputable, Observation, Process, Result
from audit.flags.quartiles import Fences, fences
from audit.flags.reading import amount_of, tender_of


@dataclass(frozen=True)
class R016(Flag):
    """The tender's value is above the upper fence of all tenders of its class and currency.

    The class is the first `digits` characters of the first item's classification; classes with
    fewer than `least` tenders are not compared. Source: OCP's list.
    """

    code: ClassVar[str] = "R016"
    version: ClassVar[int] = 1
    digits: int = 4
    least: int = 10

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """The value, named with class and currency; or why there is none."""
        try:
            value = amount_of(tender_of(process).get("value"), "the tender")
            names = (category_of(process, self.digits), value.currency)
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
        else:
            amounts = (Fraction(value.amount),)
            yield Observation("process", process.ocid, amounts, process.entries, names)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each tender."""
        classes: dict[tuple[str, ...], list[Observation]] = defaultdict(list)
        for each in observations:
            classes[each.names].append(each)
        for names in sorted(classes):
            yield from self._compared(sorted(classes[names], key=lambda each: each.subject))

    def _compared(self, alike: list[Observation]) -> Iterator[Result]:
        if len(alike) < self.least:
            why = TOO_FEW.format(count=len(alike), least=self.least)
            yield from (self.unknown(o.scope, o.subject, why, o.entries) for o in alike)
            return
        found = fences([each.amounts[0] for each in alike])
        for each in alike:
            judged = _judged(each.amounts[0], found)
            yield self.result(each.scope, each.subject, judged, each.entries)


def _judged(value: Fraction, found: Fences) -> Judgement:
    return Judgement(value > found.upper and value > found.third, value, bounds(found))
