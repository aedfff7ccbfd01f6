"""Merging object by object gives what ocdsmerge gives, member for member and in its order."""

from __future__ import annotations

import copy
import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocdsmerge import CompiledRelease

from ledger.body import parse_body
from procurement import ocds
from procurement.merging import Contradiction, merge
from procurement.ocds import Published
from procurement.schema import MERGE_RULES
from tests.procurement.sets import SETS, real_lines
from tests.procurement.test_ocds import DATE, some_release


def _views(releases):
    return [ocds._prepare(Published(at, each), []) for at, each in enumerate(releases)]


def _by_ocdsmerge(views):
    merged = CompiledRelease(merge_rules=MERGE_RULES)
    for view in copy.deepcopy(views):
        merged.append(view)
    return merged.asdict()


def _text(record):
    return json.dumps(record, default=str)


@pytest.mark.parametrize("name", SETS)
def test_real_processes_merge_as_with_ocdsmerge(name, shared_data):
    """Every process of the real sets, from its first release to any later one."""
    processes = defaultdict(list)
    for line in real_lines(shared_data / name):
        release = parse_body(line)
        processes[release["ocid"]].append(release)
    for releases in processes.values():
        views = _views(releases)
        for upto in range(1, min(len(views), 12) + 1):
            assert _text(merge(views[:upto])) == _text(_by_ocdsmerge(views[:upto]))


@given(st.lists(some_release, min_size=1, max_size=4))
def test_invented_releases_merge_as_with_ocdsmerge(several):
    """So do releases of any content, unless their forms contradict each other."""
    views = _views([{"ocid": "ocds-1", "date": DATE, **each} for each in several])
    try:
        merged = merge(copy.deepcopy(views))
    except Contradiction:
        return
    assert _text(merged) == _text(_by_ocdsmerge(views))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("text", {"a": 1}),
        ({"a": 1}, "text"),
        ({"a": 1}, [{"id": "1"}]),
        (["x"], [{"id": "1"}]),
        ([{"id": "1"}], [{"id": 1}]),
        ([{"id": "1"}], {"a": 1}),
    ],
)
def test_contradictions_are_left_to_ocdsmerge(before, after):
    """Of two forms in one place neither is taken for the other."""
    with pytest.raises(Contradiction):
        merge(_views([{"x": before}, {"x": after}]))


@pytest.mark.parametrize(
    ("values", "record"),
    [
        ([{"a": 1}, None], {"a": 1}),
        ([None, {"a": 1}], {"a": 1}),
        ([{"a": 1}, {"a": None}], {}),
        ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ([[1], [2, 3]], [2, 3]),
        (
            [[{"id": 1, "a": 1}], [{"id": 2}, {"id": 1, "b": 2}]],
            [{"id": 1, "a": 1, "b": 2}, {"id": 2}],
        ),
        ([{}, []], None),
    ],
)
def test_what_later_releases_say_holds(values, record):
    """Members are added and replaced, null takes a value away, objects with one id are one."""
    merged = merge(_views([{"ocid": "o", "date": DATE, "x": each} for each in values]))
    head = {"tag": ["compiled"], "id": f"o-{DATE}", "date": DATE, "ocid": "o"}
    assert merged == head | ({} if record is None else {"x": record})
