"""Values with and without tax: what a value says of it, and on which of the two to compare. Pure.

OCDS 1.1 does not split a value; publishers say it beside the amount: `valueAddedTaxIncluded`
(Prozorro), `amountNet` where the amount is with tax, `amountGross` where it is without. A value
that says nothing is compared as it stands with another that says nothing, and is never taken for
gross or net where the other side says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from procurement.money import Money, add_up, read_number

Basis = Literal["", "gross", "net"]


@dataclass(frozen=True, slots=True)
class Taxed:
    """A value: `money` as published, its `basis` ("" = not said), and its other form if given."""

    money: Money | None
    basis: Basis = ""
    other: Money | None = None

    def on(self, basis: Basis) -> Money | None:
        """The value on a basis; None where it has not been published so."""
        if basis == self.basis:
            return self.money
        return self.other if basis and self.basis else None

    @property
    def whole(self) -> Taxed:
        """With its tax where that is known: what a buyer owes."""
        if self.basis == "net" and self.other is not None:
            return Taxed(self.other, "gross", self.money)
        return self


NOTHING = Taxed(None)


def read_taxed(value: Any, money: Money | None) -> Taxed:
    """What an OCDS `Value` says of its tax; `money` is its amount. Contradictions say nothing."""
    if not isinstance(value, dict) or money is None:
        return Taxed(money)
    net = read_number(value.get("amountNet"), money.currency)
    gross = read_number(value.get("amountGross"), money.currency)
    said = value.get("valueAddedTaxIncluded")
    if gross is not None and net is None and said is not True:
        return Taxed(money, "net", gross)
    if gross is None and said is not False and (net is not None or said is True):
        return Taxed(money, "gross", net)
    return Taxed(money, "net") if said is False and net is None else Taxed(money)


def added(values: Sequence[Taxed]) -> Taxed:
    """The sum of values on one basis in one currency; of others nothing is known."""
    for basis in _shared(values):
        sums = [each.on(basis) for each in values]
        totals = add_up(each for each in sums if each is not None)
        if len(totals) == 1:
            return Taxed(next(Money(total, code) for code, total in totals.items()), basis)
    return NOTHING


def common_basis(values: Sequence[Taxed]) -> Basis | None:
    """A basis on which all the values are known: as published if they agree, else gross or net."""
    return next(iter(_shared(values)), None)


def _shared(values: Sequence[Taxed]) -> list[Basis]:
    stated = {each.basis for each in values}
    order: list[Basis] = [*stated, "gross", "net"] if len(stated) == 1 else ["gross", "net"]
    return [basis for basis in order if all(each.on(basis) is not None for each in values)]


def at_least(value: Taxed, basis: Basis) -> int:
    """The least that a value (not negative, known) may be on a basis, minor units."""
    exact = value.on(basis)
    assert value.money is not None
    if exact is not None:
        return exact.amount
    return value.money.amount if basis == "gross" else 0


def at_most(value: Taxed, basis: Basis) -> int | None:
    """The most that a value (not negative, known) may be on a basis; None: there is no bound."""
    exact = value.on(basis)
    assert value.money is not None
    if exact is not None:
        return exact.amount
    return None if basis == "gross" else value.money.amount
