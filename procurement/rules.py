"""The money rules about awards, contracts and their payments: pure functions with a code.

A rule answers that it holds, that it is broken, or that it cannot be computed (a value is missing,
in another currency, without tax where the other has it): never silently zero. Rules never refuse
an entry; they state what the entries say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from procurement.comparing import Allowance, Figure, Outcome, Side, Verdict, compare, several
from procurement.contracting import Award, Contract, ContractingProcess, Party
from procurement.money import Money
from procurement.naming import is_one_of
from procurement.taxes import NOTHING, Taxed, added

__all__ = [
    "APART",
    "CODES",
    "Figure",
    "Made",
    "Outcome",
    "Tolerances",
    "Verdict",
    "award_above_tender",
    "check_contract",
    "contract_above_award",
    "contract_above_lots",
]

LINE_OVERCOMMITTED = "line-overcommitted"
LINE_OVERPAID = "line-overpaid"
AWARD_ABOVE_TENDER = "award-above-tender"
CONTRACT_ABOVE_AWARD = "contract-above-award"
CONTRACT_ABOVE_LOTS = "contract-above-lots"
CONTRACT_BEYOND_YEARS = "contract-beyond-years"
CALLOFFS_ABOVE_FRAMEWORK = "calloffs-above-framework"
PAYMENTS_ABOVE_CONTRACT = "payments-above-contract"
PAYMENT_BEFORE_SIGNATURE = "payment-before-signature"
PAYEE_NOT_SUPPLIER = "payee-not-supplier"
REVERSAL_ABOVE_PAYMENT = "reversal-above-payment"
REVERSAL_OF_OTHER_CONTRACT = "reversal-of-other-contract"

CODES = (
    LINE_OVERCOMMITTED,
    LINE_OVERPAID,
    AWARD_ABOVE_TENDER,
    CONTRACT_ABOVE_AWARD,
    CONTRACT_ABOVE_LOTS,
    CONTRACT_BEYOND_YEARS,
    CALLOFFS_ABOVE_FRAMEWORK,
    PAYMENTS_ABOVE_CONTRACT,
    PAYMENT_BEFORE_SIGNATURE,
    PAYEE_NOT_SUPPLIER,
    REVERSAL_ABOVE_PAYMENT,
    REVERSAL_OF_OTHER_CONTRACT,
)

_T = TypeVar("_T")
# Found of several processes or payments together, not with a process or a line.
APART = frozenset({CALLOFFS_ABOVE_FRAMEWORK, REVERSAL_ABOVE_PAYMENT, REVERSAL_OF_OTHER_CONTRACT})
FRAMEWORK_WITHOUT_VALUE = "a framework agreement without a value"


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
class Made:
    """A payment for a contract, from a `budget/payment` or an OCDS transaction; None: unknown.

    `own`: of the treasury, before anything is withheld; with the tax, where the contract says
    whether it has it, else like the contract.
    """

    ref: str
    date: str
    priced: Taxed
    payee: Party | None
    index: int
    own: bool = False

    @property
    def amount(self) -> Money | None:
        """The amount as published."""
        return self.priced.money


def award_above_tender(process: ContractingProcess, entries: Sequence[int]) -> list[Verdict]:
    """Per lot: active awards <= value of the lot, or of the tender.

    Awards that are for several lots together are compared with those lots together. Each award of
    a framework agreement may reach its whole value: they are compared one by one.
    """
    tender = process.tender
    awards = [award for award in process.awards if award.status == "active"]
    if tender is None or not awards:
        return []
    lots = {lot.id: lot.priced for lot in tender.lots}
    found = []
    for names, group in _by_lots(awards, set(lots)):
        limit = added([lots[name] for name in names]) if names else NOTHING
        if limit.money is None and (len(lots) <= 1 or not names):
            limit = tender.priced
        subject = f"{process.ocid}#{'+'.join(names)}" if names else process.ocid
        for members in [[award] for award in group] if tender.framework else [group]:
            side = Side("awarded", [award.priced for award in members])
            named = f"{process.ocid}#{members[0].id}" if tender.framework else subject
            verdict = compare(AWARD_ABOVE_TENDER, named, side, ("tendered", limit), entries)
            found.append(_framework(verdict, process))
    return found


def contract_above_award(
    process: ContractingProcess, tolerances: Tolerances, entries: Sequence[int]
) -> list[Verdict]:
    """Contracts of one award together, at their current values, <= award x (1 + tolerance)."""
    found = []
    for contracts in _by_award(process.contracts):
        award = process.award(contracts[0].award) if contracts[0].award else None
        verdict = compare(
            CONTRACT_ABOVE_AWARD,
            _named(process.ocid, contracts),
            Side("contracted", [contract.priced for contract in contracts]),
            ("awarded", award.priced if award else NOTHING),
            entries,
            allowance=Allowance(tolerances.contract_basis_points),
            contract=_only(contracts),
        )
        if award is None:
            verdict = _because(verdict, "the contract names no award of this process")
        found.append(_framework(verdict, process))
    return found


def contract_above_lots(
    process: ContractingProcess, tolerances: Tolerances, entries: Sequence[int]
) -> list[Verdict]:
    """Contracts <= the lots they are for, by themselves or by their award, x (1 + tolerance).

    Not asked of call-offs, which their framework limits, nor where no lot of the tender is named.
    """
    lots = {lot.id: lot.priced for lot in process.tender.lots} if process.tender else {}
    signed = [
        (each, _lots_of(process, each))
        for each in _each_once(process.contracts)
        if _stands(each) and not process.framework
    ]
    known = [(each, names) for each, names in signed if names and set(names) <= set(lots)]
    return [
        compare(
            CONTRACT_ABOVE_LOTS,
            f"{process.ocid}#{'+'.join(names)}",
            Side("contracted", [contract.priced for contract in contracts]),
            ("lots", added([lots[name] for name in names])),
            entries,
            allowance=Allowance(tolerances.contract_basis_points),
            contract=_only(contracts),
        )
        for names, contracts in _joined(known)
    ]


def payments_above_contract(
    ocid: str, contract: Contract, made: Sequence[Made], tolerances: Tolerances, entry: int
) -> Verdict | None:
    """Payments less reversals <= contract; None when nothing was paid."""
    if not made:
        return None
    return compare(
        PAYMENTS_ABOVE_CONTRACT,
        f"{ocid}#{contract.id}",
        Side("paid", [_as_contracted(each, contract) for each in made]),
        ("contracted", contract.priced),
        (entry, *(each.index for each in made)),
        allowance=Allowance(units=tolerances.rounding),
        growing=False,
        contract=contract.id,
    )


def _as_contracted(made: Made, contract: Contract) -> Taxed:
    if made.own and contract.priced.basis:
        return replace(made.priced, basis="gross")
    return made.priced


def payment_before_signature(
    ocid: str, contract: Contract, made: Sequence[Made], entry: int
) -> Verdict | None:
    """No payment before the day of the signature; None when nothing was paid.

    The days are those written: an office pays and signs in its own zone.
    """
    if not made:
        return None
    subject, signed = f"{ocid}#{contract.id}", contract.signed[:10]
    entries = several((entry, *(each.index for each in made)))
    spent = [each for each in made if each.amount is None or each.amount.amount > 0]
    early = [each for each in spent if signed and each.date and each.date[:10] < signed]
    figures = (Figure("signed", text=signed), *_dates(early))
    if early:
        entries = several((entry, *(each.index for each in early)))
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

    Who was paid zero has got nothing, and is left out. Broken only where a payee is plainly
    somebody else: names that are merely alike stay open.
    """
    made = [each for each in made if each.amount is None or each.amount.amount]
    if not made:
        return None
    code, subject = PAYEE_NOT_SUPPLIER, f"{ocid}#{contract.id}"
    outcomes = [(each, is_one_of(each.payee, contract.suppliers)) for each in made]
    strange = [each for each, same in outcomes if same is False]
    figures = tuple(
        Figure("payee", text=each.payee.name or each.payee.id) for each in strange if each.payee
    )
    suppliers = tuple(Figure("supplier", text=each.name or each.id) for each in contract.suppliers)
    entries = several((entry, *(each.index for each in strange or made)))
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
    return _joined([(award, award.lots) for award in awards])


