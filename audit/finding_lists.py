"""Findings of the money rules read from projections, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from audit.finding_lines import Listed
from audit.indexing import IndexedLog
from procurement.index import EntrySummary, FindingRow
from procurement.judging import held
from procurement.money import Money, format_money
from procurement.projections import Projections
from procurement.rules import CODES
from procurement.writing import chunks


def findings_in(index: Projections) -> list[Listed]:
    """All findings in order of code, status and subject, sums as decimals with their currency."""
    query = select(FindingRow).order_by(
        col(FindingRow.code), col(FindingRow.status), col(FindingRow.subject), col(FindingRow.index)
    )
    with index.session() as opened:
        rows = list(opened.exec(query).all())
        named = {number for row in rows for number in [*row.entries, row.index]}
        leaves: dict[int, str] = {}
        for part in chunks(sorted(named)):
            asked = select(EntrySummary.index, EntrySummary.leaf_hash)
            leaves |= dict(opened.exec(asked.where(col(EntrySummary.index).in_(part))).all())
    return [_finding(row, leaves) for row in rows]


def rule_counts(
    indexed: IndexedLog, found: Sequence[Listed], first: int | None = None
) -> dict[str, dict[str, int]]:
    """How often each rule was judged, held, was broken (`new` by entries from `first` on), or not.

    A rule that was asked nowhere has zeros: it was not judged.
    """
    holds, told = held(indexed.index, indexed.log), Counter(_outcome(each) for each in found)
    broken = [each for each in found if each["status"] == "broken"]
    fresh = Counter(each["code"] for each in broken if first is not None and each["index"] >= first)
    counts = {}
    for code in CODES:
        failed, unknown = told[code, "broken"], told[code, "not-computable"]
        counts[code] = {
            "judged": holds[code] + failed + unknown,
            "holds": holds[code],
            "broken": failed,
            "not-computable": unknown,
        }
        if first is not None:
            counts[code]["new"] = fresh[code]
    return counts


def _outcome(each: Listed) -> tuple[str, str]:
    return each["code"], each["status"]


def _finding(row: FindingRow, leaves: dict[int, str]) -> Listed:
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
