"""What the offices of the example do: one act is one body that one office publishes on a day."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Act:
    """Something an office publishes on a day; `corrects` names the act it replaces."""

    day: date
    office: str
    kind: str
    subject: str
    body: bytes
    name: str = ""
    corrects: str | None = None


def salted(body: dict[str, Any], kind: str, chance: random.Random) -> bytes:
    """The bytes of a body; our own kinds carry a salt."""
    if kind != "ocds/release":
        body = {**body, "salt": f"{chance.getrandbits(128):032x}"}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def rupiah(amount: int) -> dict[str, str]:
    """Whole rupiah as our own bodies write money."""
    return {"amount": f"{amount}.00", "currency": "IDR"}
