"""Objects of arrays without an `id`, or with one id twice: told apart while releases are merged.

ocdsmerge would add objects without id anew with every release. Here equal objects are one, the
second of two equal ones in one array is a second one, and a changed one is another.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from procurement.schema.merging import MERGE_TREE

DUPLICATE_ID = "duplicate-id"
MISSING_ID = "missing-id"

# (code, path of an array) in the order found.
Faults = dict[tuple[str, str], None]

# Given to objects without an id while they are merged, and taken away again.
GIVEN = "\0"
_CONTAINERS = (dict, list)
_NO_RULES: dict[str, Any] = {}


def is_id(value: Any) -> bool:
    """Whether an object can be known by this `id`."""
    if isinstance(value, str):
        return not value.startswith(GIVEN)
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def identify(
    value: dict[str, Any],
    faults: Faults,
    rules: dict[str, Any] = MERGE_TREE,
    path: tuple[str, ...] = (),
) -> None:
    """Give every object of an array an id, and let each id stand once in its array."""
    for name, inner in value.items():
        if type(inner) not in _CONTAINERS:
            continue
        rule = rules.get(name, _NO_RULES)
        if rule is None:
            continue
        below = (*path, name)
        if type(inner) is dict:
            identify(inner, faults, rule, below)
        elif inner and all_objects(inner):
            for each in inner:
                identify(each, faults, rule, below)
            value[name] = _identified(inner, ".".join(below), faults)


def all_objects(array: list[Any]) -> bool:
    """Whether an array holds objects and nothing else."""
    # A generator costs more than most arrays are long.
    for each in array:  # noqa: SIM110
        if type(each) is not dict:
            return False
    return True


def _identified(objects: list[dict[str, Any]], where: str, faults: Faults) -> list[dict[str, Any]]:
    repetitions: dict[str, int] = {}
    for each in objects:
        if not is_id(each.get("id")):
            each.pop("id", None)
            content = _content(each)
            repetitions[content] = repetitions.get(content, 0) + 1
            each["id"] = f"{GIVEN}{repetitions[content]}:{content}"
            faults[MISSING_ID, where] = None
    unique = _unique(objects)
    if len(unique) < len(objects):
        faults[DUPLICATE_ID, where] = None
    return unique


def _unique(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Objects of one id made one, as OCDS merges them: what comes later holds."""
    found: dict[str, dict[str, Any]] = {}
    for each in objects:
        known = found.setdefault(str(each["id"]), each)
        if known is not each:
            _absorb(known, each)
    return list(found.values())


def _absorb(known: dict[str, Any], later: dict[str, Any]) -> None:
    for name, value in later.items():
        held = known.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _absorb(held, value)
        elif _have_ids(held) and _have_ids(value):
            known[name] = _unique([*known[name], *value])
        elif name != "id":
            known[name] = value


def _have_ids(array: Any) -> bool:
    return isinstance(array, list) and all(type(each) is dict and "id" in each for each in array)


def _content(value: Any) -> str:
    return hashlib.sha256(repr(_comparable(value)).encode("utf-8", "replace")).hexdigest()


def _comparable(value: Any) -> Any:
    """A value whose repr is the same for equal content: 550000 is 550000.00."""
    if isinstance(value, dict):
        return {name: _comparable(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return value


def take_ids_away(value: Any) -> None:
    """Remove the ids given by `identify`."""
    if type(value) is list:
        for each in value:
            take_ids_away(each)
    elif type(value) is dict:
        given = value.get("id")
        if type(given) is str and given.startswith(GIVEN):
            del value["id"]
        for inner in value.values():
            if type(inner) in _CONTAINERS:
                take_ids_away(inner)
