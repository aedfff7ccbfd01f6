"""Which releases of a process are merged, and the marks that the others bear.

A release about another owner's process is shown, not merged. Of two releases with one id the
first is merged; the second is marked. A date before one already merged is marked and merged in
its order. What is corrected or erased counts for nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from procurement.ocds import parse_date

OTHER_OWNER = "other-owner"
OTHER_LINE = "other-line"
SAME_ID = "same-id-other-content"
DUPLICATE = "duplicate"
EARLIER_DATE = "earlier-date"


@dataclass(frozen=True, slots=True)
class Appearance:
    """A release in the log: its place, identity, date and the SHA-256 (hex) of its body.

    `foreign`: no signer may speak for the owner of the process. `gone`: corrected or erased.
    """

    index: int
    place: int
    release_id: str
    date: str
    body: str
    foreign: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a release is merged, and its marks."""

    merged: bool
    marks: tuple[str, ...]


def judge(appearances: Iterable[Appearance]) -> dict[int, Standing]:
    """The standing of every release of one ocid, by index."""
    found: dict[int, Standing] = {}
    bodies: dict[str, str] = {}
    latest: datetime | None = None
    ordered = sorted(appearances, key=lambda each: (each.place, each.index))
    for each in ordered:
        if each.gone or each.foreign:
            found[each.index] = Standing(False, (OTHER_OWNER,) if each.foreign else ())
            continue
        first = bodies.get(each.release_id)
        if first is not None:
            found[each.index] = Standing(False, (DUPLICATE if first == each.body else SAME_ID,))
            continue
        bodies[each.release_id] = each.body
        # A single release is before and after none.
        moment = parse_date(each.date) if len(ordered) > 1 else None
        early = moment is not None and latest is not None and moment < latest
        found[each.index] = Standing(True, (EARLIER_DATE,) if early else ())
        if moment is not None and not early:
            latest = moment
    return found
