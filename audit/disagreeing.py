"""Contradictions of all processes read from projections, counted, and each in a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from sqlmodel import col, select

from audit.contradictions import CODES, Contradiction, Paid, contradictions_of
from audit.gathering import gather
from audit.indexing import newer
from procurement.index import Payment, Process
from procurement.money import Money, format_money
from procurement.projections import Projections

SYSTEMS = ("planned", "tendered", "awarded", "contracted", "paid")
"""What the four systems say of a process; the award stands between tender and contract."""

UNKNOWN = "not known"


def contradictions_in(index: Projections) -> Iterator[Contradiction]:
    """The contradictions of all processes, in order of ocid."""
    paid = _paid(index)
    for process in gather(index):
        yield from contradictions_of(process, paid.get(process.ocid, ()))


def systems_in(index: Projections, ocids: AbstractSet[str]) -> list[dict[str, str]]:
    """What plan, tender, award, contracts and payments of processes come to, in order of ocid."""
    found = []
    with index.session() as opened:
        for ocid in sorted(ocids):
            row = opened.get(Process, ocid)
            if row is not None:
                found.append({"ocid": ocid} | {name: _sum(row, name) for name in SYSTEMS})
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


def newest(each: Contradiction) -> int:
    """The newest of the entries that say what disagrees."""
    return max((*(entry.index for entry in each.entries), *each.payments), default=0)


def contradiction_line(each: Contradiction) -> str:
    """A contradiction in a line, as the command prints it."""
    figures = ", ".join(f"{figure.name} {figure.value}" for figure in each.figures)
    named = f"{each.code}: {each.ocid} {each.part}".rstrip()
    return f"{named}: {figures} (entry {newest(each)})"


def systems_line(each: dict[str, str]) -> str:
    """What the systems say of a process in a line, as the command prints it."""
    said = ", ".join(f"{name} {each[name]}" for name in SYSTEMS)
    return f"process {each['ocid']}: {said}"


def contradiction_total(code: str, counts: dict[str, int], first: int | None = None) -> str:
    """The count of a contradiction in a line, as the command prints it."""
    said = f"{code}: {counts['count']} in {counts['processes']} processes"
    return said + newer(counts.get("new", 0), first)


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
