"""What `jejak period` and `jejak software` print, line by line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.announcing import announced_line
from audit.printable import printable

FATES = ("corrections", "corrected", "erased", "copied")
LISTS = {
    "acts": "acts",
    "sources": "files copied",
    "cases": "cases open",
    "samples": "samples announced",
}
"""Lists of `contents`, and how their number is called."""


def period_lines(found: Mapping[str, Any]) -> list[str]:
    """What stands in a period, as the command prints it."""
    return [
        f"period: {found['from']} until {found['until']}",
        *within_lines(found),
        *(printable(f"kind {name}: {count}") for name, count in found["kinds"].items()),
        *(f"publisher {name}: {count}" for name, count in found["organisations"].items()),
        *(f"{name}: {found[name]}" for name in FATES),
        *(f"mark {name}: {count}" for name, count in found["marks"].items()),
        *(f"{told}: {len(found[name])}" for name, told in LISTS.items()),
        *map(act_line, found["acts"]),
        *map(source_line, found["sources"]),
        *map(case_line, found["cases"]),
        *map(announced_line, found["samples"]),
        anchors_line(found["anchors"]),
    ]


def within_lines(found: Mapping[str, Any]) -> list[str]:
    """How many entries, which, and when they were recorded."""
    if not found["count"]:
        return ["in the period: 0 entries"]
    return [
        f"in the period: {found['count']} entries, {found['first']} to {found['last']}",
        f"recorded: {found['earliest']} to {found['latest']}",
    ]


def act_line(act: Mapping[str, Any]) -> str:
    """An act of the registrars in a line."""
    named = f"act {act['index']} {act['at']} {act['kind']} {act['subject']}"
    return printable(f"{named}: {act['told']}")


def source_line(each: Mapping[str, Any]) -> str:
    """A file that was copied, in a line."""
    notes = ", ".join(map(str, each["notes"]))
    told = f"{each['url']}, retrieved {each['retrieved']}, {each['entries']} entries"
    return printable(f"source {each['sha256']}: {told} (notes {notes})")


def anchors_line(each: Mapping[str, Any]) -> str:
    """The anchors of the period in a line."""
    if not each["count"]:
        return "anchors: 0"
    said = f"first {each['first']}, last {each['last']}, longest gap {each['longest']} seconds"
    return f"anchors: {each['count']}, {said}"


def case_line(each: Mapping[str, Any]) -> str:
    """A case that is open, in a line."""
    said = f"case {each['index']} {each['state']} since {each['since']}"
    return printable(f"{said}, {each['org']}: {each['text']}")


def software_lines(found: Mapping[str, Any]) -> list[str]:
    """The software as the command prints it."""
    rules = found["rules"]
    return [
        *(f"{name}: {found[name]}" for name in ("jejak", "python", "format", "tables")),
        f"rules: {len(rules['codes'])}, {settings_told(rules['settings'])}",
        *(flag_version(code, each) for code, each in found["flags"].items()),
    ]


def flag_version(code: str, each: Mapping[str, Any]) -> str:
    """A flag with its version and settings in a line."""
    said = settings_told(each["settings"])
    return f"flag {code}: version {each['version']}" + (f", {said}" if said else "")


def settings_told(found: Mapping[str, Any]) -> str:
    """Settings by name, in a line, as people write them."""
    return "; ".join(f"{name.replace('_', ' ')} {_written(each)}" for name, each in found.items())


def _written(setting: Any) -> str:
    """One setting: `none` where nothing is set, names one after the other."""
    if isinstance(setting, bool):
        return "yes" if setting else "no"
    if isinstance(setting, Mapping):
        return ", ".join(f"{name} {_written(each)}" for name, each in setting.items()) or "none"
    if isinstance(setting, list | tuple):
        return ", ".join(map(_written, setting)) or "none"
    return "none" if setting is None else str(setting)
