"""The command of the red flags: raise them, and do so again for what somebody else reports."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from audit.flags.flag import Outcome, Result, decimal
from audit.flags.listed import flags_from
from audit.flags.running import raise_flags
from audit.gathering import gather, gather_lines
from ledger import deployment
from ledger.cli import Session, session
from ledger.errors import InvalidInput, Malformed, NotFound
from procurement.follower import GROUP, Follower
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index

OUTCOMES: tuple[Outcome, ...] = ("flagged", "clear", "not-computable")


@click.command("flags")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only results about this process, organisation or tenderer.")
@click.option("--at", "size", type=click.IntRange(min=1), help="As of the first N entries.")
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
    outcome: str,
    settings_file: str | None,
) -> None:
    """Raise the red flags CODES (all of them without) on the log of the data folder."""
    chosen = [flag for flag in flags_from(_settings(settings_file)) if flag.code in codes]
    if unknown := set(codes) - {flag.code for flag in chosen}:
        raise NotFound(f"there is no flag {min(unknown)[:20]}", "see docs/flags.md for their codes")
    chosen = chosen or list(flags_from(_settings(settings_file)))
    with index_at(run, size) as (index, position):
        results = [
            each
            for each in raise_flags(chosen, gather(index), gather_lines(index))
            if subject is None or each.subject == subject
        ]
    shown = [each for each in results if outcome in ("all", each.outcome)]
    counts = {flag.code: _counts(results, flag.code) for flag in chosen}
    told = {"size": position, "counts": counts, "results": [each.to_json() for each in shown]}
    run.say(told, [*map(_line, shown), *_totals(counts), f"entries: {position}"])


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


@contextmanager
def index_at(run: Session, size: int | None) -> Iterator[tuple[Projections, int]]:
    """The projections, followed to the end; or made anew for the first `size` entries."""
    settings = run.settings()
    with closing(deployment.open_log(settings, KINDS)) as log:
        if size is not None and size > log.size:
            raise InvalidInput(f"the log has no {size} entries", "leave --at out for all of them")
        if size is None or size == log.size:
            with closing(open_index(settings.index_url)) as index:
                position = Follower(log, index).run()
                if size in (None, position):
                    yield index, position
                    return
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(open_index(f"sqlite:///{Path(folder) / 'index.db'}")) as index,
        ):
            follower = Follower(log, index)
            while (left := size - follower.position()) and follower.step(min(left, GROUP)):
                pass
            yield index, size


def _counts(results: Iterable[Result], code: str) -> dict[Outcome, int]:
    found = Counter(each.outcome for each in results if each.code == code)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def _line(each: Result) -> str:
    value = each.reason if each.value is None else decimal(each.value)
    places = ", ".join(str(entry.index) for entry in each.entries[:20])
    read = f" (entries {places})" if places else ""
    return f"{each.outcome}: {each.code} {each.scope} {each.subject}: {value}{read}"


def _totals(counts: dict[str, dict[Outcome, int]]) -> list[str]:
    return [
        f"{code}: " + ", ".join(f"{outcome} {count}" for outcome, count in found.items())
        for code, found in counts.items()
    ]


COMMANDS: dict[str, click.Command] = {"flags": flags_command}
