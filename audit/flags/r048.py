"""R048: a supplier of too many kinds of things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.comparing import TOO_FEW, bounds
from audit.flags.flag import (
    Figure,
    Flag,
    Judgement,
    NotComputable,
    Observation,
    Process,
    Read,
    Result,
)
from audit.flags.quartiles import fences
from audit.flags.reading import Award, awards_of
from procurement.contracting import identifier, members


@dataclass(frozen=True)
class R048(Flag):
    """Distinct first levels of item classifications at or above the upper fence, rounded up.

    The first level is the first `digits` characters. Suppliers with fewer than
    `minimum_contracting_processes` are left out. `threshold` stands in for the fence. Awards to
    several suppliers are left out: not each of them supplies every item. Source: Cardinal, R048.
    """

    code: ClassVar[str] = "R048"
    version: ClassVar[int] = 1
    digits: int = 2
    minimum_contracting_processes: int = 20
    threshold: int | None = None
    least: int = 5

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """For each supplier the kinds it was awarded, coded as numbers of their characters."""
        try:
            awards = [a for a in awards_of(process) if a.status == "active"]
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
            return
        kinds: dict[str, set[str]] = defaultdict(set)
        for award in awards:
            if len(award.suppliers) == 1:
                kinds[award.suppliers[0]] |= self._kinds(award)
        if not any(kinds.values()):
            why = "no awarded item is classified, or no award has one supplier"
            yield self.unknown("process", process.ocid, why, process.entries)
        for supplier in sorted(kinds):
            coded = tuple(map(_coded, sorted(kinds[supplier])))
            if coded:
                yield Observation("tenderer", supplier, coded, process.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each supplier."""
        kinds: dict[str, set[Fraction]] = defaultdict(set)
        entries: dict[str, list[Read]] = defaultdict(list)
        processes: dict[str, int] = defaultdict(int)
        for each in observations:
            kinds[each.subject].update(each.amounts)
            entries[each.subject].extend(each.entries)
            processes[each.subject] += 1
        least = self.minimum_contracting_processes
        enough = {who: len(kinds[who]) for who in sorted(kinds) if processes[who] >= least}
        for who in sorted(kinds.keys() - enough.keys()):
            why = f"fewer than {least} contracting processes"
            yield self.unknown("tenderer", who, why, entries[who])
        if len(enough) < self.least and self.threshold is None:
            why = TOO_FEW.format(count=len(enough), least=self.least)
            for who in enough:
                yield self.unknown("tenderer", who, why, entries[who])
        elif enough:
            yield from self._judged(enough, entries)

    def _judged(self, enough: dict[str, int], entries: dict[str, list[Read]]) -> Iterator[Result]:
        found = fences([Fraction(count) for count in enough.values()])
        limit = -(-found.upper // 1) if self.threshold is None else self.threshold
        for who, count in enough.items():
            figures = (Figure("kinds", str(count)), *bounds(found))
            above = count > found.third or self.threshold is not None
            judged = Judgement(above and count >= limit, Fraction(count), figures)
            yield self.result("tenderer", who, judged, entries[who])

    def _kinds(self, award: Award) -> set[str]:
        codes = (identifier(members(item.get("classification")).get("id")) for item in award.items)
        return {code[: self.digits] for code in codes if code}


def _coded(kind: str) -> Fraction:
    return Fraction(int.from_bytes(kind.encode("utf-8", "replace"), "big"))
