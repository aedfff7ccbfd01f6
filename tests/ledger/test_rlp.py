"""RLP, as Ethereum's own tests and a hostile sender write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.rlp import format_integer, format_rlp, parse_integer, parse_rlp

ITEMS = st.recursive(
    st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20
)


def _item(value: Any) -> Any:
    if isinstance(value, list):
        return [_item(each) for each in value]
    if isinstance(value, int):
        return format_integer(value)
    return format_integer(int(value[1:])) if value.startswith("#") else value.encode()


def test_published_vectors(shared_vectors: Path) -> None:
    """Every published case is written and read as published."""
    cases = json.loads((shared_vectors / "eth-rlp-trie" / "rlp.json").read_text("utf-8"))
    assert cases
    for name, case in cases.items():
        raw = bytes.fromhex(case["out"].removeprefix("0x"))
        assert format_rlp(_item(case["in"])) == raw, name
        assert parse_rlp(raw) == _item(case["in"]), name


@given(ITEMS)
def test_round_trip(item: Any) -> None:
    """What is written is read back."""
    assert parse_rlp(format_rlp(item)) == item


@given(st.binary(max_size=200))
def test_one_encoding_only(raw: bytes) -> None:
    """Bytes are refused as Malformed, or are the one encoding of what was read."""
    try:
        item = parse_rlp(raw)
    except Malformed:
        return
    assert format_rlp(item) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "81",
        "8100",
        "817f",
        "b800",
        "b837" + "00" * 55,
        "b90000",
        "f800",
        "c101" + "00",
        "c281",
        "ff" * 9,
        "bf" + "ff" * 8,
        "0102",
    ],
)
def test_other_forms_are_refused(raw: str) -> None:
    """Cut, lengthened or left-over bytes are Malformed."""
    with pytest.raises(Malformed):
        parse_rlp(bytes.fromhex(raw))


def test_deep_nesting_is_refused() -> None:
    """A hundred thousand brackets do not reach Python's own limit."""
    raw = b"\xc0"
    for _ in range(40):
        raw = bytes([0xC0 + len(raw)]) + raw
    with pytest.raises(Malformed, match="too deep"):
        parse_rlp(raw)
    with pytest.raises(Malformed):
        parse_rlp(b"\xc1" * 100_000)


@given(st.integers(0, 2**256 - 1))
def test_integers(number: int) -> None:
    """An integer has one encoding, without leading zeros."""
    assert parse_integer(format_integer(number)) == number
    with pytest.raises(Malformed):
        parse_integer(b"\0" + format_integer(number))
