"""Comparing sums as every money rule does: in one currency, on one basis of tax, or not at all.

The answer is that it holds, that it is broken, or that it cannot be computed: never silently
zero. With the answer go the figures compared and the log indices read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from procurement.money import Money
from procurement.taxes import Basis, Taxed, at_least, at_most, common_basis

Outcome = Literal["holds", "broken", "not-computable"]
BASES: tuple[Basis, ...] = ("gross", "net")


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum that a rule compared (`money`, and the `tax` it says), or a date or name (`text`)."""

    name: str
    money: Money | None = None
    text: str = ""
    tax: Basis = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule about one subject.

    `subject` is a line id, an ocid with `#` and the lot, award or contract, or a payment's id;
    `index` the entry at which the rule broke, where that is known.
    """

    code: str
    outcome: Outcome
    subject: str
    figures: tuple[Figure, ...] = ()
    entries: tuple[int, ...] = ()
    reason: str = ""
    contract: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: what its figure is called, and its values."""

    name: str
    values: Sequence[Taxed]


@dataclass(frozen=True, slots=True)
class Allowance:
    """By how much a limit may be exceeded: hundredths of a percent of it, and minor units."""

    basis_points: int = 0
    units: int = 0

    def of(self, limit: int) -> int:
        """Minor units for a limit."""
        return limit * self.basis_points // 10_000 + self.units


def compare(
    code: str,
    subject: str,
    used: Side,
    limit: tuple[str, Taxed],
    entries: Iterable[int],
    *,
    allowance: Allowance | None = None,
    growing: bool = True,
    contract: str | None = None,
) -> Verdict:
    """Sum of `used` <= `limit` and what is allowed.

    `growing`: what is not known can only add to what is, as no award is worth less than nothing.
    """
    allowed = allowance or Allowance()
    figures, reason = _figures(used, limit), _missing(used, limit)
    outcome: Outcome = "not-computable"
    if not reason or (growing and limit[1].money is not None):
        outcome = _outcome(_comparable(used, limit[1]), limit[1], allowed, whole=not reason)
    if outcome == "not-computable" and not reason:
        reason = "one value is with tax and another without, or does not say"
    said = reason if outcome == "not-computable" else ""
    return Verdict(code, outcome, subject, figures, several(entries), said, contract)


def _comparable(used: Side, limit: Taxed) -> list[Taxed]:
    code = limit.money.currency if limit.money else ""
    return [each for each in used.values if each.money and each.money.currency == code]


def _outcome(known: Sequence[Taxed], limit: Taxed, allowed: Allowance, *, whole: bool) -> Outcome:
    """Of the values known, in the currency of the limit; `whole`: there are no others."""
    assert limit.money is not None
    negative = any(each.money is not None and each.money.amount < 0 for each in known)
    basis = common_basis([*known, limit])
    if basis is not None and (whole or not negative):
        bound = limit.on(basis)
        sums = [each.on(basis) for each in known]
        total = sum(each.amount for each in sums if each is not None)
        if bound is not None and total > bound.amount + allowed.of(bound.amount):
            return "broken"
        return "holds" if whole else "not-computable"
    return "not-computable" if negative else _bounded(known, limit, allowed, whole=whole)


def _bounded(known: Sequence[Taxed], limit: Taxed, allowed: Allowance, *, whole: bool) -> Outcome:
    """What is certain although tax is in some of the values and not in others."""
    for basis in BASES:
        most = at_most(limit, basis)
        least = sum(at_least(each, basis) for each in known)
        if most is not None and least > most + allowed.of(most):
            return "broken"
    for basis in BASES if whole else ():
        least, sums = at_least(limit, basis), [at_most(each, basis) for each in known]
        total = sum(each for each in sums if each is not None)
        if None not in sums and total <= least + allowed.of(least):
            return "holds"
    return "not-computable"


def _figures(used: Side, limit: tuple[str, Taxed]) -> tuple[Figure, ...]:
    """The sums by currency and tax, then the limit: on one basis where all are known on it."""
    known = [each for each in used.values if each.money is not None]
    basis = common_basis([*known, limit[1]]) if limit[1].money is not None else None
    totals: dict[tuple[str, Basis], int] = {}
    for money, tax in (_shown(each, basis) for each in known):
        totals[money.currency, tax] = totals.get((money.currency, tax), 0) + money.amount
    sums = [
        Figure(used.name, Money(amount, code), tax=tax) for (code, tax), amount in totals.items()
    ]
    if limit[1].money is None:
        return tuple(sums)
    bound, tax = _shown(limit[1], basis)
    return (*sums, Figure(limit[0], bound, tax=tax))


def _shown(value: Taxed, basis: Basis | None) -> tuple[Money, Basis]:
    """A value as it is compared, else as it is published."""
    compared = value.on(basis) if basis is not None else None
    assert value.money is not None
    return (value.money, value.basis) if compared is None else (compared, basis or "")


def _missing(used: Side, limit: tuple[str, Taxed]) -> str:
    """Why the sums cannot be compared: a value is not known, or currencies differ."""
    bound = limit[1].money
    if bound is None:
        return f"the value {limit[0]} is not known"
    if any(each.money is None for each in used.values):
        return f"a value {used.name} is not known"
    codes = {each.money.currency for each in used.values if each.money is not None}
    if codes - {bound.currency}:
        return f"{used.name} in {', '.join(sorted(codes))}, {limit[0]} in {bound.currency}"
    return ""


def several(entries: Iterable[int]) -> tuple[int, ...]:
    """Log indices, each once, in order."""
    return tuple(sorted(set(entries)))
