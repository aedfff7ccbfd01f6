"""Each flag on its own pair of files: `CODE.jsonl` has processes or lines, `CODE.expected` results.

A line of the second file is outcome, scope, subject and the value, or the reason where there is
none. Only what is raised or cannot be computed is listed; all else is clear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.flags.flag import Event, Line, Process, Result, decimal
from audit.flags.listed import FLAGS, flags_from
from audit.flags.running import raise_flags
from procurement.records import decode_record

FIXTURES = Path(__file__).parent / "fixtures"


def line(result: Result) -> str:
    """A result as the expected file has it."""
    said = result.reason if result.value is None else decimal(result.value)
    return f"{result.outcome} {result.scope} {result.subject}: {said}"


def processes(records: list[dict[str, Any]]) -> list[Process]:
    """Those of the records that are compiled releases."""
    return [Process(record["ocid"], record) for record in records if "ocid" in record]


def budget_lines(records: list[dict[str, Any]]) -> list[Line]:
    """Those of the records that are budget lines with their events."""
    return [
        Line(
            record["line"],
            record["org"],
            record["year"],
            record["currency"],
            record["appropriated"],
            tuple(Event(**event) for event in record["events"]),
        )
        for record in records
        if "line" in record
    ]


@pytest.mark.parametrize("code", [flag.code for flag in FLAGS])
def test_fixture(code: str) -> None:
    """A flag says of its processes exactly what is expected."""
    lines = (FIXTURES / f"{code}.jsonl").read_text().splitlines()
    records = [decode_record(each) for each in lines]
    flag = next(each for each in flags_from({}) if each.code == code)
    results = list(raise_flags([flag], processes(records), budget_lines(records)))
    said = [line(result) for result in results if result.outcome != "clear"]
    assert sorted(said) == (FIXTURES / f"{code}.expected").read_text().splitlines()
    assert {"flagged", "clear"} <= {result.outcome for result in results}
