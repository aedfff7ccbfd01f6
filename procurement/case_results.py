"""What a flag, a rule or a contradiction computed, as its command prints it: a finding's ground.

`jejak flags`, `jejak findings` and `jejak contradictions` print `{"size", "results"}`. Pure.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from ledger.errors import Malformed, NotFound, Unacceptable
from procurement.case_notes import MAX_ENTRIES, MAX_FIGURES, MAX_LINE, EntryRef, Ground

_COMMANDS = ("flags", "findings", "contradictions")
_FORM = 'no "results" as jejak flags, findings and contradictions print them with --json'


def parse_results(raw: bytes) -> tuple[int, list[dict[str, Any]]]:
    """The size of the log that was judged, and the results. Raises Malformed."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("the file is not JSON", "print it with --json") from error
    size, results = (told.get("size"), told.get("results")) if isinstance(told, dict) else (0, 0)
    if type(size) is not int or not isinstance(results, list):
        raise Malformed(f"the file has {_FORM}")
    if not all(isinstance(each, dict) and isinstance(each.get("code"), str) for each in results):
        raise Malformed(f"the file has {_FORM}")
    return size, results


def choose_result(
    results: list[dict[str, Any]], code: str | None, subject: str | None
) -> dict[str, Any]:
    """The one result of a code and a subject. Raises NotFound, Unacceptable."""
    found = [
        each
        for each in results
        if code in (None, each["code"]) and subject in (None, _subject(each))
    ]
    if not found:
        raise NotFound("the file has no such result", "look at the codes and subjects in it")
    if len(found) > 1:
        raise Unacceptable(
            f"{len(found)} results fit; a finding rests on one", "name it by --flag and --subject"
        )
    return found[0]


def read_result(size: int, result: Mapping[str, Any]) -> tuple[Ground, tuple[EntryRef, ...]]:
    """What a finding says of a result, and the entries it read. Raises Malformed, Unacceptable."""
    try:
        places = tuple(EntryRef(each["index"], each["leaf"]) for each in result["entries"])
        figures = {str(name): str(value)[:MAX_LINE] for name, value in _figures(result)}
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"the file has {_FORM}") from error
    if len(places) > MAX_ENTRIES:
        raise Unacceptable(
            f"the result read {len(places)} entries; a finding names at most {MAX_ENTRIES}",
            "name the entries it is about with --entry",
        )
    return _raised(size, result, figures), places


def _raised(size: int, result: Mapping[str, Any], figures: dict[str, str]) -> Ground:
    code, subject, version = result["code"], _subject(result), result.get("version")
    value = result.get("value")
    return Ground(
        code,
        version if type(version) is int else None,
        subject,
        str(result.get("outcome") or result.get("status") or "contradicting"),
        None if value is None else str(value)[:MAX_LINE],
        str(result.get("reason") or result.get("part") or "")[:MAX_LINE],
        dict(list(figures.items())[:MAX_FIGURES]),
        format_command(_command(result), code, subject, size),
    )


def format_command(command: str, code: str, subject: str, size: int) -> str:
    """The command that computes a result of the first `size` entries again."""
    return shlex.join(["jejak", command, code, "--subject", subject, "--at", str(size)])


def rerun(flag: Mapping[str, Any]) -> str:
    """The command that computes a finding's ground again; "" where what was signed is another.

    It is copied into terminals: nothing is passed on but the words that _raised writes.
    """
    command = str(flag.get("command", ""))
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    named = ["jejak", *words[1:2], flag["code"], "--subject", flag["subject"], "--at", *words[-1:]]
    known = words == named and words[1] in _COMMANDS and re.fullmatch("[0-9]{1,19}", words[-1])
    return command if known and shlex.join(words) == command else ""


def _command(result: Mapping[str, Any]) -> str:
    if "scope" in result:
        return "flags"
    return "findings" if "status" in result else "contradictions"


def _subject(result: Mapping[str, Any]) -> str:
    return str(result.get("subject") or result.get("ocid") or "")


def _figures(result: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Flags have figures by name, rules in order: a name that comes twice gets a number."""
    figures = result.get("figures") or {}
    if isinstance(figures, dict):
        return list(figures.items())
    named: dict[str, Any] = {}
    for name, value in figures:
        number = sum(each == name or each.startswith(f"{name} ") for each in named)
        named[f"{name} {number + 1}" if number else name] = value
    return list(named.items())
