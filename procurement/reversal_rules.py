"""The money rules about money that comes back: a reversal of a payment, and of which. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from procurement.comparing import Figure, Outcome, Verdict, several
from procurement.money import Money, add_up
from procurement.rules import REVERSAL_ABOVE_PAYMENT, REVERSAL_OF_OTHER_CONTRACT

# Of entries the newest: a payment may be reversed in any number of steps.
MOST = 100
GONE = "the payment that is reversed has been erased"


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payment in force: its gross amount and the contract it is for (ocid, id), if it is."""

    money: Money
    contract: tuple[str, str] | None
    index: int


def reversal_above_payment(
    number: str, payment: PaidOut | None, reversals: Sequence[PaidOut]
) -> Verdict | None:
    """All reversals of a payment together <= the payment; None when nothing reverses it.

    What reverses a reversal is a payment again: the rule is the same with the signs turned.
    """
    if not reversals:
        return None
    sums = add_up(each.money for each in reversals)
    figures = _figures(payment, sums)
    outcome, reason = _exceeded(payment, sums)
    return Verdict(
        REVERSAL_ABOVE_PAYMENT,
        outcome,
        number,
        figures,
        _entries(payment, reversals),
        reason,
        index=max(each.index for each in reversals),
    )


def reversal_of_other_contract(
    number: str, payment: PaidOut | None, reversals: Sequence[PaidOut]
) -> Verdict | None:
    """No reversal names another contract than its payment; None when none of them names one.

    Naming another would let money that was paid for one contract make room in a second.
    """
    named = [each for each in reversals if each.contract is not None]
    if not named:
        return None
    outcome: Outcome = "holds"
    reason = ""
    own = payment.contract if payment else None
    other = [each for each in named if own is not None and each.contract != own]
    if other:
        outcome = "broken"
    elif own is None:
        outcome = "not-computable"
        reason = "the payment that is reversed names no contract" if payment else GONE
    texts = [("paid-for", own), *(("reversed-for", each.contract) for each in other)]
    figures = tuple(Figure(name, text="#".join(said)) for name, said in texts if said)
    entries = _entries(payment, other or named)
    newest = max(each.index for each in other or named)
    return Verdict(
        REVERSAL_OF_OTHER_CONTRACT, outcome, number, figures, entries, reason, index=newest
    )


def _exceeded(payment: PaidOut | None, sums: dict[str, int]) -> tuple[Outcome, str]:
    if payment is None:
        return "not-computable", GONE
    foreign = sorted(set(sums) - {payment.money.currency})
    if foreign:
        code = payment.money.currency
        return "not-computable", f"reversed in {', '.join(sorted(sums))}, paid in {code}"
    left = payment.money.amount + sums[payment.money.currency]
    turned = left < 0 if payment.money.amount >= 0 else left > 0
    return ("broken", "") if turned else ("holds", "")


def _figures(payment: PaidOut | None, sums: dict[str, int]) -> tuple[Figure, ...]:
    """What was taken back, by currency, as it would be paid; and what had been paid."""
    back = tuple(Figure("reversed", Money(-amount, code)) for code, amount in sums.items())
    return (*back, Figure("paid", payment.money)) if payment else back


def _entries(payment: PaidOut | None, reversals: Sequence[PaidOut]) -> tuple[int, ...]:
    newest = [each.index for each in reversals][-MOST:]
    return several([*([payment.index] if payment else []), *newest])
