"""The command of the red flags: raise them, and do so again for what somebody else reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from audit.flag_lines import flag_line, flag_total
from audit.flags.flag import OUTCOMES, Flag, Outcome, Result
from audit.flags.listed import flags_from
from audit.flags.running import raise_flags
from audit.gathering import gather, gather_lines
from audit.indexing import (
    at_option,
    extent_lines,
    indexed_at,
    new_from_option,
    of_option,
)
from ledger.cli import Session, session
from ledger.errors import Malformed, NotFound

FlagCounts = dict[str, dict[Outcome, int]]


@click.command("flags")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only results about this process, organisation or tenderer.")
@at_option
@of_option
@new_from_option
@click.option(
    "--outcome", type=click.Choice([*OUTCOMES, "all"]), default="flagged", help="What is listed."
)
@click.option(
    "--settings", "settings_file", type=click.Path(exists=True, dir_okay=False),
    help='Other thresholds, as {"R003": {"threshold": 10}}.',
)  # fmt: skip
@session
def flags_command(
    run: Session,
    codes: tuple[str, ...],
    subject: str | None,
    size: int | None,
    where: str | None,
    first: int | None,
    outcome: str,
    settings_file: str | None,
) -> None:
    """Raise the red flags CODES (all of them without) on a log."""
    chosen = [flag for flag in flags_from(_settings(settings_file)) if flag.code in codes]
    if unknown := set(codes) - {flag.code for flag in chosen}:
        raise NotFound(f"there is no flag {min(unknown)[:20]}", "see docs/flags.md for their codes")
    chosen = chosen or list(flags_from(_settings(settings_file)))
    with indexed_at(run, size, where) as indexed:
        about_lines = any(each.about_lines for each in chosen)
        budget = gather_lines(indexed.index) if about_lines else ()
        results = [
            each
            for each in raise_flags(chosen, gather(indexed.index), budget)
            if subject is None or each.subject == subject
        ]
        told = indexed.told()
    shown = [each for each in results if outcome in ("all", each.outcome)]
    counts = flag_counts(chosen, results)
    new = {} if first is None else new_flags(chosen, results, first)
    lines = [*map(flag_line, shown), *(flag_total(*each, first, new) for each in counts.items())]
    said = {**told, "counts": counts, "results": [each.to_json() for each in shown]}
    run.say(said | ({"new": new} if new else {}), [*lines, *extent_lines(told)])


def _settings(named: str | None) -> dict[str, Any]:
    if named is None:
        return {}
    try:
        found = json.loads(Path(named).read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed(f"{named} is not a JSON object")
    return found


def flag_counts(flags: Sequence[Flag], results: Iterable[Result]) -> FlagCounts:
    """How often each flag said what, in the order of the flags."""
    found = Counter((each.code, each.outcome) for each in results)
    return {
        flag.code: {outcome: found[flag.code, outcome] for outcome in OUTCOMES} for flag in flags
    }


def new_flags(flags: Sequence[Flag], results: Iterable[Result], first: int) -> dict[str, int]:
    """How many of those flagged read an entry from an index on."""
    found = Counter(each.code for each in results if each.outcome == "flagged" and new(each, first))
    return {flag.code: found[flag.code] for flag in flags}


def new(each: Result, first: int) -> bool:
    """Whether a result read an entry from an index on."""
    return any(entry.index >= first for entry in each.entries)


COMMANDS: dict[str, click.Command] = {"flags": flags_command}
