"""Samples drawn of a log: those that notes of it announce, and the payments to draw from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from audit.anchors import AnchorRow
from audit.announcing import Announced, anchor_after
from audit.indexing import growing
from audit.sampling import Item, draw
from ledger.log import Log
from procurement.index import Payment
from procurement.projections import Projections

MAX_DRAWN = 50
"""Of the samples announced in a period; whoever announces more has the others drawn by command."""


def draw_announced(
    log: Log, told: Sequence[Mapping[str, Any]], rows: Sequence[AnchorRow]
) -> list[Announced]:
    """The first MAX_DRAWN samples announced, each drawn where its seed is there, and was not known.

    `told` is what `jejak period` says of them. The log is projected once, whatever is announced.
    """
    names = ("index", "size", "count", "currency")
    found = [Announced(*(each[name] for name in names)) for each in told[:MAX_DRAWN]]
    seeded = [replace(each, anchor=anchor_after(rows, each.size)) for each in found]
    ready = {at for at, each in enumerate(seeded) if _is_ready(each, log)}
    if ready:
        with growing(log) as grown:
            for at in sorted(ready, key=lambda at: seeded[at].size):
                indexed = grown(seeded[at].size)
                seeded[at] = _drawn(seeded[at], indexed.index, indexed.root)
    return seeded


def payments_in(index: Projections, currency: str) -> list[Item]:
    """The payments in a currency that stand: not corrected, of more than nothing."""
    query = (
        select(Payment.key, Payment.index, Payment.gross)
        .where(Payment.currency == currency)
        .where(col(Payment.replaced_by).is_(None))
        .where(col(Payment.gross) > 0)
    )
    with index.session() as opened:
        return [Item(key, at, gross or 0) for key, at, gross in opened.exec(query)]


def _is_ready(each: Announced, log: Log) -> bool:
    return each.anchor is not None and not each.late and each.size <= log.size


def _drawn(each: Announced, index: Projections, root: str) -> Announced:
    assert each.anchor is not None
    items = payments_in(index, each.currency)
    if not items:
        return each
    seed = bytes.fromhex(each.anchor.block_hash.removeprefix("0x"))
    return replace(each, sample=draw(items, each.count, seed), root=root)
