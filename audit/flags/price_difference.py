"""How far the second lowest valid bid lies above the winning one: for R024 and R058."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from audit.flags.comparing import TOO_FEW, bounds
from audit.flags.flag import (
    Figure,
    Flag,
    Judgement,
    NotComputable,
    Observation,
    Process,
    Result,
)
from audit.flags.quartiles import Fences, fences
from audit.flags.reading import Bid, bids_of, one_currency, single_winner
from procurement.money import Money


@dataclass(frozen=True)
class PriceDifference(Flag):
    """(second lowest - winning) / winning, compared with that of all other processes.

    `threshold`, a decimal, stands in for the fence. With fewer than `least` processes nothing is
    compared: the fences of a handful of prices say nothing.
    """

    threshold: str | None = None
    least: int = 5

    @abstractmethod
    def beyond(self, value: Fraction, found: Fences) -> bool:
        """Whether a difference lies beyond the fence that this flag looks at."""

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """The difference of this process, or why there is none."""
        try:
            amounts = (price_difference(process),)
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
        else:
            yield Observation("process", process.ocid, amounts, process.entries)

    def conclude(self, observations: Iterable[Observation], /) -> Iterator[Result]:
        """One result for each difference."""
        listed = sorted(observations, key=lambda each: each.subject)
        if len(listed) < self.least and self.threshold is None:
            why = TOO_FEW.format(count=len(listed), least=self.least)
            for each in listed:
                yield self.unknown(each.scope, each.subject, why, each.entries)
        elif listed:
            found = fences([each.amounts[0] for each in listed])
            for each in listed:
                yield self._concluded(each, found)

    def _concluded(self, each: Observation, found: Fences) -> Result:
        value = each.amounts[0]
        limit = () if self.threshold is None else (Figure("threshold", self.threshold),)
        judged = Judgement(self.beyond(value, found), value, (*bounds(found), *limit))
        return self.result(each.scope, each.subject, judged, each.entries)


def price_difference(process: Process) -> Fraction:
    """The difference as a share of the winning price. Raises NotComputable."""
    winner = single_winner(process)
    valid = [bid for bid in bids_of(process) if bid.status == "valid"]
    if any(len(bid.tenderers) != 1 for bid in valid):
        raise NotComputable("a valid bid is not by one named tenderer")
    prices = [(bid, _price(bid)) for bid in valid]
    one_currency([price for _, price in prices])
    won = [price.amount for bid, price in prices if bid.tenderers[0] == winner]
    lost = [price.amount for bid, price in prices if bid.tenderers[0] != winner]
    if not won or not lost:
        raise NotComputable("a valid bid of the winner, or of another, is missing")
    if min(won) <= 0:
        raise NotComputable("the winning price is not above nothing")
    if min(lost) < min(won):
        raise NotComputable("the lowest bid did not win: price was not the only criterion")
    return Fraction(min(lost) - min(won), min(won))


def _price(bid: Bid) -> Money:
    if bid.value is None:
        raise NotComputable("the price of a valid bid is not known")
    return bid.value
