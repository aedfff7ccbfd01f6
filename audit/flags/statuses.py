"""Status words of publishers, mapped to those of the OCDS codelists: data, not code.

`statuses.json` names publishers by the prefixes of their ocids. A word that is in neither the
codelist nor the mapping stays as it is, and a flag that depends on it is not computable.
Source: OCDS bids extension, bidStatus; OCDS 1.1 awardStatus.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

BID_STATUSES = frozenset(("invited", "pending", "valid", "disqualified", "withdrawn"))
AWARD_STATUSES = frozenset(("pending", "active", "cancelled", "unsuccessful"))


@dataclass(frozen=True)
class StatusWords:
    """What a publisher's words mean."""

    bids: Mapping[str, str] = field(default_factory=dict)
    awards: Mapping[str, str] = field(default_factory=dict)

    def bid(self, word: str) -> str:
        """The bidStatus that a word means, or the word itself."""
        return self.bids.get(word, word)

    def award(self, word: str) -> str:
        """The awardStatus that a word means, or the word itself."""
        return self.awards.get(word, word)


OCDS_WORDS = StatusWords()


def words_of(ocid: str) -> StatusWords:
    """The words of the publisher with the longest prefix of this ocid; else OCDS's own."""
    found = [prefix for prefix in _mapped() if ocid.startswith(prefix)]
    return _mapped()[max(found, key=len)] if found else OCDS_WORDS


@cache
def _mapped() -> dict[str, StatusWords]:
    text = resources.files("audit.flags").joinpath("statuses.json").read_text(encoding="utf-8")
    return {
        prefix: StatusWords(each["bids"], each["awards"])
        for each in json.loads(text)
        for prefix in each["ocids"]
    }
