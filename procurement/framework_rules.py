"""The money rule about framework agreements: what is called off stays within their value. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procurement.comparing import Figure, Side, Verdict, compare
from procurement.contracting import ContractingProcess
from procurement.money import Money
from procurement.rules import CALLOFFS_ABOVE_FRAMEWORK, FRAMEWORK_WITHOUT_VALUE
from procurement.taxes import Taxed

Row = dict[str, Any]

# Of entries and of processes not counted the newest: a framework may have thousands.
MOST = 100
BUYING = frozenset({"buyer", "procuringEntity"})
_NOTHING = frozenset({"pending", "cancelled"})


@dataclass(frozen=True, slots=True)
class CalledOff:
    """What a process calls off; `own`: by the owner of the agreement or one of its buyers."""

    ocid: str
    values: Sequence[Taxed]
    index: int
    own: bool = True


def calloffs_above_framework(
    ocid: str, limit: Taxed, entry: int, calloffs: Sequence[CalledOff]
) -> Verdict | None:
    """Call-offs <= value of the framework agreement; None when nothing is called off.

    Its value is that of `techniques.frameworkAgreement`, else of the tender or of its lots. What
    another organisation calls off without being one of its buyers is named and not counted.
    """
    counted = [each for each in calloffs if each.own and each.values]
    if not counted:
        return None
    values = [value for each in counted for value in each.values]
    indices = [each.index for each in counted]
    verdict = compare(
        CALLOFFS_ABOVE_FRAMEWORK,
        ocid,
        Side("called-off", values),
        ("ceiling", limit),
        (entry, *indices[-MOST:]),
    )
    reason = FRAMEWORK_WITHOUT_VALUE if limit.money is None else verdict.reason
    strange = [Figure("not-counted", text=each.ocid) for each in calloffs if not each.own]
    figures = (*verdict.figures, *strange[-MOST:])
    return replace(verdict, figures=figures, reason=reason, index=max(indices))


def agreement_row(process: ContractingProcess, owner: str, index: int) -> Row | None:
    """The row of `agreement` of a process; None when it is not about a framework agreement."""
    tender = process.tender
    if tender is None or not tender.framework:
        return None
    limit = (tender.ceiling if tender.ceiling.money else tender.whole).whole
    return {
        "ocid": process.ocid,
        "owner": owner,
        "parties": _parties(process, owner),
        **_part(limit),
        "index": index,
    }


def calloff_rows(
    process: ContractingProcess,
    paid: Mapping[str, Sequence[Money | None]],
    owner: str,
    index: int,
) -> list[Row]:
    """The rows of `calloff`: of the agreements a process names, and of its own if it is one."""
    own = (process.ocid,) if process.framework else ()
    named = dict.fromkeys((*own, *(each for each in process.agreements if each != process.ocid)))
    if not named:
        return []
    parts = [_part(value.whole) for value in _called_off(process, paid)]
    parties = _parties(process, owner)
    return [
        {
            "ocid": process.ocid,
            "framework": ocid,
            "parties": parties,
            "parts": parts,
            "index": index,
        }
        for ocid in named
    ]


def read_part(row: Mapping[str, Any]) -> Taxed:
    """A value of a row: `amount` (None: not known), `currency`, `tax`."""
    if row["amount"] is None:
        return Taxed(None)
    return Taxed(Money(row["amount"], row["currency"]), row["tax"])


def _part(value: Taxed) -> Row:
    money = value.money
    return {
        "amount": money.amount if money else None,
        "currency": money.currency if money else None,
        "tax": value.basis,
    }


def _called_off(
    process: ContractingProcess, paid: Mapping[str, Sequence[Money | None]]
) -> list[Taxed]:
    """Contracts, of terminated ones what was paid; without any the awards of a call-off."""
    signed = [each for each in process.contracts if each.status not in _NOTHING]
    if not signed and not process.framework:
        return [award.priced for award in process.awards if award.status == "active"]
    found: list[Taxed] = []
    for contract in signed:
        ended = contract.status == "terminated"
        found += map(Taxed, paid.get(contract.id, ())) if ended else [contract.priced]
    return found


def _parties(process: ContractingProcess, owner: str) -> list[str]:
    """The owner and all ids of those who buy."""
    buyers = [process.buyer] if process.buyer else []
    buyers += [party for party, roles in process.parties if BUYING & set(roles)]
    return list(dict.fromkeys([owner, *(number for party in buyers for number in party.ids)]))
