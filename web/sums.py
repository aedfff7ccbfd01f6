"""Sums of budgets and contracts as pages show them."""

from __future__ import annotations

from procurement import sums
from web.views import Amount, View, money


class BudgetView(View, frozen=True):
    """Sums over budget lines in one currency.

    `direct` is paid without a commitment, `bound` committed or paid directly, `unpaid` bound and
    not paid yet, `free` not bound.
    """

    currency: str
    lines: int
    available: Amount
    committed: Amount
    direct: Amount
    bound: Amount
    paid: Amount
    unpaid: Amount
    free: Amount


class ContractSumView(View, frozen=True):
    """Sums over contracts in one currency."""

    currency: str
    contracts: int
    value: Amount
    paid: Amount


def budget_view(total: sums.BudgetSum) -> BudgetView:
    """Sums of budget lines as pages show them."""
    bound = total.committed + total.direct
    return BudgetView(
        currency=total.currency,
        lines=total.lines,
        available=money(total.available, total.currency),
        committed=money(total.committed, total.currency),
        direct=money(total.direct, total.currency),
        bound=money(bound, total.currency),
        paid=money(total.paid, total.currency),
        unpaid=money(bound - total.paid, total.currency),
        free=money(total.available - bound, total.currency),
    )


def contract_sum(total: sums.ContractSum) -> ContractSumView:
    """Sums of contracts as pages show them."""
    return ContractSumView(
        currency=total.currency,
        contracts=total.contracts,
        value=money(total.value, total.currency),
        paid=money(total.paid, total.currency),
    )
