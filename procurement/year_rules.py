"""The money rule about fiscal years: a contract ends within the years that its lines are of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from procurement.budget import split_line
from procurement.committing import Commitment, charges
from procurement.comparing import Figure, Outcome, Verdict, several
from procurement.contracting import Contract, ContractingProcess, Share
from procurement.money import Money, add_up
from procurement.rules import CONTRACT_BEYOND_YEARS

_YEAR = re.compile(r"[0-9]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_BINDING = frozenset({"pending", "cancelled", "terminated"})


def contract_beyond_years(process: ContractingProcess, entries: Sequence[int]) -> list[Verdict]:
    """No contract goes on after the last day of the years whose lines it is charged to.

    A year is that of the line's id and a calendar year, or ends with the `period` of its
    `budgetBreakdown`. When it is broken the figures say which years bear how much. Nothing is said
    of a process that names no budget line.
    """
    shares = [share for share in process.shares if split_line(share.line) is not None]
    if not shares:
        return []
    last = _last_day(shares)
    binding = [each for each in process.contracts if each.status not in _NOT_BINDING]
    return [_judge(process, contract, last, entries) for contract in binding]


def _judge(
    process: ContractingProcess, contract: Contract, last: str | None, entries: Sequence[int]
) -> Verdict:
    ends = contract.ends[:10]
    outcome: Outcome = "not-computable"
    reason = ""
    if last is None:
        reason = "the fiscal year of a line is not a calendar year, and its period is not given"
    elif not _DAY.fullmatch(ends):
        reason = "the contract has no end date"
    else:
        outcome = "broken" if ends > last else "holds"
    figures = (
        *((Figure("ends", text=ends),) if ends else ()),
        *((Figure("last-day", text=last),) if last else ()),
        *_charged(process, contract),
    )
    subject = f"{process.ocid}#{contract.id}"
    return Verdict(
        CONTRACT_BEYOND_YEARS, outcome, subject, figures, several(entries), reason, contract.id
    )


def _last_day(shares: Sequence[Share]) -> str | None:
    """The last day of the last year that a line is of; None where one is not known."""
    days = []
    for share in shares:
        year = (split_line(share.line) or ("", "", ""))[1]
        if _DAY.fullmatch(share.until):
            days.append(share.until)
        elif _YEAR.fullmatch(year):
            days.append(f"{year}-12-31")
        else:
            return None
    return max(days)


def _charged(process: ContractingProcess, contract: Contract) -> tuple[Figure, ...]:
    """How much of the contract each fiscal year bears; nothing where that is not known."""
    owed = contract.priced.whole.money
    if owed is None:
        return ()
    by_year: dict[str, list[Money]] = {}
    for charge in charges(process, Commitment("contract", {owed.currency: owed.amount})):
        parts = split_line(charge.line)
        if parts is not None and charge.amount is not None:
            by_year.setdefault(parts[1], []).append(charge.amount)
    return tuple(
        Figure("charged", Money(total, code), year)
        for year, amounts in sorted(by_year.items())
        for code, total in add_up(amounts).items()
    )
