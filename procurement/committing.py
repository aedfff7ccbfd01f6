"""What a contracting process commits, and on which budget lines.

A process commits once: its active or terminated contracts (a terminated one what was paid), else
its active awards, else its open tender; whatever is cancelled or unsuccessful commits nothing.
A framework agreement commits nothing until it is called off: there only contracts count. What a
buyer owes includes the tax: a value without it commits at least itself, and more is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procurement.contracting import ContractingProcess, Share
from procurement.money import Money, add_up, spread
from procurement.taxes import Taxed

# Statuses of OCDS that say that nothing is committed (yet, or any more).
_NOTHING = {
    "contract": frozenset({"pending", "cancelled"}),
    "award": frozenset({"pending", "cancelled", "unsuccessful"}),
    "tender": frozenset(
        {"planning", "planned", "cancelled", "unsuccessful", "complete", "withdrawn"}
    ),
}

Paid = Mapping[str, Sequence[Money | None]]


@dataclass(frozen=True, slots=True)
class Commitment:
    """Sums by currency that a process commits, and what it could not add up.

    `basis` is `contract`, `award`, `tender` or "" (nothing is committed); `unknown` says in words
    why more may be committed than `sums` has.
    """

    basis: str
    sums: Mapping[str, int]
    unknown: str = ""

    @property
    def single(self) -> Money | None:
        """The commitment in its one currency; None if it is not fully known or in several."""
        if self.unknown or len(self.sums) > 1:
            return None
        return next((Money(amount, code) for code, amount in self.sums.items()), None)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a process commits on one line; `known` is False when more may be committed there."""

    line: str
    amount: Money | None
    known: bool = True


def commitment(process: ContractingProcess, paid: Paid) -> Commitment:
    """What the process commits; `paid` are the payments by contract id, less reversals."""
    bases = [_contracts(process, paid)]
    if not process.framework:
        bases += [_awards(process), _tender(process)]
    return next((found for found in bases if found is not None), Commitment("", {}))


def charges(process: ContractingProcess, committed: Commitment) -> list[Charge]:
    """The commitment spread over the budget lines that the process names.

    One line takes all of it; several take it in proportion to the amounts of `budgetBreakdown`.
    """
    shares = _joined(process.shares)
    if not shares:
        return []
    if len(shares) == 1:
        return _charged(shares[0].line, committed)
    weights = _weights(shares)
    if weights is None:
        # Without amounts nobody can say how much of it lies on which line.
        known = not committed.basis
        return [Charge(share.line, None, known) for share in shares]
    parts = {code: spread(amount, weights) for code, amount in committed.sums.items()}
    return [
        charge
        for at, share in enumerate(shares)
        for charge in _charged(
            share.line,
            Commitment(
                committed.basis,
                {code: amounts[at] for code, amounts in parts.items()},
                committed.unknown,
            ),
        )
    ]


def _charged(line: str, committed: Commitment) -> list[Charge]:
    known = not committed.unknown
    if not committed.sums:
        return [Charge(line, None, known)]
    return [Charge(line, Money(amount, code), known) for code, amount in committed.sums.items()]


def _joined(shares: Sequence[Share]) -> list[Share]:
    """One share a line: amounts of the same line are added, an unknown one makes it unknown."""
    joined: dict[str, Share] = {}
    for share in shares:
        earlier = joined.get(share.line)
        joined[share.line] = share if earlier is None else _both(earlier, share)
    return list(joined.values())


def _both(one: Share, other: Share) -> Share:
    if one.amount is None or other.amount is None or one.amount.currency != other.amount.currency:
        return Share(one.line, None)
    total = one.amount.amount + other.amount.amount
    return Share(one.line, Money(total, one.amount.currency))


def _weights(shares: Sequence[Share]) -> list[int] | None:
    amounts = [share.amount for share in shares if share.amount is not None]
    if len(amounts) != len(shares) or len({amount.currency for amount in amounts}) != 1:
        return None
    weights = [amount.amount for amount in amounts]
    return weights if min(weights) >= 0 and any(weights) else None


def _contracts(process: ContractingProcess, paid: Paid) -> Commitment | None:
    parts: list[Taxed] = []
    odd: list[str] = []
    decided = False
    for contract in process.contracts:
        if contract.status == "active":
            parts.append(contract.priced)
        elif contract.status == "terminated":
            parts.extend(map(Taxed, paid.get(contract.id, ())))
        elif contract.status in _NOTHING["contract"]:
            continue
        else:
            odd.append(contract.status)
        decided = True
    return _added("contract", parts, odd) if decided else None


def _awards(process: ContractingProcess) -> Commitment | None:
    parts = [award.priced for award in process.awards if award.status == "active"]
    nothing = _NOTHING["award"] | {"active"}
    odd = [award.status for award in process.awards if award.status not in nothing]
    return _added("award", parts, odd) if parts or odd else None


def _tender(process: ContractingProcess) -> Commitment | None:
    tender = process.tender
    if tender is None or tender.status in _NOTHING["tender"]:
        return None
    if tender.status != "active":
        return _added("tender", [], [tender.status])
    if tender.value is None and tender.lots:
        return _added("tender", [lot.priced for lot in tender.lots], [])
    return _added("tender", [tender.priced], [])


def _added(basis: str, parts: Sequence[Taxed], odd: Sequence[str]) -> Commitment:
    owed = [part.whole for part in parts]
    known = [part.money for part in owed if part.money is not None]
    unknown = "" if len(known) == len(parts) else f"a {basis} or a payment has no value"
    if any(part.basis == "net" for part in owed):
        unknown = f"a {basis} is without its tax"
    if odd:
        unknown = f"a {basis} has the status {odd[0][:40]!r}"
    return Commitment(basis, add_up(known), unknown)
