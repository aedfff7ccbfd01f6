"""Contradictions of all processes read from projections, and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from audit.contradiction_lines import SYSTEMS, newest
from audit.contradictions import CODES, Contradiction, Paid, contradictions_of
from audit.gathering import gather
from procurement.index import Payment, Process
from procurement.money import Money, format_money
from procurement.projections import Projections

UNKNOWN = "not known"


def contradictions_in(index: Projections) -> Iterator[Contradiction]:
    """The contradictions of all processes, in order of ocid."""
    paid = _paid(index)
    for process in gather(index):
        yield from contradictions_of(process, paid.get(process.ocid, ()))


def systems_in(index: Projections, told: Sequence[Contradiction]) -> list[dict[str, str]]:
    """What the systems of each process told of come to, in order of ocid, and what disagrees."""
    codes: dict[str, list[str]] = defaultdict(list)
    for each in told:
        codes[each.ocid] += [] if each.code in codes[each.ocid] else [each.code]
    found = []
    with index.session() as opened:
        for ocid in sorted(codes):
            row = opened.get(Process, ocid)
            if row is not None:
                sums = {name: _sum(row, name) for name in SYSTEMS}
                found.append({"ocid": ocid, **sums, "codes": ", ".join(codes[ocid])})
    return found


def contradiction_counts(
    found: Sequence[Contradiction], first: int | None = None, codes: Sequence[str] = CODES
) -> dict[str, dict[str, int]]:
    """How many there are of each, in how many processes, and `new` by entries from `first` on."""
    counts = {}
    for code in codes:
        own = [each for each in found if each.code == code]
        counts[code] = {"count": len(own), "processes": len({each.ocid for each in own})}
        if first is not None:
            counts[code]["new"] = sum(newest(each) >= first for each in own)
    return counts


def _sum(row: Process, name: str) -> str:
    amount: int | None = getattr(row, name)
    if amount is None or row.currency is None:
        return UNKNOWN
    return format_money(Money(amount, row.currency))


def _paid(index: Projections) -> dict[str, tuple[Paid, ...]]:
    query = (
        select(Payment)
        .where(col(Payment.replaced_by).is_(None), col(Payment.ocid).is_not(None))
        .order_by(col(Payment.index), col(Payment.key))
    )
    found: dict[str, list[Paid]] = defaultdict(list)
    with index.session() as opened:
        for row in opened.exec(query):
            known = row.gross is not None and row.currency is not None
            value = Money(row.gross or 0, row.currency or "") if known else None
            contract, payee = row.contract_id or "", row.payee_id or ""
            found[row.ocid or ""].append(
                Paid(
                    row.id,
                    contract,
                    payee,
                    row.date or "",
                    value,
                    row.index,
                    row.payee_name or "",
                )
            )
    return {ocid: tuple(each) for ocid, each in found.items()}
