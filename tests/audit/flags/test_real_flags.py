"""The flags on real releases: what is flagged, and how often they can be computed at all."""

from __future__ import annotations

import gzip
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from audit.flags.flag import Process
from audit.flags.listed import flags_from
from audit.flags.running import raise_flags
from audit.flags.statuses import words_of
from procurement.records import decode_record

# Releases with all that the flag needs, and of these flagged. Two periods of mx-gacm end before
# they start: an eager count would flag them too (68, 28).
COUNTS = [
    ("mx-gacm", "R003", 66, 26),
    ("mx-gacm", "R018", 1, 1),
    ("ua-prozorro", "R003", 6, 6),
    ("ua-prozorro", "R018", 5, 2),
    ("ua-prozorro", "R028", 3, 0),
    ("ua-prozorro", "R030", 5, 2),
    ("ua-prozorro", "R035", 5, 0),
    ("ua-prozorro", "R036", 5, 0),
    ("md-mtender", "R003", 51, 24),
    ("ng-bpp", "R003", 10, 0),
    ("ng-bpp", "R018", 12, 12),
    ("co-secop", "R003", 5, 4),
    ("uk-contracts-finder", "R003", 6, 0),
    ("py-dncp", "R003", 0, 0),
    # Two of them are above by less than a peso.
    ("mx-gacm", "B001", 302, 21),
    ("mx-gacm", "B008", 149, 3),
    ("co-secop", "B001", 8, 5),
    ("mx-gacm", "R059", 268, 0),
    ("mx-gacm", "R060", 146, 10),
    ("mx-gacm", "R068", 284, 14),
    ("ng-bpp", "R068", 11, 0),
    # Its 18 amendments are objects of nothing but nulls: a count of members would flag them.
    ("md-mtender", "R064", 11, 0),
    ("ca-buyandsell", "R064", 22, 18),
    ("uk-contracts-finder", "R061", 143, 49),
    ("uk-contracts-finder", "R062", 143, 3),
    ("ca-buyandsell", "R003", 0, 0),
]


@cache
def outcomes(path: Path) -> Counter[tuple[str, str]]:
    """How often each flag says what about the releases of a set, each for itself."""
    records = [
        decode_record(each.decode()) for each in gzip.decompress(path.read_bytes()).splitlines()
    ]
    processes = [Process(r["ocid"], r, (), words_of(r["ocid"])) for r in records]
    results = raise_flags(flags_from({}), processes)
    return Counter((each.code, each.outcome) for each in results if each.scope == "process")


@pytest.mark.parametrize(("name", "code", "computable", "flagged"), COUNTS)
def test_real_counts(
    shared_data: Path, name: str, code: str, computable: int, flagged: int
) -> None:
    """On real sets each flag finds what a count by hand found."""
    found = outcomes(shared_data / name / "releases.jsonl.gz")
    assert found[code, "flagged"] + found[code, "clear"] == computable
    assert found[code, "flagged"] == flagged
