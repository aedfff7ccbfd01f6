"""The flags of Cardinal, on the examples of its documentation."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from audit.flags.flag import Flag, Process, Result, decimal
from audit.flags.listed import FLAGS
from audit.flags.r003 import R003
from audit.flags.r018 import R018
from audit.flags.r024 import R024
from audit.flags.r025 import R025
from audit.flags.r028 import R028
from audit.flags.r030 import R030
from audit.flags.r035 import R035
from audit.flags.r036 import R036
from audit.flags.r038 import R038
from audit.flags.r048 import R048
from audit.flags.r058 import R058
from audit.flags.running import raise_flags
from procurement.records import decode_record

EXAMPLES = "vectors-cardinal-docs/docs/examples/R"
PUBLISHED: list[tuple[Flag, set[tuple[str, str, str]]]] = [
    (R003(), {("process", "F", "1")}),
    (R018(), {("process", "F", "1")}),
    (R024(), {("process", "F", "1")}),
    (R025(), {("tenderer", "F", "0.166667")}),
    (R028(), {("process", "F", "1"), ("tenderer", "D", "1"), ("tenderer", "V", "1")}),
    (R030(), {("process", "F", "1")}),
    (R035(), {("process", "F", "1")}),
    (R036(), {("process", "F", "1")}),
    (R038(least=1, outliers_only=False), {("buyer", "B", "0.5")}),
    (R048(minimum_contracting_processes=1), {("tenderer", "F", "2")}),
    (R058(), {("process", "F", "99")}),
]


def processes(path: Path) -> list[Process]:
    """One process a line."""
    records = [decode_record(line) for line in path.read_text().splitlines() if line.strip()]
    return [Process(record["ocid"], record) for record in records]


def flagged(results: Iterable[Result]) -> set[tuple[str, str, str]]:
    """Scope, subject and value of all that is flagged."""
    return {
        (result.scope, result.subject, decimal(result.value or Fraction(0)))
        for result in results
        if result.outcome == "flagged"
    }


@pytest.mark.parametrize(
    ("flag", "expected"), PUBLISHED, ids=lambda each: getattr(each, "code", "")
)
def test_published_examples(
    shared_vectors: Path, flag: Flag, expected: set[tuple[str, str, str]]
) -> None:
    """Each example of Cardinal's documentation gives the published outcome, and nothing else."""
    path = shared_vectors / EXAMPLES / f"{flag.code[1:]}.jsonl"
    assert flagged(raise_flags([flag], processes(path))) == expected


def test_all_of_cardinal() -> None:
    """Every flag of Cardinal is there, and each is tried above."""
    assert {flag.code for flag, _ in PUBLISHED} <= {flag.code for flag in FLAGS}
    assert len(PUBLISHED) == 11
