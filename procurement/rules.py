"""The money rules: each one pure function with a code.

A rule answers that it holds, that it is broken, or that it cannot be computed (a value is missing
or in another currency, a framework has none): never silently zero. With the answer go the figures
compared and the log indices read. Rules never refuse an entry; they state what the entries say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from procurement.contracting import Award, Contract, ContractingProcess, Party
from procurement.money import Money
from procurement.naming import is_one_of

Outcome = Literal["holds", "broken", "not-computable"]

LINE_OVERCOMMITTED = "line-overcommitted"
LINE_OVERPAID = "line-overpaid"
AWARD_ABOVE_TENDER = "award-above-tender"
CONTRACT_ABOVE_AWARD = "contract-above-award"
PAYMENTS_ABOVE_CONTRACT = "payments-above-contract"
PAYMENT_BEFORE_SIGNATURE = "payment-before-signature"
PAYEE_NOT_SUPPLIER = "payee-not-supplier"

CODES = (
    LINE_OVERCOMMITTED,
    LINE_OVERPAID,
    AWARD_ABOVE_TENDER,
    CONTRACT_ABOVE_AWARD,
    PAYMENTS_ABOVE_CONTRACT,
    PAYMENT_BEFORE_SIGNATURE,
    PAYEE_NOT_SUPPLIER,
)


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What the rules let pass.

    `contract_basis_points`: how far a contract may exceed its award, in hundredths of a percent.
    `rounding`: minor units by which payments may exceed a contract; the last unit of a price with
    tax is often rounded differently by the two systems that compute it.
    """

    contract_basis_points: int = 0
    rounding: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum that a rule compared (`money`), or a date or name (`text`)."""

    name: str
    money: Money | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule about one subject.

    `subject` is a line id, or an ocid with `#` and the lot, award or contract; `index` the entry
    at which the rule broke, where that is known.
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
class Made:
    """A payment for a contract, from a `budget/payment` or an OCDS transaction; None: unknown."""

    ref: str
    date: str
    amount: Money | None
    payee: Party | None
    index: int


def award_above_tender(process: ContractingProcess, entries: Sequence[int]) -> list[Verdict]:
    """Per lot: active awards <= value of the lot, or of the tender.

    Awards that are for several lots together are compared with those lots together.
    """
    awards = [award for award in process.awards if award.status == "active"]
    if process.tender is None or not awards:
        return []
    lots = {lot.id: lot.value for lot in process.tender.lots}
    found = []
    for names, group in _by_lots(awards, set(lots)):
        values = [lots[name] for name in names]
        limit = _sum(values) if values else None
        if limit is None and (len(lots) <= 1 or not names):
            limit = process.tender.value
        subject = f"{process.ocid}#{'+'.join(names)}" if names else process.ocid
        parts = [award.value for award in group]
        found.append(
            _compare(AWARD_ABOVE_TENDER, subject, ("awarded", parts), ("tendered", limit), entries)
        )
    return found


def contract_above_award(
    process: ContractingProcess, tolerances: Tolerances, entries: Sequence[int]
) -> list[Verdict]:
    """Contract, at its current value, <= award x (1 + tolerance)."""
    found = []
    for contract in process.contracts:
        if contract.status == "cancelled":
            continue
        award = process.award(contract.award) if contract.award else None
        limit = award.value if award else None
        verdict = _compare(
            CONTRACT_ABOVE_AWARD,
            f"{process.ocid}#{contract.id}",
            ("contracted", [contract.value]),
            ("awarded", limit),
            entries,
            allowed=limit.amount * tolerances.contract_basis_points // 10_000 if limit else 0,
            contract=contract.id,
        )
        if award is None:
            verdict = _because(verdict, "the contract names no award of this process")
        found.append(verdict)
    return found


def payments_above_contract(
    ocid: str, contract: Contract, made: Sequence[Made], tolerances: Tolerances, entry: int
) -> Verdict | None:
    """Payments less reversals <= contract; None when nothing was paid."""
    if not made:
        return None
    return _compare(
        PAYMENTS_ABOVE_CONTRACT,
        f"{ocid}#{contract.id}",
        ("paid", [each.amount for each in made]),
        ("contracted", contract.value),
        (entry, *(each.index for each in made)),
        allowed=tolerances.rounding,
        contract=contract.id,
    )


def payment_before_signature(
    ocid: str, contract: Contract, made: Sequence[Made], entry: int
) -> Verdict | None:
    """No payment before the day of the signature; None when nothing was paid.

    The days are those written: an office pays and signs in its own zone.
    """
    if not made:
        return None
    subject, signed = f"{ocid}#{contract.id}", contract.signed[:10]
    entries = _several((entry, *(each.index for each in made)))
    spent = [each for each in made if each.amount is None or each.amount.amount > 0]
    early = [each for each in spent if signed and each.date and each.date[:10] < signed]
    figures = (Figure("signed", text=signed), *_dates(early))
    if early:
        entries = _several((entry, *(each.index for each in early)))
        return _contract_verdict(
            PAYMENT_BEFORE_SIGNATURE, "broken", subject, contract, figures, entries
        )
    if not signed or any(not each.date for each in spent):
        reason = "the contract has no date of signature" if not signed else "a payment has no date"
        found = _contract_verdict(
            PAYMENT_BEFORE_SIGNATURE, "not-computable", subject, contract, figures, entries
        )
        return _because(found, reason)
    return _contract_verdict(PAYMENT_BEFORE_SIGNATURE, "holds", subject, contract, figures, entries)


def payee_not_supplier(
    ocid: str, contract: Contract, made: Sequence[Made], entry: int
) -> Verdict | None:
    """Every payee is a supplier of the contract, by an id or by name; None when nothing is paid.

    Broken only where a payee is plainly somebody else: names that are merely alike stay open.
    """
    if not made:
        return None
    code, subject = PAYEE_NOT_SUPPLIER, f"{ocid}#{contract.id}"
    outcomes = [(each, is_one_of(each.payee, contract.suppliers)) for each in made]
    strange = [each for each, same in outcomes if same is False]
    figures = tuple(
        Figure("payee", text=each.payee.name or each.payee.id) for each in strange if each.payee
    )
    suppliers = tuple(Figure("supplier", text=each.name or each.id) for each in contract.suppliers)
    entries = _several((entry, *(each.index for each in strange or made)))
    if strange:
        return _contract_verdict(code, "broken", subject, contract, (*suppliers, *figures), entries)
    if any(same is None for _, same in outcomes):
        found = _contract_verdict(code, "not-computable", subject, contract, suppliers, entries)
        return _because(found, "a payee or a supplier is not named, or only alike")
    return _contract_verdict(code, "holds", subject, contract, suppliers, entries)


def check_contract(
    ocid: str, contract: Contract, made: Sequence[Made], tolerances: Tolerances, entry: int
) -> list[Verdict]:
    """The three rules about the payments of a contract; `entry` is where the contract stands."""
    found = (
        payments_above_contract(ocid, contract, made, tolerances, entry),
        payment_before_signature(ocid, contract, made, entry),
        payee_not_supplier(ocid, contract, made, entry),
    )
    return [verdict for verdict in found if verdict is not None]


def _by_lots(awards: Sequence[Award], lots: set[str]) -> list[tuple[tuple[str, ...], list[Award]]]:
    """Awards joined by the lots they share; all together when one names no lot of the tender."""
    if not all(award.lots and set(award.lots) <= lots for award in awards):
        return [((), list(awards))]
    groups: list[tuple[set[str], list[Award]]] = []
    for award in awards:
        joined, members = set(award.lots), [award]
        for group in [each for each in groups if each[0] & joined]:
            groups.remove(group)
            joined |= group[0]
            members = group[1] + members
        groups.append((joined, members))
    return [(tuple(sorted(names)), members) for names, members in groups]


def _compare(
    code: str,
    subject: str,
    used: tuple[str, Sequence[Money | None]],
    limit: tuple[str, Money | None],
    entries: Iterable[int],
    *,
    allowed: int = 0,
    contract: str | None = None,
) -> Verdict:
    """Sum of `used` <= `limit` + `allowed` minor units."""
    known = [part for part in used[1] if part is not None]
    bound = limit[1]
    totals: dict[str, int] = {}
    for part in known:
        totals[part.currency] = totals.get(part.currency, 0) + part.amount
    figures = (
        *(Figure(used[0], Money(amount, code_)) for code_, amount in totals.items()),
        *((Figure(limit[0], bound),) if bound else ()),
    )
    reason = _missing(used, limit, totals)
    outcome: Outcome = "not-computable" if reason else "holds"
    # What is not known of awards can only add to them: none is worth less than nothing.
    certain = code != PAYMENTS_ABOVE_CONTRACT and all(part.amount >= 0 for part in known)
    if bound and (certain or not reason) and totals.get(bound.currency, 0) > bound.amount + allowed:
        outcome, reason = "broken", ""
    return Verdict(code, outcome, subject, figures, _several(entries), reason, contract)


def _missing(
    used: tuple[str, Sequence[Money | None]],
    limit: tuple[str, Money | None],
    totals: dict[str, int],
) -> str:
    if limit[1] is None:
        return f"the value {limit[0]} is not known"
    if any(part is None for part in used[1]):
        return f"a value {used[0]} is not known"
    foreign = sorted(set(totals) - {limit[1].currency})
    return (
        f"{used[0]} in {', '.join(foreign)}, {limit[0]} in {limit[1].currency}" if foreign else ""
    )


def _sum(values: Sequence[Money | None]) -> Money | None:
    known = [value for value in values if value is not None]
    if not known or len(known) != len(values) or len({value.currency for value in known}) != 1:
        return None
    return Money(sum(value.amount for value in known), known[0].currency)


def _contract_verdict(
    code: str,
    outcome: Outcome,
    subject: str,
    contract: Contract,
    figures: tuple[Figure, ...],
    entries: tuple[int, ...],
) -> Verdict:
    return Verdict(code, outcome, subject, figures, entries, contract=contract.id)


def _because(verdict: Verdict, reason: str) -> Verdict:
    return replace(verdict, reason=reason)


def _dates(made: Sequence[Made]) -> tuple[Figure, ...]:
    return tuple(Figure("paid", each.amount, each.date[:10]) for each in made)


def _several(entries: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(entries)))
