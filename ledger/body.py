"""Bodies: the exact bytes an institution publishes, and the bounds they must keep.

A body is UTF-8 JSON without BOM, duplicate keys, NaN, lone surrogates or nesting over 64, at most
8 MiB; numbers have at most 100 characters and are finite as doubles. Everything is bounded before
anything is converted, in time linear in the bytes; the bytes given are the bytes kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from decimal import Decimal
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from ledger.errors import Malformed

MAX_BODY = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER = 100
SMALL = 1024

_ZLIB = b"x"
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: one down, one up
_NO_BRACKET_OR_QUOTE = bytes(set(range(256)) - set(b'[]{}"'))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_COLON_OR_SURROGATE = re.compile(rb"\\u(?:003[aA]|[dD][89a-fA-F])")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS = b"0" * MAX_NUMBER
_EACH = 20


def digest(raw: bytes) -> str:
    """SHA-256 of the body, hex: how a statement names it."""
    return hashlib.sha256(raw).hexdigest()


def pack(raw: bytes) -> bytes:
    """A body as it is stored: as it is when small, else deflated (zlib)."""
    return raw if len(raw) <= SMALL and raw[:1] != _ZLIB else zlib.compress(raw, 1)


def unpack(packed: bytes) -> bytes:
    """The body from what is stored. No JSON begins with the first byte of zlib, an `x`."""
    return zlib.decompress(packed) if packed[:1] == _ZLIB else packed


def parse_body(raw: bytes) -> Any:
    """The JSON value of a body within its bounds; fractions become Decimal. Raises Malformed."""
    if len(raw) > MAX_BODY:
        raise Malformed(f"body of {len(raw)} bytes; at most {MAX_BODY} are allowed")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Malformed("body begins with a byte order mark")
    check_depth(raw)
    try:
        return _read_plain(raw)
    except (ValueError, RecursionError, Malformed):
        pass  # and let go of what was read
    return _read_slowly(raw)


def _read_plain(raw: bytes) -> Any:
    """The value, read by msgspec; ValueError, or what the decoder raises, where in doubt.

    msgspec refuses what json refuses, but takes the last of members with the same key. Without
    escaped colons, the colons of the bytes are one for each member and those in strings. Written
    again, the value has as many only if no member was left out.
    """
    if _may_have_long_number(raw):
        raise ValueError("a long number")
    if b"\\" in raw and _COLON_OR_SURROGATE.search(raw):
        raise ValueError("an escaped colon or surrogate")
    value = _decode(raw)
    again = _encode(value)
    if again != raw and again.count(b":") != raw.count(b":"):
        raise ValueError("a duplicate key")
    return value


def _may_have_long_number(raw: bytes) -> bool:
    """Whether there is a run of MAX_NUMBER digits: looked for in every 20th byte first."""
    if _MANY_DIGITS[::_EACH] not in raw[::_EACH].translate(_DIGITS):
        return False
    return _MANY_DIGITS in raw.translate(_DIGITS)


def _read_slowly(raw: bytes) -> Any:
    """The value, or the precise reason why there is none. Raises Malformed."""
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"body is not UTF-8 at byte {error.start}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"body is not JSON: {error}") from error
    if b"\\u" in raw and _SURROGATE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def check_depth(raw: bytes, what: str = "body") -> None:
    """Refuse JSON nested over 64 levels before any decoder recurses into it. Raises Malformed.

    Counts brackets outside strings: exact up to the first byte that is not JSON. A recursion limit
    is no guard: web3 raises it to 100,000 when imported, past the end of the stack.
    """
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    escaped = b"\\" in raw
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"") if escaped else raw
    quoted = unescaped.translate(None, _NO_BRACKET_OR_QUOTE).replace(b'""', b"")
    steps = memoryview(b"".join(quoted.split(b'"')[::2]).translate(_STEPS)).cast("b")
    if MAX_DEPTH + 1 in accumulate(steps):
        raise Malformed(f"{what} nests deeper than {MAX_DEPTH} levels")


def distinct_members(pairs: list[tuple[str, Any]], what: str = "body") -> dict[str, Any]:
    """The members of a JSON object, as `object_pairs_hook` gives them. Raises Malformed."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed(f"{what} has an object with a duplicate key")
    return members


def _integer(text: str) -> int:
    _check_length(text)
    return int(text)


def _fraction(text: str) -> Decimal:
    """What a double cannot tell from zero is zero: Decimal has a bound on exponents of its own."""
    _check_length(text)
    double = float(text)
    if not math.isfinite(double):
        raise Malformed(f"body has a number that is not finite: {text}")
    return Decimal(text) if double else Decimal(0)


def _check_length(text: str) -> None:
    if len(text) > MAX_NUMBER:
        raise Malformed(f"body has a number of {len(text)} characters; {MAX_NUMBER} are allowed")


def _refuse_constant(text: str) -> NoReturn:
    raise Malformed(f"body has {text}, which is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=distinct_members,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_refuse_constant,
)
_decode = msgspec.json.Decoder(float_hook=_fraction).decode
_encode = msgspec.json.Encoder().encode


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("body has a lone surrogate") from error
