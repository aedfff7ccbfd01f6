"""The fictional district told again and again: many towns, many years, each with ids of its own.

The year of `procurement.example` is told from a few seeds; a town's year is one of these with the
town's and the year's ids in place of the district's. So a longer log has more institutions,
companies, lines and processes, and none of them is larger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ledger.keys import SigningKey
from procurement import example

SEEDS = 8
FIRST_YEAR = 2018
TOLD_YEAR = int(example.YEAR)
_IDS = re.compile(
    r"(XI-SAGARA|XI-USAHA|ocds-xsgr00|SP2D-|APBDP-|GESER-|"
    r'(?<=[-/"])202[456](?=[-/"]|[0-9]{4}-[a-z]))'
)


@dataclass(frozen=True)
class Told:
    """An act of the example cut at its ids; `once` if a town's first year alone has it."""

    day: str
    office: str
    kind: str
    subject: tuple[str, ...]
    body: tuple[str, ...]
    name: str
    corrects: str | None
    once: bool


@dataclass(frozen=True)
class TownAct:
    """What an office of a town publishes; `name` and `corrects` are those of the town's year."""

    time: str
    town: int
    office: str
    kind: str
    subject: str
    body: bytes
    name: str
    corrects: str


def office_key(town: int, office: str) -> SigningKey:
    """The key of a town's office, the same each time."""
    return SigningKey(sha256(f"{town} {office}".encode()).digest())


def in_town(text: str, town: int, year: int = TOLD_YEAR) -> str:
    """A text of the example with the ids of a town and a year."""
    return _joined(_IDS.split(text), _ids(town, year))


def year_of(town: int, year: int) -> Iterator[TownAct]:
    """The acts of a town's year in order of day."""
    ids, mark = _ids(town, year), f"{town} {year} "
    for act in _example((town + year) % SEEDS):
        if act.once and year != FIRST_YEAR:
            continue
        yield TownAct(
            f"{year}-{act.day}T08:00:00Z",
            town,
            act.office,
            act.kind,
            _joined(act.subject, ids),
            _joined(act.body, ids).encode(),
            act.name and mark + act.name,
            mark + act.corrects if act.corrects else "",
        )


@lru_cache(maxsize=SEEDS)
def _example(seed: int) -> tuple[Told, ...]:
    """The example's year from a seed; its line of the year before is the second year's own."""
    return tuple(
        Told(
            f"{act.day:%m-%d}",
            act.office,
            act.kind,
            tuple(_IDS.split(act.subject)),
            tuple(_IDS.split(act.body.decode())),
            act.name,
            act.corrects,
            act.kind == "budget/appropriation" and f"/{TOLD_YEAR - 1}/" in act.subject,
        )
        for act in example.tell(seed)
    )


def _joined(parts: tuple[str, ...] | list[str], ids: Mapping[str, str]) -> str:
    return "".join([ids.get(part, part) for part in parts])


def _ids(town: int, year: int) -> dict[str, str]:
    shifted = {str(each): str(each + year - TOLD_YEAR) for each in range(2024, 2027)}
    return shifted | {
        "XI-SAGARA": f"XI-S{town:04}",
        "XI-USAHA": f"XI-U{town:04}",
        "ocds-xsgr00": f"ocds-x{town:04}0",
        "SP2D-": f"SP2D-{town:04}-",
        "APBDP-": f"APBDP-{town:04}-",
        "GESER-": f"GESER-{town:04}-",
    }
