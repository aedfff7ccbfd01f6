"""The two money rules about a budget line, asked at every change of either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from procurement.comparing import Figure, Verdict
from procurement.money import Money
from procurement.rules import LINE_OVERCOMMITTED, LINE_OVERPAID


@dataclass(frozen=True)
class Move:
    """What moved a line at a place of the log.

    `side` is `budget`, `commitment` or `payment`; `money` None says that from here on `source`
    (an ocid) may commit more than is known, until a later move of it says how much.
    """

    place: int
    index: int
    side: Literal["budget", "commitment", "payment"]
    money: Money
    source: str = ""
    known: bool = True


@dataclass
class _Balance:
    available: int = 0
    used: int = 0
    appropriated: bool = False
    unknown: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)


def line_overcommitted(
    line: str, currency: str | None, moves: Sequence[Move], appropriated_at: int | None
) -> Verdict:
    """Appropriation, revisions and transfers >= commitments, at every change of either side."""
    return _line_rule(LINE_OVERCOMMITTED, "commitment", line, currency, moves, appropriated_at)


def line_overpaid(
    line: str, currency: str | None, moves: Sequence[Move], appropriated_at: int | None
) -> Verdict:
    """Appropriation, revisions and transfers >= payments charged, at every change of either."""
    return _line_rule(LINE_OVERPAID, "payment", line, currency, moves, appropriated_at)


def _line_rule(
    code: str,
    side: str,
    line: str,
    currency: str | None,
    moves: Sequence[Move],
    appropriated_at: int | None,
) -> Verdict:
    """Walk the moves in order of place; before the appropriation there is nothing to compare."""
    balance, read, broken = _Balance(), [], None
    for move in sorted(moves, key=lambda each: (each.place, each.index)):
        if move.side not in ("budget", side):
            continue
        read.append(move.index)
        _apply(balance, move, currency)
        balance.appropriated = balance.appropriated or move.place == appropriated_at
        if broken is None and balance.appropriated and balance.used > balance.available:
            broken = _line_verdict(code, side, line, currency, balance, read)
    if broken is not None or not (balance.used or balance.unknown or balance.foreign):
        return broken or Verdict(code, "holds", line, entries=_last(read))
    return _unbroken(code, side, line, currency, balance, read)


def _apply(balance: _Balance, move: Move, currency: str | None) -> None:
    if not move.known:
        balance.unknown.add(move.source)
    elif move.source:
        balance.unknown.discard(move.source)
    if move.money.currency != currency:
        if move.money.amount:
            balance.foreign.add(move.money.currency)
    elif move.side == "budget":
        balance.available += move.money.amount
    else:
        balance.used += move.money.amount


def _line_verdict(
    code: str, side: str, line: str, currency: str | None, balance: _Balance, read: list[int]
) -> Verdict:
    figures = _line_figures(side, currency, balance)
    return Verdict(code, "broken", line, figures, _last(read), index=read[-1])


def _unbroken(
    code: str, side: str, line: str, currency: str | None, balance: _Balance, read: list[int]
) -> Verdict:
    reason = ""
    if not balance.appropriated:
        reason = "nobody has appropriated the line"
    elif balance.foreign:
        reason = f"also moved in {', '.join(sorted(balance.foreign))}"
    elif balance.unknown:
        reason = "what a process commits is not fully known"
    figures = _line_figures(side, currency, balance)
    return Verdict(
        code, "not-computable" if reason else "holds", line, figures, _last(read), reason
    )


def _line_figures(side: str, currency: str | None, balance: _Balance) -> tuple[Figure, ...]:
    if currency is None:
        return ()
    used = "committed" if side == "commitment" else "paid"
    return (
        Figure("available", Money(balance.available, currency)),
        Figure(used, Money(balance.used, currency)),
    )


def _last(read: Sequence[int]) -> tuple[int, ...]:
    """The newest hundred entries read: a line may have thousands."""
    return tuple(sorted(set(read[-100:])))
