"""Reading members of our own bodies: each function raises Unacceptable naming the member."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ledger import envelope
from ledger.errors import Malformed, Unacceptable

_SALTING = "add random ones, as openssl rand -hex 16 prints them: no hash then gives a body away"
_SALT = re.compile(r"[0-9a-f]{32}")


def members(value: Any, what: str = "body") -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise Unacceptable(f"{what} is not a JSON object")
    return value


def member(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A required object."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise Unacceptable(f"member {name!r} is not a JSON object")
    return value


def text(body: Mapping[str, Any], name: str) -> str:
    """A required string, which may be empty."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Unacceptable(f"member {name!r} is missing or not a string")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """A string, or None where it is missing or null."""
    return None if body.get(name) is None else text(body, name)


def items(body: Mapping[str, Any], name: str) -> list[Any]:
    """A required array."""
    value = body.get(name)
    if not isinstance(value, list):
        raise Unacceptable(f"member {name!r} is missing or not an array")
    return value


def texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A required array of strings."""
    values = items(body, name)
    for value in values:
        if not isinstance(value, str):
            raise Unacceptable(f"member {name!r} is not an array of strings")
    return tuple(values)


def integer(body: Mapping[str, Any], name: str) -> int:
    """A required whole number of at least zero."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Unacceptable(f"member {name!r} is missing or not a whole number")
    return value


def time(body: Mapping[str, Any], name: str) -> str:
    """A required time `YYYY-MM-DDTHH:MM:SSZ`."""
    value = text(body, name)
    _check_form(value, name, envelope.parse_time)
    return value


def hash_(body: Mapping[str, Any], name: str) -> str:
    """A required SHA-256 in lower-case hex."""
    value = text(body, name)
    check_hash(value, name)
    return value


def check_hash(value: str, name: str) -> None:
    """A SHA-256 in lower-case hex, found in member `name`."""
    _check_form(value, name, envelope.check_hash)


def hex0x(body: Mapping[str, Any], name: str, size: int) -> str:
    """A required 0x-hex string of `size` bytes."""
    value = text(body, name)
    if not re.fullmatch(rf"0x[0-9a-fA-F]{{{size * 2}}}", value):
        raise Unacceptable(f"member {name!r} is not 0x and {size * 2} hexadecimal digits")
    return value


def salt(body: Mapping[str, Any]) -> None:
    """Our own bodies carry 32 hex digits of salt, so that an erased one cannot be guessed."""
    value = body.get("salt")
    if not isinstance(value, str) or not _SALT.fullmatch(value):
        raise Unacceptable("member 'salt' is not 32 lower-case hexadecimal digits", _SALTING)


def _check_form(value: str, name: str, parse: Callable[[str], object]) -> None:
    try:
        parse(value)
    except Malformed as error:
        raise Unacceptable(f"member {name!r}: {error.message}") from error
