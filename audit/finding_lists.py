"""Findings of the money rules read from projections, counted, and each in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import col, select

from audit.indexing import Standing, newer
from procurement.index import EntrySummary, FindingRow
from procurement.judging import held
from procurement.money import Money, format_money
from procurement.projections import Projections
from procurement.rules import CODES

Listed = dict[str, Any]


def findings_in(index: Projections) -> list[Listed]:
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


def rule_counts(
    standing: Standing, found: Sequence[Listed], first: int | None = None
) -> dict[str, dict[str, int]]:
    """How often each rule was judged, held, was broken (`new` by entries from `first` on), or not.

    A rule that was asked nowhere has zeros: it was not judged.
    """
    holds, told = held(standing.index, standing.log), Counter(_outcome(each) for each in found)
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


def finding_line(each: Listed) -> str:
    """A finding in a line, as the command prints it."""
    figures = ", ".join(f"{name} {value}" for name, value in each["figures"])
    said = "; ".join(part for part in (each["reason"], figures) if part)
    head = f"{each['status']}: {each['code']} {each['subject']}"
    return f"{head}: {said} (entry {each['index']})" if said else f"{head} (entry {each['index']})"


def count_line(code: str, counts: dict[str, int], first: int | None = None) -> str:
    """The counts of a rule in a line, as the command prints it."""
    said = ", ".join(f"{name} {count}" for name, count in counts.items() if name != "new")
    return f"{code}: {said}" + newer(counts.get("new", 0), first)


def reason_counts(found: Sequence[Listed]) -> dict[str, dict[str, int]]:
    """Why each rule could not be computed, and how often."""
    told = Counter((each["code"], each["reason"]) for each in found if each["reason"])
    counts: dict[str, dict[str, int]] = {}
    for (code, reason), count in sorted(told.items()):
        counts.setdefault(code, {})[reason] = count
    return counts


def reason_line(code: str, reason: str, count: int) -> str:
    """A reason in a line, as the command prints it."""
    return f"{code}: not-computable {count}: {reason}"


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


def _parts(numbers: list[int], width: int = 500) -> Iterator[list[int]]:
    for start in range(0, len(numbers), width):
        yield numbers[start : start + width]
