"""Each flag on its own pair of files: processes in `CODE.jsonl`, all results in `CODE.expected`.

A line of the second file is outcome, scope, subject and the value, or the reason where there is
none. Only what is raised or cannot be computed is listed; all else is clear.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.flags.flag import Process, Result, decimal
from audit.flags.listed import FLAGS, flags_from
from audit.flags.running import raise_flags
from procurement.records import decode_record

FIXTURES = Path(__file__).parent / "fixtures"


def line(result: Result) -> str:
    """A result as the expected file has it."""
    said = result.reason if result.value is None else decimal(result.value)
    return f"{result.outcome} {result.scope} {result.subject}: {said}"


@pytest.mark.parametrize("code", [flag.code for flag in FLAGS])
def test_fixture(code: str) -> None:
    """A flag says of its processes exactly what is expected."""
    lines = (FIXTURES / f"{code}.jsonl").read_text().splitlines()
    records = [decode_record(each) for each in lines]
    processes = [Process(record["ocid"], record) for record in records]
    flag = next(each for each in flags_from({}) if each.code == code)
    results = list(raise_flags([flag], processes))
    said = [line(result) for result in results if result.outcome != "clear"]
    assert sorted(said) == (FIXTURES / f"{code}.expected").read_text().splitlines()
    assert {"flagged", "clear", "not-computable"} == {result.outcome for result in results}
