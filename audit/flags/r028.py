"""R028: different tenderers, the same price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from audit.flags.flag import (
    Figure,
    Flag,
    Judgement,
    NotComputable,
    Observation,
    Process,
    Result,
)
from audit.flags.reading import submitted_of
from procurement.money import Money, format_money


@dataclass(frozen=True)
class R028(Flag):
    """Bids of different tenderers have one price; these tenderers are flagged too.

    Source: Cardinal, R028.
    """

    code: ClassVar[str] = "R028"
    version: ClassVar[int] = 1

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """The process, and every tenderer whose price another has."""
        try:
            shared = shared_prices(process)
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
            return
        figures = tuple(Figure("price", format_money(price)) for price in shared)
        judged = Judgement(bool(shared), Fraction(bool(shared)), figures)
        yield self.result("process", process.ocid, judged, process.entries)
        for tenderer in sorted({each for ids in shared.values() for each in ids}):
            raised = Judgement(True, Fraction(1), (Figure("process", process.ocid),))
            yield self.result("tenderer", tenderer, raised, process.entries)


def shared_prices(process: Process) -> dict[Money, set[str]]:
    """Prices that different tenderers bid, with these. Raises NotComputable."""
    known = [b for b in submitted_of(process) if b.tenderers and b.value]
    if len({bid.tenderers for bid in known}) < 2:
        raise NotComputable("fewer than two tenderers have a known price")
    bidders: dict[Money, set[tuple[str, ...]]] = defaultdict(set)
    for bid in known:
        if bid.value is not None:
            bidders[bid.value].add(tuple(sorted(bid.tenderers)))
    return {
        price: {each for group in groups for each in group}
        for price, groups in bidders.items()
        if len(groups) > 1
    }
