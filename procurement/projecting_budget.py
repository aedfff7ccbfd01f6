"""Budget events projected: what they move on which lines, and what a line then looks like. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from procurement.budget import (
    Appropriation,
    BudgetEvent,
    PaymentMade,
    Revision,
    Transfer,
    line_org,
    split_line,
)
from procurement.charging import Row
from procurement.comparing import Verdict
from procurement.line_rules import Move, line_overcommitted, line_overpaid
from procurement.money import Money

Moved = list[tuple[str, str, Money, dict[str, Any]]]

BUDGET_SIDE = frozenset({"appropriation", "revision", "transfer-in", "transfer-out"})


@dataclass(frozen=True)
class Named:
    """What an appropriation says of a line."""

    title: str = ""
    classifications: Mapping[str, str] | None = None


def line_events(event: BudgetEvent, index: int, place: int) -> list[Row]:
    """The rows of `line_event` of a budget event at an index."""
    moved: Moved
    match event:
        case Appropriation():
            moved = [(event.line, "appropriation", event.amount, {})]
        case Revision():
            moved = [(event.line, "revision", event.change, {"ref": event.id})]
        case Transfer():
            moved = _transferred(event)
        case PaymentMade():
            moved = _charged(event)
    return [
        {
            "line": line,
            "index": index,
            "place": place,
            "kind": kind,
            "amount": money.amount,
            "currency": money.currency,
            **more,
        }
        for line, kind, money, more in moved
    ]


def _transferred(event: Transfer) -> Moved:
    away, to = {"ref": event.id, "other": event.target}, {"ref": event.id, "other": event.source}
    return [
        (event.source, "transfer-out", -event.amount, away),
        (event.target, "transfer-in", event.amount, to),
    ]


def _charged(event: PaymentMade) -> Moved:
    sums: dict[str, int] = {}
    for item in event.items:
        if item.line is not None:
            sums[item.line] = sums.get(item.line, 0) + item.amount.amount
    ocid, contract = event.contract or (None, None)
    more = {"ref": event.id, "date": event.date, "ocid": ocid, "contract": contract}
    code = event.net.currency
    return [(line, "payment", Money(amount, code), more) for line, amount in sums.items()]


def payment_row(event: PaymentMade, index: int, place: int, org: str) -> Row:
    """The row of `payment` of a payment at an index, signed for an organisation."""
    ocid, contract = event.contract or (None, None)
    charged = sum(item.amount.amount for item in event.items if item.line is not None)
    return {
        "key": f"payment:{event.id}",
        "id": event.id,
        "source": "payment",
        "index": index,
        "place": place,
        "org": org,
        "date": event.date,
        "method": event.method,
        "payee_id": event.payee_id,
        "payee_name": event.payee_name,
        "currency": event.net.currency,
        "gross": event.gross.amount,
        "net": event.net.amount,
        "charged": charged,
        "items": [{"line": item.line, "amount": item.amount.amount} for item in event.items],
        "ocid": ocid,
        "contract_id": contract,
        "linked": False,
        "reverses": event.reverses,
        "replaced_by": None,
    }


def project_line(
    line: str, events: Sequence[Mapping[str, Any]], named: Named
) -> tuple[Row | None, list[Verdict]]:
    """A line from all its events (rows of `line_event`), and the verdicts on it.

    None when nothing that counts is left of it.
    """
    counting = [event for event in events if event["replaced_by"] is None]
    if not counting:
        return None, []
    appropriation = next((e for e in counting if e["kind"] == "appropriation"), None)
    first = appropriation or min(counting, key=lambda event: (event["place"], event["index"]))
    code = first["currency"] or None
    row = _line_row(line, counting, code, appropriation is not None)
    row |= {"title": named.title, "classifications": dict(named.classifications or {})}
    moves = [_move(event) for event in counting]
    place = appropriation["place"] if appropriation else None
    verdicts = [rule(line, code, moves, place) for rule in (line_overcommitted, line_overpaid)]
    return row, verdicts


def _line_row(
    line: str, counting: Sequence[Mapping[str, Any]], code: str | None, appropriated: bool
) -> Row:
    same = [event for event in counting if event["currency"] == code]
    sums: dict[str, int] = {}
    for event in same:
        sums[event["kind"]] = sums.get(event["kind"], 0) + event["amount"]
    change = sums.get("revision", 0) + sums.get("transfer-in", 0) + sums.get("transfer-out", 0)
    approved = sums.get("appropriation", 0) if appropriated else None
    committed, direct = sums.get("commitment", 0), _direct(same)
    available = None if approved is None else approved + change
    parts = split_line(line) or (line_org(line), "", "")
    return {
        "id": line,
        "org": parts[0],
        "fiscal_year": parts[1],
        "code": parts[2],
        "currency": code,
        "approved": approved,
        "change": change,
        "available": available,
        "committed": committed,
        "direct": direct,
        "paid": sums.get("payment", 0),
        "unexplained": None if available is None else available - committed - direct,
        "first_index": min(event["index"] for event in counting),
        "last_index": max(event["index"] for event in counting),
    }


def _direct(events: Sequence[Mapping[str, Any]]) -> int:
    """Payments charged that no commitment covers: of no process, or above what theirs commits."""
    committed: dict[str, int] = {}
    paid: dict[str | None, int] = {}
    for event in events:
        if event["kind"] == "commitment":
            committed[event["ocid"]] = committed.get(event["ocid"], 0) + event["amount"]
        elif event["kind"] == "payment":
            paid[event["ocid"]] = paid.get(event["ocid"], 0) + event["amount"]
    return paid.pop(None, 0) + sum(
        max(0, amount - committed.get(ocid or "", 0)) for ocid, amount in paid.items()
    )


def _move(event: Mapping[str, Any]) -> Move:
    kind = event["kind"]
    side: Literal["budget", "commitment", "payment"] = "budget"
    if kind not in BUDGET_SIDE:
        side = "commitment" if kind == "commitment" else "payment"
    return Move(
        place=event["place"],
        index=event["index"],
        side=side,
        money=Money(event["amount"], event["currency"]),
        source=event["ocid"] or "" if side == "commitment" else "",
        known=event["known"],
    )
