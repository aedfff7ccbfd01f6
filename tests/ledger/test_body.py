"""Bodies: hostile bytes are refused with a reason, honest ones keep their value."""

from __future__ import annotations

import json
import math
import sys
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import body
from ledger.body import MAX_BODY, digest, pack, parse_body, unpack
from ledger.errors import Malformed
from tests.ledger.offices import parses_or_refuses

DEEP = 100_000

HOSTILE = {
    "empty": b"",
    "white space only": b" \t\r\n",
    "byte order mark": b"\xef\xbb\xbf{}",
    "byte order mark in UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a":1}'.encode("utf-16-le"),
    "invalid UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "nine mebibytes": b" " * (9 * 2**20 - 2) + b"{}",
    "one byte over the limit": b" " * (MAX_BODY - 1) + b"{}",
    "100,000 open arrays": b"[" * DEEP,
    "100,000 open objects": b'{"a":' * DEEP,
    "100,000 balanced arrays": b"[" * DEEP + b"]" * DEEP,
    "100,000 mixed brackets": b'[{"a":' * (DEEP // 2) + b"1" + b"}]" * (DEEP // 2),
    "65 levels": b"[" * 65 + b"]" * 65,
    "65 levels late": b"[" + b"[]," * 1000 + b"[" * 64 + b"]" * 65,
    "65 levels of objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "65 levels after a string with an escaped quote": b'["\\"",' + b"[" * 64 + b"]" * 65,
    "65 levels after a string ending in a backslash": b'["\\\\",' + b"[" * 64 + b"]" * 65,
    "65 levels behind an odd quote": b'["",' * 65 + b"1" + b"]" * 65,
    "unbalanced": b"[" * 10 + b"]" * 9,
    "too many closing": b"[]" + b"]" * DEEP,
    "brackets that do not match": b"[}" * 200,
    "unterminated string": b'["abc',
    "unterminated string of escaped quotes": b"[" * 65 + b'"' + b'\\"' * 200_000,
    "unterminated string of backslashes": b"[" * 65 + b'"' + b"\\" * 400_001,
    "only quotes": b"[" * 65 + b'"' * 1_000_000,
    "control character in a string": b'"a\nb"',
    "NUL": b'"a\x00b"',
    "unknown escape": b'"\\x41"',
    "short escape": b'"\\u00"',
    "duplicate key": b'{"a":1,"b":2,"a":1}',
    "duplicate key by escape": b'{"a":1,"\\u0061":1}',
    "duplicate key deep inside": b'[{"a":[{"b":1,"b":1}]}]',
    "NaN": b'{"a":NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "high surrogate alone": b'"\\ud83d"',
    "low surrogate alone": b'["\\udE00"]',
    "surrogates in the wrong order": b'"\\ude00\\ud83d"',
    "lone surrogate in a key": b'{"\\uD800":1}',
    "lone surrogate deep inside": b'[{"a":[1.5,{"b":"x\\udc00y"}]}]',
    "exponent beyond doubles": b"1e999999",
    "exponent just beyond doubles": b"[1e400]",
    "minus, beyond doubles": b"[-1.8e308]",
    "integer of 101 characters": b"1" * 101,
    "minus and 100 digits": b"-" + b"1" * 100,
    "fraction of 101 characters": b"[0." + b"1" * 99 + b"]",
    "integer of a million digits": b"[" + b"9" * 1_000_000 + b"]",
    "leading zero": b"01",
    "leading plus": b"+1",
    "hexadecimal": b"0x1F",
    "point without digits": b"[1.]",
    "digits of another script": '"a":٣'.encode(),
    "single quotes": b"{'a':1}",
    "trailing comma": b"[1,]",
    "comment": b"[1] // no",
    "second value": b"{} {}",
    "trailing garbage": b"{}\x00",
    "no-break space": "\u00a0{}".encode(),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_body_is_refused_with_a_reason(raw: bytes):
    """Bytes out of form are Malformed, never another error, never a hang."""
    with pytest.raises(Malformed, match=r"^body "):
        parse_body(raw)


def test_depth_is_bounded_whatever_the_recursion_limit():
    """Packages raise the limit when they are imported; the decoder then ran off the stack."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        for raw in (b"[" * 5_000_000, b'{"a":' * 1_000_000, b'["",' * 1_000_000):
            with pytest.raises(Malformed):
                parse_body(raw)
    finally:
        sys.setrecursionlimit(limit)


HARMLESS = {
    "64 levels": (b"[" * 64 + b"]" * 64, None),
    "64 levels of objects": (b'{"a":' * 64 + b"1" + b"}" * 64, None),
    "64 levels a thousand times": (
        b"[" + b",".join([b"[" * 63 + b"]" * 63] * 1000) + b"]",
        None,
    ),
    "brackets in a string": (b'"' + b"[{" * DEEP + b'"', "[{" * DEEP),
    "brackets in strings after escapes": (
        b'["\\"[[[","\\\\","' + b"[" * DEEP + b'"]',
        ['"[[[', "\\", "[" * DEEP],
    ),
    "brackets in a key": (b'{"' + b"{" * 100 + b'":1}', {"{" * 100: 1}),
    "a million backslashes": (b'"' + b"\\\\" * 500_000 + b'"', "\\" * 500_000),
    "surrogate pair": (b'"\\ud83d\\ude00"', "\U0001f600"),
    "surrogate pair in upper case": (b'{"\\uD83D\\uDE00":1}', {"\U0001f600": 1}),
    "escaped backslash before ud800": (b'"\\\\ud800"', "\\ud800"),
    "noncharacter": ('"\uffff"'.encode(), "\uffff"),
    "NaN in a string": (b'"NaN"', "NaN"),
    "same key in two objects": (b'[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}]),
    "empty key": (b'{"":null}', {"": None}),
    "white space around": (b" \r\n\t{ } \n", {}),
    "minus zero": (b"-0", 0),
    "minus zero as a fraction": (b"-0.0", 0),
    "integer of 100 characters": (b"9" * 100, 10**100 - 1),
    "greatest double": (b"1.7976931348623157e308", Decimal("1.7976931348623157e308")),
    "fraction that a double rounds": (b"0.1000000000000000055", Decimal("0.1000000000000000055")),
    "below the smallest double": (b"1e-999999", 0),
    "exponent beyond any bound, below zero": (b"1e-" + b"9" * 97, 0),
    "zero with an exponent beyond any bound": (b"0e" + b"9" * 98, 0),
}


@pytest.mark.parametrize(("raw", "value"), HARMLESS.values(), ids=HARMLESS.keys())
def test_odd_but_honest_body_is_accepted(raw: bytes, value: Any):
    """What looks hostile and is within the bounds keeps its value."""
    parsed = parse_body(raw)
    assert value is None or parsed == value


def test_body_of_exactly_eight_mebibytes_is_accepted():
    """Limits are inclusive."""
    raw = b'"' + b"a" * (MAX_BODY - 2) + b'"'
    assert len(parse_body(raw)) == MAX_BODY - 2


def test_body_of_many_empty_arrays_is_accepted():
    """Width is bounded by the size only."""
    assert len(parse_body(b"[" + b"[]," * 200_000 + b"[]]")) == 200_001


def test_numbers_are_exact_and_bounded():
    """Fractions keep their digits; nothing has an exponent that blows up when written out."""
    parsed = parse_body(b'{"amount":1250000000.10,"count":3}')
    assert parsed == {"amount": Decimal("1250000000.10"), "count": 3}
    assert isinstance(parsed["count"], int)
    assert all(len(f"{parse_body(raw):f}") < 500 for raw in (b"1e-300", b"1e308", b"1e-99999"))


def test_digest_is_of_the_bytes_given():
    """Two spellings of one value are two bodies."""
    assert digest(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest(b"{}") != digest(b"{ }")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**90), 10**90)
    | st.text()
    | st.decimals(-(10**20), 10**20, places=4),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_value_survives_its_bytes(value: Any, ascii_only: bool):
    """Any JSON value within the bounds is read as it was written."""
    raw = json.dumps(value, default=float, ensure_ascii=ascii_only).encode()
    assert parse_body(raw) == json.loads(raw, parse_float=Decimal)


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_malformed(raw: bytes):
    """Whatever arrives, the parser answers with a value or with Malformed."""
    parses_or_refuses(parse_body, raw, Malformed)


PIECES = [
    *'[]{}"\\,:0-19.e+aé\n\x00',
    '\\"',
    "\\\\",
    "\\u",
    "\\ud800",
    "\\udc00",
    "E99",
    "NaN",
    "true",
]
JSONISH = st.lists(st.sampled_from(PIECES), max_size=200).map("".join)


@given(JSONISH, st.integers(0, 80))
def test_mutated_json_is_judged_as_the_standard_library_does(text: str, opened: int):
    """No tangle of quotes and brackets gets past the bounds, nor is honest JSON lost in them."""
    raw = (b"[" * opened) + text.encode() + b"]" * opened
    parsed = parses_or_refuses(lambda given: (parse_body(given),), raw, Malformed)
    try:
        expected = json.loads(raw, parse_float=Decimal, object_pairs_hook=_pairs)
    except (ValueError, ArithmeticError):
        assert parsed is None
        return
    depth = _depth(expected)
    assert (parsed is not None) == (depth <= 64 and _within(expected))


@given(st.lists(st.text('"\\\\[]{}a'), min_size=60, max_size=68), st.booleans())
def test_depth_is_counted_outside_strings_only(texts: list[str], objects: bool):
    """Quotes, escapes and brackets inside strings change nothing: 64 levels pass, 65 do not."""
    opening = "".join(
        f"{{{json.dumps(each)}:" if objects else f"[{json.dumps(each)}," for each in texts
    )
    raw = (opening + "0" + ("}" if objects else "]") * len(texts)).encode()
    assert (len(texts) <= 64) == (parses_or_refuses(parse_body, raw, Malformed) is not None)


KEYS = ['"a"', '"\\u0061"', '"b"', '":"', '"\\u003a"', '"\\u003A"', '"a:b"', '"\\\\u003a"', '""']
ATOMS = [
    *("null", "true", "0", "-0", "1.0", "-0.0", "1e5", "1E400", "-1e400", "1e-400", "0e99999999"),
    *("9" * 99, "9" * 100, "9" * 101, "-" + "9" * 99, "-" + "9" * 100, "18446744073709551616"),
    *("0." + "1" * 98, "0." + "1" * 99, "NaN", "-Infinity", "01", '"\\ud83d\\ude00"', '"\\ud83d"'),
    *(
        '"a:b"',
        '"\\u003a"',
        '"\\\\"',
        '"\\""',
        '"\\u0000"',
        '"\x00"',
        '"é:"',
        f'"{"7" * 120}"',
        '"\\/"',
    ),
]
SPACE = st.sampled_from(["", "", "", " ", "\n\t", "\r", "\u00a0", "\ufeff"])


def _spelled(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Arrays and objects of such values, keys as often as they come, with white space or more."""
    members = st.builds("{}{}:{}{}".format, st.sampled_from(KEYS), SPACE, SPACE, values)
    arrays = st.lists(values, max_size=4).map(lambda each: f"[{','.join(each)}]")
    return arrays | st.lists(members, max_size=5).map(lambda each: f"{{{','.join(each)}}}")


SPELLED = st.recursive(st.sampled_from(ATOMS), _spelled, max_leaves=12)


@settings(max_examples=200)
@given(SPELLED, SPACE, SPACE, st.sampled_from([0, 1, 60, 62, 63, 64, 65]), st.booleans())
@example('{"a":1,"b:":{"a":2},"b:":":"}', "", "", 0, False)
@example('{"a":1,"\\u0061":"::"}', "", "", 0, False)
@example('{"a":"\\u003a","a":2}', "", "", 0, False)
@example('"\xff"', "", "}", 0, True)
def test_what_is_read_quickly_is_what_is_read_with_care(
    text: str, before: str, after: str, opened: int, latin: bool
):
    """Both ways give the same value of the same types, or refuse it with the same sentence."""
    whole = before + "[" * opened + text + "]" * opened + after
    raw = whole.encode("latin-1", "replace") if latin else whole.encode()
    read = _outcome(raw)
    with mock.patch.object(body, "_read_plain", side_effect=ValueError):
        assert _outcome(raw) == read


@pytest.mark.parametrize("raw", [*HOSTILE.values(), *(raw for raw, _ in HARMLESS.values())])
def test_odd_bytes_are_read_quickly_as_with_care(raw: bytes):
    """The same of every hostile and every odd body of this file, and of each cut short by one."""
    for given_ in (raw, raw[:-1], raw + b" ", raw + b"]"):
        read = _outcome(given_)
        with mock.patch.object(body, "_read_plain", side_effect=ValueError):
            assert _outcome(given_) == read


def test_an_honest_body_is_read_quickly():
    """Colons in texts, escapes, fractions and white space give no doubt; a duplicate key does."""
    for raw in (b'{"at": "10:30", "b" : [{"a":1.50},{"a":"\\u00e9\\n"}]}', b'[{":":":"}]', b"null"):
        assert body._read_plain(raw) == json.loads(raw, parse_float=Decimal)
    with pytest.raises(ValueError, match="duplicate"):
        body._read_plain(b'{"a":{"b":1,"b":2}}')


def _outcome(raw: bytes) -> str:
    """The value with the types and the order of its parts, or the sentence that refuses it."""
    try:
        return f"value {parse_body(raw)!r}"
    except Malformed as error:
        return f"refused {error}"


@given(st.binary(max_size=3000))
@example(b"x")
@example(b"x" * 1024)
@example(b'"' + b"a" * 5000 + b'"')
def test_a_body_is_unpacked_as_it_was_packed(raw: bytes) -> None:
    """What is stored gives back the exact bytes, deflated or not."""
    assert unpack(pack(raw)) == raw


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _depth(value: Any) -> int:
    level, found = [value], 0
    while level := [each for each in level if isinstance(each, list | dict)]:
        found += 1
        level = [child for each in level for child in _children(each)]
    return found


def _within(value: Any) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= each <= "\udfff" for each in value)
    if isinstance(value, float | Decimal):
        return math.isfinite(value) and math.isfinite(float(value))
    return all(_within(child) for child in _children(value))
