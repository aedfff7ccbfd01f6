"""The OCDS 1.1 release schema in our own words, and the check of a release against it.

The tables in `members` and `codes` say what OCDS 1.1.5 asks of a release; `draft` makes a draft-04
JSON Schema of them, which gives the same verdict as the official one. A release that fails is
recorded all the same, with a visible mark: data quality is no reason to hide what was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from procurement.schema.draft import format_schema
from procurement.schema.members import OBJECTS, RELEASE
from procurement.schema.merging import MERGE_RULES

__all__ = [
    "MAX_VIOLATIONS",
    "MERGE_RULES",
    "Violation",
    "check_release",
    "is_conforming",
    "release_schema",
]

MAX_VIOLATIONS = 50
_MAX_PATH = 200


@dataclass(frozen=True)
class Violation:
    """Where a release departs from OCDS 1.1 (`path` is a JSON Pointer) and how.

    The message never repeats the value: it may be long, or somebody's telephone number.
    """

    path: str
    message: str


def release_schema() -> dict[str, Any]:
    """The schema of a release as a draft-04 JSON Schema."""
    return format_schema(RELEASE, OBJECTS)


def is_conforming(release: Mapping[str, Any]) -> bool:
    """Whether a parsed release keeps OCDS 1.1: many times faster than listing what does not."""
    return bool(_validator().is_valid(release))


def check_release(release: Mapping[str, Any], limit: int = MAX_VIOLATIONS) -> list[Violation]:
    """What in a parsed release departs from OCDS 1.1, at most `limit` violations; [] if valid."""
    if is_conforming(release):
        return []
    return [
        Violation(_pointer(error.instance_path), _message(error.kind))
        for error in islice(_validator().iter_errors(release), limit)
    ]


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(release_schema())


def _pointer(path: list[str | int]) -> str:
    """RFC 6901; long member names are cut."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in parts)[:_MAX_PATH]


def _message(kind: Any) -> str:
    asked = kind.as_dict()
    match kind.name:
        case "required":
            return f"required member {asked['property']!r} is missing"
        case "type":
            return f"is not of type {' or '.join(sorted(asked['types']))}"
        case "format":
            return f"is not a {asked['format']}"
    return _FAULTS.get(kind.name, f"fails {kind.name}")


_FAULTS = {
    "enum": "is not a code of the closed codelist",
    "uniqueItems": "repeats an item",
    "minItems": "is empty",
    "minLength": "is empty",
}
