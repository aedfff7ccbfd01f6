"""From the notation of `members` to a JSON Schema (draft-04), the draft OCDS 1.1 is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from procurement.schema.codes import CODES

_SCALARS: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "texts": {"type": ["array", "null"], "items": {"type": "string"}},
    "string": {"type": "string"},
    "nonempty": {"type": "string", "minLength": 1},
    "name": {"type": ["string", "null"], "minLength": 1},
    "key": {"type": ["string", "integer"], "minLength": 1},
    "ref": {"type": ["string", "integer"]},
    "code": {"type": ["string", "integer", "null"]},
    "moment": {"type": "string", "format": "date-time"},
    "time": {"type": ["string", "null"], "format": "date-time"},
    "uri": {"type": ["string", "null"], "format": "uri"},
    "number": {"type": ["number", "null"]},
    "count": {"type": ["integer", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "object": {"type": ["object", "null"]},
    "any": {"type": ["string", "number", "integer", "array", "object", "null"]},
}

_ARRAY = re.compile(r"(?P<open>[\[{])(?P<item>.+)[\]}](?P<filled>\+?)")

# BCP 47 (RFC 5646 2.1), without the grandfathered tags: a language tag after an underscore.
_LANGUAGE = r"([A-Za-z]{2,3}(-[A-Za-z]{3}(-[A-Za-z]{3}){0,2})?|[A-Za-z]{4,8})"
_SCRIPT = r"(-[A-Za-z]{4})?"
_REGION = r"(-([A-Za-z]{2}|[0-9]{3}))?"
_VARIANTS = r"(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
_EXTENSIONS = r"(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*"
_PRIVATE = r"x(-[A-Za-z0-9]{1,8})+"
_TAG = f"({_LANGUAGE}{_SCRIPT}{_REGION}{_VARIANTS}{_EXTENSIONS}(-{_PRIVATE})?|({_PRIVATE}))"


def format_schema(root: str, objects: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The draft-04 schema of `root`, with the other objects as its definitions."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        **_object(objects[root]),
        "definitions": {name: _object(objects[name]) for name in objects if name != root},
    }


def _object(members: Mapping[str, str]) -> dict[str, Any]:
    names = {each: each.rstrip("!~") for each in members}
    required = [names[each] for each in members if each.endswith("!")]
    translated = [names[each] for each in members if each.endswith("~")]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {names[each]: _member(holds) for each, holds in members.items()},
    }
    if required:
        schema["required"] = required
    if translated:
        schema["patternProperties"] = {
            f"^{name}_{_TAG}$": {"type": ["string", "null"]} for name in translated
        }
    return schema


def _member(holds: str) -> dict[str, Any]:
    array = _ARRAY.fullmatch(holds)
    if array:
        return _array(array)
    rule, _, codelist = holds.partition(":")
    if rule == "only":
        return {"type": "string", "enum": list(CODES[codelist])}
    if rule == "one":
        return {"type": ["string", "null"], "enum": [*CODES[codelist], None]}
    return _SCALARS.get(holds) or {"$ref": f"#/definitions/{holds}"}


def _array(array: re.Match[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": _member(array["item"])}
    if array["open"] == "{":
        schema["uniqueItems"] = True
    if array["filled"]:
        schema["minItems"] = 1
    return schema
