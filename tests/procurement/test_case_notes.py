"""Bodies of cases: read only in their one form, and written again as they were read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.acts import parse_remark
from ledger.body import parse_body
from ledger.errors import Malformed
from procurement.case_notes import (
    MAX_ENTRIES,
    MAX_TEXT,
    EntryRef,
    Finding,
    Ground,
    Reply,
    note_body,
    parse_case_note,
)

FIT = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs"))
LINES = st.text(FIT, max_size=40)
WORDS = st.text(FIT, min_size=1, max_size=40).filter(str.strip)
PLACES = st.builds(
    EntryRef, st.integers(0, 2**63 - 1), st.text("0123456789abcdef", min_size=64, max_size=64)
)
TEXTS = st.dictionaries(st.sampled_from(["id", "en"]), WORDS, min_size=1)
RAISED = st.builds(
    Ground,
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,20}", fullmatch=True),
    st.none() | st.integers(1, 2**31 - 1),
    LINES,
    LINES,
    st.none() | LINES,
    LINES,
    st.dictionaries(LINES, LINES, max_size=3),
    LINES,
)
FINDINGS = st.builds(
    Finding,
    st.lists(PLACES, min_size=1, max_size=4, unique_by=lambda each: each.index).map(tuple),
    TEXTS,
    st.none() | RAISED,
)
REPLIES = st.builds(Reply, st.sampled_from(["answer", "resolve", "reject"]), PLACES, TEXTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)

FINDING = Finding((EntryRef(7, "a" * 64),), {"id": "Mengapa?"})


@given(FINDINGS | REPLIES)
def test_what_is_written_is_read_again(note: Finding | Reply) -> None:
    """A case's note comes back from its bytes, and is a note for whoever knows no cases."""
    raw = json.dumps({"salt": "0" * 32, **note_body(note)}).encode()
    assert parse_case_note(parse_body(raw)) == note
    assert parse_remark(parse_body(raw)).about == tuple(note_body(note)["about"])


@given(FINDINGS | REPLIES, st.data())
def test_what_is_changed_is_malformed_or_means_itself(
    note: Finding | Reply, data: st.DataObject
) -> None:
    """Whatever stands in a member, a case that is read is the one that was written there."""
    body = note_body(note)
    where: Any = body["case"]
    name = data.draw(st.sampled_from(sorted(where)))
    if isinstance(where[name], dict) and data.draw(st.booleans()):
        where, name = where[name], data.draw(st.sampled_from([*sorted(where[name]), "more"]))
    where[name] = data.draw(JSON)
    try:
        found = parse_case_note(body)
    except Malformed:
        return
    assert found is not None
    assert note_body(found)["case"] == body["case"]


@given(JSON)
def test_whatever_is_no_case_is_none_or_malformed(value: Any) -> None:
    """A reader of notes meets no other error."""
    assert parse_case_note(value) is None
    if value is not None:
        with pytest.raises(Malformed):
            parse_case_note({"case": value, "about": [], "text": ""})


@pytest.mark.parametrize(
    "change",
    [
        {"about": ["b" * 64]},
        {"text": "Lain."},
        {"case": {"entries": []}},
        {"case": {"entries": [{"index": n, "leaf": "a" * 64} for n in range(MAX_ENTRIES + 1)]}},
        {"case": {"entries": [{"index": 7, "leaf": "a" * 64}] * 2}},
        {"case": {"entries": [{"index": True, "leaf": "a" * 64}]}},
        {"case": {"entries": [{"index": 7, "leaf": "A" * 64}]}},
        {"case": {"text": {"id": "x" * (MAX_TEXT + 1)}}},
        {"case": {"text": {"id": " "}}},
        {"case": {"text": {"id": "\u202eterbalik"}}},
        {"case": {"text": {"fr": "Pourquoi ?"}}},
        {"case": {"act": "close"}},
        {"case": {"flag": {"code": "R018"}}},
        {"case": {"state": "resolved"}},
    ],
)
def test_a_case_says_one_thing_in_one_way(change: dict[str, Any]) -> None:
    """Other entries, words or members than the form has, and it is no case."""
    body = note_body(FINDING)
    case = {**body["case"], **change.get("case", {})}
    with pytest.raises(Malformed):
        parse_case_note({**body, **change, "case": case})
