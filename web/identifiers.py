"""What a searched text is, by its form alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_QUERY = 120

_NUMBER = re.compile(r"#?(0|[1-9][0-9]{0,11})")
_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_TRANSACTION = re.compile(r"0x[0-9a-fA-F]{64}")
_SPACES = re.compile(r"[\x00-\x20\x7f]+")


@dataclass(frozen=True)
class Asked:
    """A text to search for, and the exact things its form allows it to be."""

    text: str
    number: int | None = None
    digest: str | None = None
    identifier: str | None = None


def read_query(text: str) -> Asked:
    """What is asked for: an entry's number, a hash, an id without blanks, or words."""
    trimmed = _SPACES.sub(" ", text).strip()[:MAX_QUERY]
    if number := _NUMBER.fullmatch(trimmed):
        return Asked(trimmed, number=int(number[1]))
    if digest := _HASH.fullmatch(trimmed):
        return Asked(trimmed, digest=digest[1].lower())
    if trimmed and " " not in trimmed and not _TRANSACTION.fullmatch(trimmed):
        return Asked(trimmed, identifier=trimmed)
    return Asked(trimmed)
