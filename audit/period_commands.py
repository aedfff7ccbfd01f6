"""The commands of what a report stands on: the entries of a period, and the software."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import click

from audit.anchors import MAX_ROWS, AnchorRow, rows_in
from audit.flags.listed import flags_from
from audit.indexing import at_option, of_option, standing_at, standing_lines
from audit.period import contents, end_of, period_of, start_of
from audit.report import Check
from audit.source import Source, open_source
from ledger.cli import Session, session
from ledger.envelope import VERSION
from ledger.note import MAX_SIZE
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
    with standing_at(run, size, where) as standing:
        rows = anchor_rows(open_source(where or run.settings().public))
        found = contents(standing, period_of(standing, *bounds), rows)
        told = {"size": standing.size, "root": standing.root}
    run.say({**found, **told}, [*period_lines(found), *standing_lines(told)])


@click.command("software")
@session
def software_command(run: Session) -> None:
    """The versions and settings that results depend on."""
    found = software()
    run.say(found, software_lines(found))


def anchor_rows(source: Source) -> Iterator[AnchorRow]:
    """The anchors that a public tree shows; whether they hold is for `jejak verify` to say."""
    return rows_in(Check("anchors"), lambda path: source.read(path, MAX_ROWS), MAX_SIZE)


def period_lines(found: dict[str, Any]) -> list[str]:
    """What stands in a period, as the command prints it."""
    lines = [f"period: {found['from']} until {found['until']}"]
    if not found["count"]:
        return [*lines, "in the period: 0 entries"]
    lines += [
        f"in the period: {found['count']} entries, {found['first']} to {found['last']}",
        f"recorded: {found['earliest']} to {found['latest']}",
        *(f"kind {name}: {count}" for name, count in found["kinds"].items()),
        *(f"publisher {name}: {count}" for name, count in found["organisations"].items()),
        *(f"{name}: {found[name]}" for name in ("corrections", "corrected", "erased", "copied")),
        *(f"mark {name}: {count}" for name, count in found["marks"].items()),
        *map(act_line, found["acts"]),
        *map(source_line, found["sources"]),
        anchors_line(found["anchors"]),
    ]
    return lines


def act_line(act: dict[str, Any]) -> str:
    """An act of the registrars in a line."""
    return f"act {act['index']} {act['at']} {act['kind']} {act['subject']}: {act['told']}"


def source_line(each: dict[str, Any]) -> str:
    """A file that was copied, in a line."""
    notes = ", ".join(map(str, each["notes"]))
    told = f"{each['url']}, retrieved {each['retrieved']}, {each['entries']} entries"
    return f"source {each['sha256']}: {told} (notes {notes})"


def anchors_line(each: dict[str, Any]) -> str:
    """The anchors of the period in a line."""
    if not each["count"]:
        return "anchors: 0"
    said = f"first {each['first']}, last {each['last']}, longest gap {each['longest']} seconds"
    return f"anchors: {each['count']}, {said}"


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


def software_lines(found: dict[str, Any]) -> list[str]:
    """The software as the command prints it."""
    rules = found["rules"]
    return [
        *(f"{name}: {found[name]}" for name in ("jejak", "python", "format", "tables")),
        f"rules: {len(rules['codes'])}, {_settings(rules['settings'])}",
        *(flag_version(code, each) for code, each in found["flags"].items()),
    ]


def flag_version(code: str, each: dict[str, Any]) -> str:
    """A flag with its version and settings in a line."""
    said = _settings(each["settings"])
    return f"flag {code}: version {each['version']}" + (f", {said}" if said else "")


def _settings(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items())


COMMANDS: dict[str, click.Command] = {"period": period_command, "software": software_command}
