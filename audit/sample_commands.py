"""The command that draws a sample of payments which nobody chose."""

from __future__ import annotations

import re

import click
from sqlmodel import col, select

from audit.anchors import AnchorRow
from audit.indexing import indexed_at, of_option
from audit.sampling import Item, Sample, draw
from audit.source import Source, open_source, shown_rows
from ledger.cli import Session, session
from ledger.errors import InvalidInput, NotFound
from procurement.index import Payment
from procurement.money import Money, format_money, parse_currency
from procurement.projections import Projections

_SEED = re.compile(r"0x[0-9a-fA-F]{64}")


@click.command("sample")
@click.option("--at", "size", required=True, type=click.IntRange(min=1), help="Announced size.")
@click.option("--count", required=True, type=click.IntRange(min=1), help="Points of money.")
@click.option("--currency", required=True, help="As IDR: sums of several are never mixed.")
@click.option("--seed", help="0x and the hash of the block announced, in place of the anchor's.")
@click.option("--from", "anchored", help="Whose anchors to read: a URL or folder; else our own.")
@of_option
@session
def sample_command(
    run: Session,
    size: int,
    count: int,
    currency: str,
    seed: str | None,
    anchored: str | None,
    where: str | None,
) -> None:
    """Draw payments in proportion to their amounts, as of the first SIZE entries.

    Announce size and count first, in a note of the log. The seed is the hash of the block of the
    first anchor that holds more than SIZE entries: nobody knew it then.
    """
    parse_currency(currency)
    if seed is None:
        row = _anchor_after(open_source(anchored or where or run.settings().public), size)
        seed, said = row.block_hash, f"block {row.block}, the first anchor after {size} entries"
    else:
        said = "as given"
    if not _SEED.fullmatch(seed):
        raise InvalidInput("a seed is 0x and 64 hexadecimal digits")
    with indexed_at(run, size, where) as indexed:
        sample = draw(payments_in(indexed.index, currency), count, bytes.fromhex(seed[2:]))
    _tell(run, sample, currency, seed, said)


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


def _anchor_after(source: Source, size: int) -> AnchorRow:
    for row in shown_rows(source):
        if row.size > size:
            return row
    raise NotFound(
        f"no anchor holds more than {size} entries yet", "wait for it: the seed must come after"
    )


def _tell(run: Session, sample: Sample, currency: str, seed: str, said: str) -> None:
    def money(amount: int) -> str:
        return format_money(Money(amount, currency))

    told = {
        "seed": seed,
        "seedFrom": said,
        "total": sample.total,
        "interval": str(sample.interval),
        "start": str(sample.start),
        "drawn": [
            {"payment": each.item.key, "entry": each.item.index, "amount": each.item.amount,
             "hits": each.hits}
            for each in sample.drawn
        ],
    }  # fmt: skip
    lines = [f"seed: {seed} ({said})", f"total: {money(sample.total)}"]
    lines += [
        f"{each.item.key} (entry {each.item.index}): {money(each.item.amount)}"
        + (f", {each.hits} times" if each.hits > 1 else "")
        for each in sample.drawn
    ]
    run.say(told, [*lines, f"drawn: {len(sample.drawn)}"])


COMMANDS: dict[str, click.Command] = {"sample": sample_command}
