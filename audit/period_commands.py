"""The commands of what a report stands on: the entries of a period, and the software."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import click

from audit.flags.listed import flags_from
from audit.indexing import at_option, extent_lines, indexed_at, of_option
from audit.period import contents, end_of, period_of, start_of
from audit.period_lines import period_lines, software_lines
from audit.source import open_source, shown_rows
from ledger.cli import Session, session
from ledger.envelope import VERSION
from procurement import projections
from procurement.rules import CODES, Tolerances


@click.command("period")
@click.option("--from", "start", required=True, help="Day (UTC) or moment it begins with.")
@click.option("--until", "end", required=True, help="Its last day (UTC), or the moment it ends.")
@at_option
@of_option
@session
def period_command(run: Session, start: str, end: str, size: int | None, where: str | None) -> None:
    """What the log recorded in a period: kinds, publishers, acts, copied files, anchors."""
    bounds = start_of(start), end_of(end)
    with indexed_at(run, size, where) as indexed:
        rows = shown_rows(open_source(where or run.settings().public))
        found = contents(indexed, period_of(indexed, *bounds), rows)
        told = indexed.told()
    run.say({**found, **told}, [*period_lines(found), *extent_lines(told)])


@click.command("software")
@session
def software_command(run: Session) -> None:
    """The versions and settings that results depend on."""
    found = software()
    run.say(found, software_lines(found))


def software() -> dict[str, Any]:
    """This software: versions of program, formats and tables; rules and flags with settings."""
    return {
        "jejak": version("jejak"),
        "python": platform.python_version(),
        "format": VERSION,
        "tables": projections.version(),
        "rules": {"codes": list(CODES), "settings": asdict(Tolerances())},
        "flags": {
            flag.code: {"version": flag.version, "settings": settings_of(flag)}
            for flag in flags_from({})
        },
    }


def settings_of(flag: Any) -> dict[str, Any]:
    """The settings of a flag, which are the fields of its dataclass."""
    return dict(sorted(asdict(flag).items()))


COMMANDS: dict[str, click.Command] = {"period": period_command, "software": software_command}
