"""Bodies: the exact bytes an institution publishes, and the bounds they must keep.

A body is UTF-8 JSON without BOM, duplicate keys, NaN, lone surrogates or nesting over 64, at most
8 MiB; numbers have at most 100 characters and are finite as doubles. Everything is bounded before
anything is converted; the bytes given are the bytes kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from decimal import Decimal
from typing import Any, NoReturn

from ledger.errors import Malformed

MAX_BODY = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER = 100

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def digest(raw: bytes) -> str:
    """SHA-256 of the body, hex: how a statement names it."""
    return hashlib.sha256(raw).hexdigest()


def parse_body(raw: bytes) -> Any:
    """The JSON value of a body within its bounds; fractions become Decimal. Raises Malformed."""
    if len(raw) > MAX_BODY:
        raise Malformed(f"body of {len(raw)} bytes; at most {MAX_BODY} are allowed")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Malformed("body begins with a byte order mark")
    _check_depth(raw)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"body is not UTF-8 at byte {error.start}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"body is not JSON: {error}") from error
    if _SURROGATE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def _check_depth(raw: bytes) -> None:
    """Peel one level of brackets a pass; what is left after 64 passes is too deep or unbalanced."""
    brackets = raw
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRINGS.sub(b"", raw).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        peeled = brackets.replace(b"[]", b"")
        if not peeled:
            return
        if len(peeled) == len(brackets):
            break
        brackets = peeled
    raise Malformed(f"body nests deeper than {MAX_DEPTH} levels or its brackets do not match")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("body has an object with a duplicate key")
    return members


def _integer(text: str) -> int:
    _check_number(text)
    return int(text)


def _fraction(text: str) -> Decimal:
    _check_number(text)
    return Decimal(text)


def _check_number(text: str) -> None:
    if len(text) > MAX_NUMBER:
        raise Malformed(f"body has a number of {len(text)} characters; {MAX_NUMBER} are allowed")
    if not math.isfinite(float(text)):
        raise Malformed(f"body has a number that is not finite: {text}")


def _refuse_constant(text: str) -> NoReturn:
    raise Malformed(f"body has {text}, which is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_refuse_constant,
)


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("body has a lone surrogate") from error
