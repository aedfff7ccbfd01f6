"""Compiled releases as they are stored: compact JSON in which no number has been rounded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def decode_record(record: str) -> dict[str, Any]:
    """A compiled release as it was stored; numbers with a fraction become Decimal."""
    value: dict[str, Any] = _DECODE(record)
    return value


def encode_record(record: dict[str, Any]) -> str:
    """A compiled release to compact JSON; Decimals as numbers."""
    return _ENCODE(record).decode("utf-8")
