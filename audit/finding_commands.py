"""The commands of what disagrees: findings of the money rules, and contradictions of processes.

Both say the same of the first `--at` entries whenever they are asked, as `jejak flags` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import col, select

from audit.contradictions import CODES as CONTRADICTIONS
from audit.contradictions import Contradiction, Paid, contradictions_of
from audit.flag_commands import index_at
from audit.gathering import gather
from ledger.cli import Session, session
from ledger.errors import NotFound
from procurement.index import EntrySummary, FindingRow, Payment
from procurement.money import Money, format_money
from procurement.projections import Projections
from procurement.rules import CODES as RULES


@click.command("findings")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only findings about this process, contract, line or payment.")
@click.option("--at", "size", type=click.IntRange(min=1), help="As of the first N entries.")
@session
def findings_command(
    run: Session, codes: tuple[str, ...], subject: str | None, size: int | None
) -> None:
    """The money rules CODES (all without) that are broken or cannot be computed."""
    _known(codes, RULES, "money rule")
    with index_at(run, size) as (index, position):
        found = findings_in(index)
    shown = [
        each
        for each in found
        if (not codes or each["code"] in codes) and subject in (None, each["subject"])
    ]
    lines = [f"{each['status']}: {each['code']} {each['subject']}" for each in shown]
    run.say({"size": position, "results": shown}, [*lines, f"entries: {position}"])


@click.command("contradictions")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only those of this process.")
@click.option("--at", "size", type=click.IntRange(min=1), help="As of the first N entries.")
@session
def contradictions_command(
    run: Session, codes: tuple[str, ...], subject: str | None, size: int | None
) -> None:
    """Where plan, tender, contract and payments of a process disagree: CODES, or all."""
    _known(codes, CONTRADICTIONS, "contradiction")
    with index_at(run, size) as (index, position):
        shown = [
            each.to_json()
            for each in contradictions_in(index)
            if (not codes or each.code in codes) and subject in (None, each.ocid)
        ]
    lines = [f"{each['code']}: {each['ocid']} {each['part']}" for each in shown]
    run.say({"size": position, "results": shown}, [*lines, f"entries: {position}"])


def findings_in(index: Projections) -> list[dict[str, Any]]:
    """All findings in order of code, status and subject, sums as decimals with their currency."""
    query = select(FindingRow).order_by(
        col(FindingRow.code), col(FindingRow.status), col(FindingRow.subject), col(FindingRow.index)
    )
    with index.session() as opened:
        rows = list(opened.exec(query).all())
        named = {number for row in rows for number in [*row.entries, row.index]}
        leaves: dict[int, str] = {}
        for part in _parts(sorted(named)):
            asked = select(EntrySummary.index, EntrySummary.leaf_hash)
            leaves |= dict(opened.exec(asked.where(col(EntrySummary.index).in_(part))).all())
    return [_finding(row, leaves) for row in rows]


def contradictions_in(index: Projections) -> Iterator[Contradiction]:
    """The contradictions of all processes, in order of ocid."""
    paid = _paid(index)
    for process in gather(index):
        yield from contradictions_of(process, paid.get(process.ocid, ()))


def _finding(row: FindingRow, leaves: dict[int, str]) -> dict[str, Any]:
    return {
        "code": row.code,
        "status": row.status,
        "subject": row.subject,
        "index": row.index,
        "reason": row.reason,
        "figures": [[each["name"], _figure(each)] for each in row.figures],
        "entries": [{"index": at, "leaf": leaves.get(at, "")} for at in sorted(set(row.entries))],
    }


def _figure(figure: dict[str, Any]) -> str:
    if figure.get("amount") is None:
        return str(figure.get("text", ""))
    return format_money(Money(figure["amount"], figure["currency"]))


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
                Paid(row.id, contract, payee, row.date or "", value, row.index)
            )
    return {ocid: tuple(each) for ocid, each in found.items()}


def _parts(numbers: list[int], width: int = 500) -> Iterator[list[int]]:
    for start in range(0, len(numbers), width):
        yield numbers[start : start + width]


def _known(codes: tuple[str, ...], all_codes: tuple[str, ...], what: str) -> None:
    if unknown := set(codes) - set(all_codes):
        told = f"there is no {what} {min(unknown)[:40]}"
        raise NotFound(told, f"name one of {', '.join(all_codes)}")


COMMANDS: dict[str, click.Command] = {
    "findings": findings_command,
    "contradictions": contradictions_command,
}
