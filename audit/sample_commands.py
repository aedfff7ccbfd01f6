"""The command that draws a sample of payments which nobody chose."""

from __future__ import annotations

import re
from typing import Any

import click

from audit.anchors import AnchorRow
from audit.announcing import anchor_after
from audit.drawing import payments_in
from audit.indexing import extent_lines, indexed_at, of_option
from audit.sample_lines import sample_lines, seed_from
from audit.sampling import Sample, draw
from audit.source import Source, open_source, shown_rows
from ledger.cli import Session, session
from ledger.errors import InvalidInput, NotFound
from procurement.money import parse_currency

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

    Announce this command first, as a line of a note in the log. The seed is the hash of the block
    of the first anchor that holds more than SIZE entries: nobody knew it then.
    """
    parse_currency(currency)
    if seed is None:
        row = _anchor_after(open_source(anchored or where or run.settings().public), size)
        seed, said = row.block_hash, seed_from(row, size)
    else:
        said = "as given"
    if not _SEED.fullmatch(seed):
        raise InvalidInput("a seed is 0x and 64 hexadecimal digits")
    with indexed_at(run, size, where) as indexed:
        sample = draw(payments_in(indexed.index, currency), count, bytes.fromhex(seed[2:]))
        extent = indexed.told()
    _tell(run, sample, currency, (seed, said), extent)


def _anchor_after(source: Source, size: int) -> AnchorRow:
    found = anchor_after(shown_rows(source), size)
    if found is None:
        raise NotFound(
            f"no anchor holds more than {size} entries yet", "wait for it: the seed must come after"
        )
    return found


def _tell(
    run: Session, sample: Sample, currency: str, seed: tuple[str, str], extent: dict[str, Any]
) -> None:
    told = {
        "seed": seed[0],
        "seedFrom": seed[1],
        "population": sample.population,
        "total": sample.total,
        "points": sample.points,
        "interval": str(sample.interval),
        "start": str(sample.start),
        "drawn": [
            {"payment": each.item.key, "entry": each.item.index, "amount": each.item.amount,
             "hits": each.hits}
            for each in sample.drawn
        ],
    }  # fmt: skip
    lines = sample_lines(sample, currency, *seed)
    run.say({**told, **extent}, [*lines, *extent_lines(extent)])


COMMANDS: dict[str, click.Command] = {"sample": sample_command}
