"""Samples announced in the log: a line of a note, which is the command that draws the sample. Pure.

The seed of a sample is the block of the first anchor that holds more entries than the size
announced. Nobody knew it, provided that this anchor holds the announcement, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.anchors import AnchorRow
from audit.sampling import MAX_COUNT, Sample

_LINE = re.compile(
    r"jejak sample --at ([1-9][0-9]{0,17}) --count ([1-9][0-9]{0,5}) --currency ([A-Z]{3})"
    r"( --of [!-~]+)?"
)


@dataclass(frozen=True)
class Announced:
    """A sample announced in the entry `index`: of the payments that the first `size` entries hold.

    `anchor` has the seed, None where there is none yet; `sample` is None where nothing was drawn,
    `root` (hex) that of the first `size` entries where something was.
    """

    index: int
    size: int
    count: int
    currency: str
    anchor: AnchorRow | None = None
    sample: Sample | None = None
    root: str = ""

    @property
    def late(self) -> bool:
        """Whether the seed was known when the sample was announced."""
        return self.anchor is not None and self.anchor.size <= self.index


def announcements(text: str) -> Iterator[dict[str, Any]]:
    """The samples that a note announces, each as size, count and currency."""
    for line in text.split("\n"):
        found = _LINE.fullmatch(line.strip())
        if found and int(found[2]) <= MAX_COUNT:
            yield {"size": int(found[1]), "count": int(found[2]), "currency": found[3]}


def announced_line(each: Mapping[str, Any]) -> str:
    """A sample announced, in a line."""
    command = sample_words(each["size"], each["count"], each["currency"])
    return f"announced {each['index']} {each['at']} {each['org']}: jejak {' '.join(command)}"


def sample_words(size: int, count: int, currency: str) -> list[str]:
    """The words that draw a sample."""
    return ["sample", "--at", str(size), "--count", str(count), "--currency", currency]


def anchor_after(rows: Iterable[AnchorRow], size: int) -> AnchorRow | None:
    """The first anchor, of rows in the order of their sizes, that holds more entries."""
    return next((row for row in rows if row.size > size), None)