def _joined(named: Sequence[tuple[_T, Sequence[str]]]) -> list[tuple[tuple[str, ...], list[_T]]]:
    """What shares a lot, together, by all the lots that it is for."""
    groups: list[tuple[set[str], list[_T]]] = []
    for each, lots in named:
        joined, members = set(lots), [each]
        for group in [other for other in groups if other[0] & joined]:
            groups.remove(group)
            joined |= group[0]
            members = group[1] + members
        groups.append((joined, members))
    return [(tuple(sorted(names)), members) for names, members in groups]


def _by_award(contracts: Sequence[Contract]) -> list[list[Contract]]:
    """Contracts in force by the award they name; a terminated one, or one of none, is alone."""
    groups: dict[str, list[Contract]] = {}
    for at, contract in enumerate(_each_once(contracts)):
        if contract.status == "cancelled":
            continue
        alone = contract.status == "terminated" or not contract.award
        groups.setdefault(f"#{at}" if alone else f"award {contract.award}", []).append(contract)
    return list(groups.values())


def _each_once(contracts: Sequence[Contract]) -> list[Contract]:
    """Of contracts with one id the first."""
    return list({contract.id: contract for contract in reversed(contracts)}.values())[::-1]


def _stands(contract: Contract) -> bool:
    """Whether a contract binds as a whole: of a terminated one only what was paid is left."""
    return contract.status not in ("cancelled", "terminated")


def _lots_of(process: ContractingProcess, contract: Contract) -> tuple[str, ...]:
    award = process.award(contract.award) if contract.award else None
    return contract.lots or (award.lots if award else ())


def _named(ocid: str, contracts: Sequence[Contract]) -> str:
    return f"{ocid}#{'+'.join(contract.id for contract in contracts)}"


def _only(contracts: Sequence[Contract]) -> str | None:
    return contracts[0].id if len(contracts) == 1 else None


def _framework(verdict: Verdict, process: ContractingProcess) -> Verdict:
    """Say of a framework agreement that it has no value, rather than that one is missing."""
    if process.framework and "is not known" in verdict.reason:
        return _because(verdict, FRAMEWORK_WITHOUT_VALUE)
    return verdict


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
