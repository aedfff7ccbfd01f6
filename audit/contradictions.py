"""Where the four systems of one process disagree: plan, tender, contract and payment. Pure.

A disagreement is no verdict: each system may have its reason. Amounts are compared only in one
currency; what is not known is compared with nothing. Organisations are named by their ids alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from audit.flags.deals import Contract, Deal, contracts_of, deals_of
from audit.flags.flag import Figure, NotComputable, Process, Read
from procurement.contracting import Contract as Signed
from procurement.contracting import Party, members, read_process
from procurement.money import Money, format_money, read_value
from procurement.naming import is_one_of
from procurement.ocds import parse_date

CODES = (
    "plan-tender-value",
    "tender-award-value",
    "award-contract-value",
    "award-contract-date",
    "contract-payment-value",
    "contract-payment-date",
    "contract-payment-payee",
)
"""The two systems that disagree, and in what."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that stands: id, contract, payee's id and name, day (YYYY-MM-DD), amount, entry."""

    id: str
    contract: str
    payee: str
    date: str
    value: Money | None
    index: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What two systems say differently of a process; `part` is the award, contract or payment."""

    code: str
    ocid: str
    part: str
    figures: tuple[Figure, ...]
    entries: tuple[Read, ...]
    payments: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The contradiction as JSON; `payments` are the indices of the payments' entries."""
        return {
            "code": self.code,
            "ocid": self.ocid,
            "part": self.part,
            "figures": {figure.name: figure.value for figure in self.figures},
            "entries": [{"index": each.index, "leaf": each.leaf} for each in self.entries],
            "payments": list(self.payments),
        }


_T = TypeVar("_T")
_Found = tuple[str, str, tuple[Figure, ...], tuple[int, ...]]


def contradictions_of(process: Process, paid: Sequence[Paid]) -> list[Contradiction]:
    """What the systems disagree on, in order of CODES and of the record."""
    deals = _known(deals_of, process)
    contracts = _known(contracts_of, process)
    found = [
        *_plan(process),
        *_tender(process, deals),
        *_awards(deals, contracts),
        *_payments(process, contracts, paid),
    ]
    found.sort(key=lambda each: CODES.index(each[0]))
    return [
        Contradiction(code, process.ocid, part, figures, process.entries, payments)
        for code, part, figures, payments in found
    ]


def _known(read: Callable[[Process], list[_T]], process: Process) -> list[_T]:
    try:
        return read(process)
    except NotComputable:
        return []


def _plan(process: Process) -> Iterator[_Found]:
    budget = members(members(process.record.get("planning")).get("budget"))
    planned, asked = read_value(budget.get("amount")), _tendered(process)
    if _above(asked, planned):
        yield "plan-tender-value", "", _sums(planned=planned, tendered=asked), ()


def _tender(process: Process, deals: Sequence[Deal]) -> Iterator[_Found]:
    asked, awarded = _tendered(process), _sum([deal.value for deal in deals])
    if _above(awarded, asked):
        yield "tender-award-value", "", _sums(tendered=asked, awarded=awarded), ()


def _awards(deals: Sequence[Deal], contracts: Sequence[Contract]) -> Iterator[_Found]:
    for deal in deals:
        signed = [each for each in contracts if deal.id and each.award == deal.id]
        total = _sum([each.value for each in signed])
        if total and deal.value and total != deal.value:
            figures = _sums(awarded=deal.value, contracted=total)
            yield "award-contract-value", deal.id, figures, ()
        for each in signed:
            if each.signed and deal.date and each.signed.date() < deal.date.date():
                days = _days(awarded=str(deal.date.date()), signed=str(each.signed.date()))
                yield "award-contract-date", each.id, days, ()


def _payments(
    process: Process, contracts: Sequence[Contract], paid: Sequence[Paid]
) -> Iterator[_Found]:
    signed = {each.id: each for each in read_process(dict(process.record)).contracts}
    for each in contracts:
        own = [payment for payment in paid if payment.contract == each.id]
        total = _sum([payment.value for payment in own])
        if _above(total, each.value):
            places = tuple(sorted({payment.index for payment in own}))
            yield (
                "contract-payment-value",
                each.id,
                _sums(contracted=each.value, paid=total),
                places,
            )
        for payment in own:
            yield from _payment(each, signed.get(each.id), payment)


def _payment(contract: Contract, signed: Signed | None, paid: Paid) -> Iterator[_Found]:
    named = f"{contract.id}/{paid.id}" if paid.id else contract.id
    moment = parse_date(paid.date)
    if moment and contract.signed and moment.date() < contract.signed.date():
        days = _days(signed=str(contract.signed.date()), paid=str(moment.date()))
        yield "contract-payment-date", named, days, (paid.index,)
    if paid.value is not None and not paid.value.amount:
        return  # Nothing went to anybody.
    suppliers = signed.suppliers if signed else ()
    # Systems number one organisation differently: only who is plainly another contradicts.
    if is_one_of(_payee(paid, signed), suppliers) is False:
        named_so = ", ".join(each.id or each.name for each in suppliers)
        names = _days(suppliers=named_so, payee=paid.payee or paid.name)
        yield "contract-payment-payee", named, names, (paid.index,)


def _payee(paid: Paid, signed: Signed | None) -> Party:
    """Whoever was paid, by all the ids that a transaction of the contract gives."""
    same = [each.payee for each in (signed.transactions if signed else ()) if each.id == paid.id]
    return next((each for each in same if each), Party((paid.payee,), paid.name))


def _tendered(process: Process) -> Money | None:
    return read_value(members(process.record.get("tender")).get("value"))


def _sum(values: Sequence[Money | None]) -> Money | None:
    """The sum where all are known and of one currency, else nothing."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values) or len({each.currency for each in known}) > 1:
        return None
    return Money(sum(each.amount for each in known), known[0].currency)


def _above(value: Money | None, limit: Money | None) -> bool:
    if value is None or limit is None or value.currency != limit.currency:
        return False
    return value.amount > limit.amount


def _sums(**sums: Money | None) -> tuple[Figure, ...]:
    return tuple(Figure(name, format_money(each)) for name, each in sums.items() if each)


def _days(**texts: str) -> tuple[Figure, ...]:
    return tuple(Figure(name, text) for name, text in texts.items())
