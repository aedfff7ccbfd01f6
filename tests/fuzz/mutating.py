"""Mutation of JSON by its structure, behind which a fuzzer of bytes alone does not come.

Three times in four a value in the text is changed, taken away, put elsewhere or replaced by an odd
one, and the text written again; else, and where the bytes are no JSON, bytes are mutated.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**63,
    10**40,
    0.1,
    float("inf"),
    "",
    "\0",
    "\ud800",
    "é",
    " ",
    "%",
    [],
    {},
    [[]],
    "2026-02-30T25:00:00Z",
    "0" * 64,
    "QQ==",
)

Mutate = Callable[[bytes, int], bytes]
Place = tuple[Any, Any]


def mutated(raw: bytes, size: int, seed: int, mutate: Mutate) -> bytes:
    """The bytes, changed, at most `size` of them; `mutate` changes bytes without knowing JSON."""
    chance = random.Random(seed)
    try:
        whole = [json.loads(raw)]
    except (ValueError, RecursionError):
        return mutate(raw, size)
    if chance.random() < 0.25:
        return mutate(raw, size)
    _change(chance, list(_places(whole)), mutate)
    text = json.dumps(whole[0] if whole else None, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")[:size]


def _places(value: Any) -> Iterator[Place]:
    """Every place in a value: its container, and the index or name there."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _change(chance: random.Random, places: list[Place], mutate: Mutate) -> None:
    container, key = chance.choice(places)
    found = container[key]
    step = chance.randrange(5)
    if step < 2 and isinstance(found, str):
        raw = mutate(found.encode("utf-8", "surrogatepass"), len(found) + 8)
        container[key] = raw.decode("utf-8", "surrogateescape")
    elif step == 2:
        del container[key]
    elif step == 3:
        other, name = chance.choice(places)
        container[key] = json.loads(json.dumps(other[name]))
    elif isinstance(container, dict) and step == 4:
        container[chance.choice([key + "x", "id", "keys", "replaces", "alg"])] = found
    else:
        container[key] = chance.choice(ODD)
