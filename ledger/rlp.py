"""Recursive Length Prefix, the encoding of Ethereum's headers, trie nodes and transactions.

Ethereum Yellow Paper, appendix B. Written here and not taken from a library because state proofs
are checked on bytes from strangers: this reader bounds the nesting before it recurses, accepts one
encoding only for each item, and raises nothing but Malformed.
"""

from __future__ import annotations

from typing import TypeAlias

from ledger.errors import Malformed

Item: TypeAlias = "bytes | list[Item]"

MAX_DEPTH = 16


def format_rlp(item: Item) -> bytes:
    """A byte string or a list of items to its one encoding."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(0x80, len(item)) + item
    payload = b"".join(map(format_rlp, item))
    return _prefix(0xC0, len(payload)) + payload


def format_integer(number: int) -> bytes:
    """A non-negative integer as the big-endian byte string RLP holds: no leading zeros, 0 empty."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def parse_integer(item: Item) -> int:
    """The inverse of format_integer. Raises Malformed."""
    if isinstance(item, list) or len(item) > 32 or item[:1] == b"\0":
        raise Malformed("an RLP integer is a byte string without leading zeros")
    return int.from_bytes(item, "big")


def parse_rlp(raw: bytes, *, depth: int = MAX_DEPTH) -> Item:
    """The one item that `raw` encodes, nested at most `depth` lists deep.

    Raises:
        Malformed: bytes left over or missing, a longer form than needed, nesting too deep.
    """
    item, end = _read(raw, 0, len(raw), depth)
    if end != len(raw):
        raise Malformed("bytes follow the RLP item")
    return item


def _prefix(offset: int, length: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    digits = format_integer(length)
    return bytes([offset + 55 + len(digits)]) + digits


def _read(raw: bytes, start: int, stop: int, depth: int) -> tuple[Item, int]:
    """The item beginning at `start` and where it ends; none of it lies at or past `stop`."""
    if start >= stop:
        raise Malformed("an RLP item is cut short")
    first = raw[start]
    if first < 0x80:
        return raw[start : start + 1], start + 1
    begin, end = _span(raw, start, stop, first)
    if first >= 0xC0:
        return _read_list(raw, begin, end, depth), end
    if end - begin == 1 and raw[begin] < 0x80:
        raise Malformed("an RLP byte is longer than it need be")
    return raw[begin:end], end


def _span(raw: bytes, start: int, stop: int, first: int) -> tuple[int, int]:
    """Where the payload of a string or list lies."""
    length = first - (0xC0 if first >= 0xC0 else 0x80)
    begin = start + 1
    if length > 55:
        digits = raw[begin : begin + length - 55]
        begin += length - 55
        length = int.from_bytes(digits, "big")
        if length < 56 or digits[:1] == b"\0":
            raise Malformed("an RLP length is longer than it need be")
    if begin + length > stop:
        raise Malformed("an RLP item is cut short")
    return begin, begin + length


def _read_list(raw: bytes, start: int, stop: int, depth: int) -> list[Item]:
    if depth == 0:
        raise Malformed("RLP lists are nested too deep")
    items: list[Item] = []
    while start < stop:
        item, start = _read(raw, start, stop, depth - 1)
        items.append(item)
    return items
