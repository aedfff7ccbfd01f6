"""A report held to one made again from a log: which statements the log still bears out. Pure.

A log goes on growing. What `jejak verify` counts, and the anchors of a period, may be more by then;
everything else must be what it was, word for word.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.assertions import LogAddress
from audit.report_facts import FORMAT
from ledger.errors import Malformed

_TOKEN = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|(?<!\w)[0-9a-f]{64}(?!\w)|(?<!\w)[0-9]+(?!\w))"
)
_HEAD = ("origin", "from", "until", "holds", "pinned", "size", "root", "software")


@dataclass(frozen=True)
class Difference:
    """A statement that the log does not bear out: what the report says, and what is found now."""

    where: str
    text: str
    command: str
    says: tuple[str, ...]
    finds: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """How many statements are as they were, how many have grown with the log, and which differ."""

    same: int
    grown: int
    differing: tuple[Difference, ...]


def parse_report(raw: bytes) -> dict[str, Any]:
    """The members of a `report.json`. Raises Malformed."""
    try:
        told = json.loads(raw)
        if not isinstance(told, dict) or told["format"] != FORMAT:
            raise ValueError("format")
        texts = [told[name] for name in ("origin", "from", "until", "made", "by")]
        sizes = [told["verified"]["size"], told["size"] or 0]
        well = all(isinstance(each, str) for each in (*texts, *told["asked"]))
        statements = [each for section in told["sections"] for each in section["statements"]]
        well = well and all(type(each) is int for each in sizes) and len(told["asked"]) == 2
        if not well or not all(isinstance(each["command"], str) for each in statements):
            raise ValueError("members")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Malformed(
            f"the file is no report of the form {FORMAT}", "name the report.json of jejak report"
        ) from error
    return told


def place_of(told: Mapping[str, Any]) -> LogAddress:
    """Where its maker read the log, as the report's own commands name it. Raises Malformed."""
    try:
        command = told["sections"][0]["statements"][0]["command"]
        program, *words = shlex.split(command)
        found: dict[str, Any] = {"folder": None, "where": None, "trust": None, "chains": ()}
        if words[0] == "--data":
            found["folder"], words = words[1], words[2:]
        else:
            found["where"], words = words[1], [words[0], *words[2:]]
        for name, value in zip(words[1::2], words[2::2], strict=True):
            if name == "--chain":
                found["chains"] += (value,)
            else:
                found["trust"] = value
        place = LogAddress(**found)
    except (ValueError, KeyError, IndexError) as error:
        raise Malformed("the report does not begin with the command that verifies") from error
    if place.verify() != command or program != "jejak":
        raise Malformed("the report does not begin with the command that verifies")
    return place


def compare_reports(told: Mapping[str, Any], made: Mapping[str, Any], extends: bool) -> Compared:
    """Hold a report to the one made again; `extends`: the log now goes on from what it verified."""
    roots = (told["verified"].get("root"), made["verified"].get("root")) if extends else None
    differing = list(_head(told, made, roots))
    same = grown = 0
    for code, old, new in _sections(told, made):
        if _plain(old) != _plain(new):
            differing.append(_member(f"{code}, title and notes", _plain(old), _plain(new)))
        left = list(new["statements"])
        for at, statement in enumerate(old["statements"], 1):
            if statement in left:
                left.remove(statement)
                same += 1
            elif roots and (later := _grown(statement, left, roots)):
                left.remove(later)
                grown += 1
            else:
                differing.append(_difference(f"{code} {at}", statement, left))
        differing += [_left_out(code, each) for each in left]
    return Compared(same, grown, tuple(differing))


def _head(
    told: Mapping[str, Any], made: Mapping[str, Any], roots: tuple[Any, Any] | None
) -> Iterator[Difference]:
    """What differs beside the statements."""
    for name in _HEAD:
        if told.get(name) != made.get(name):
            yield _member(name, told.get(name), made.get(name))
    if list(told) != list(made):
        yield _member("members", ", ".join(told), ", ".join(made))
    codes = [[each.get("code") for each in found["sections"]] for found in (told, made)]
    if codes[0] != codes[1]:
        yield _member("sections", *(", ".join(map(str, each)) for each in codes))
    old, new = told["verified"], made["verified"]
    if old != new and not (roots and _no_less(old.get("checks"), new["checks"], roots)):
        yield _member("verified", old.get("checks"), new["checks"])


def _member(name: str, says: object, finds: object) -> Difference:
    return Difference(name, "", "", (str(says),), (str(finds),))


def _sections(
    told: Mapping[str, Any], made: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    old = {each["code"]: each for each in told["sections"]}
    new = {each["code"]: each for each in made["sections"]}
    for code in dict.fromkeys((*old, *new)):
        none: Mapping[str, Any] = {"statements": []}
        yield str(code), old.get(code, none), new.get(code, none)


def _plain(section: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in section.items() if name != "statements"}


def _difference(where: str, statement: Any, left: list[Any]) -> Difference:
    """What the command of a statement prints now, where the new report has one by it."""
    later = next((each for each in left if each["command"] == statement["command"]), None)
    if later is not None:
        left.remove(later)
    printed = later["prints"] if later else []
    says = statement.get("prints", [])
    return Difference(
        where,
        str(statement.get("text", {}).get("en", "")),
        statement["command"],
        tuple(str(each) for each in says if each not in printed),
        tuple(str(each) for each in printed if each not in says),
    )


def _left_out(code: str, statement: Any) -> Difference:
    text, prints = statement["text"]["en"], statement["prints"]
    return Difference(code, text, statement["command"], (), tuple(prints))


def _grown(statement: Any, left: Sequence[Any], roots: tuple[Any, Any]) -> Any:
    """The statement that this one has become in a longer log, where it is one that may."""
    for each in left:
        anchors = each["prints"][0].startswith("anchors: ") if each["prints"] else False
        may = anchors or "verify" in shlex.split(each["command"])
        if may and each["command"] == statement["command"]:
            none = anchors and statement["prints"] == ["anchors: 0"]
            if none or _no_less(statement, each, roots):
                return each
    return None


def _no_less(old: Any, new: Any, roots: tuple[Any, Any]) -> bool:
    """Whether two JSON values differ only in counts and times that are no less than they were."""
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(_no_less(old[x], new[x], roots) for x in old)
    if isinstance(old, list) and isinstance(new, list):
        pairs = zip(old, new, strict=False)
        return len(old) == len(new) and all(_no_less(*pair, roots) for pair in pairs)
    if type(old) is int and type(new) is int:
        return new >= old
    if not isinstance(old, str) or not isinstance(new, str):
        return bool(old == new)
    before, after = _TOKEN.split(old), _TOKEN.split(new)
    if before[::2] != after[::2]:
        return False
    return all(_token_no_less(*pair, roots) for pair in zip(before[1::2], after[1::2], strict=True))


def _token_no_less(old: str, new: str, roots: tuple[Any, Any]) -> bool:
    if old == new or (old, new) == roots:
        return True
    if old.isdecimal() and new.isdecimal() and len(old) < 64:
        return int(new) >= int(old)
    return "T" in old and "T" in new and new >= old
