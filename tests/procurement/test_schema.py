"""The schema in our own words against the official one."""

from __future__ import annotations

import copy
import json

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocdsmerge.rules import get_merge_rules

from ledger.body import parse_body
from procurement.schema import (
    MAX_VIOLATIONS,
    MERGE_RULES,
    check_release,
    is_conforming,
    release_schema,
)
from tests.procurement.sets import SETS, official_schema, real_lines

VALID = {
    "ca-buyandsell": 0,
    "co-secop": 9,
    "md-mtender": 0,
    "mx-gacm": 20,
    "ng-bpp": 0,
    "py-dncp": 73,
    "ua-prozorro": 6,
    "uk-contracts-finder": 220,
}
MINIMAL = {
    "ocid": "ocds-213czf-1",
    "id": "1",
    "date": "2024-01-01T00:00:00Z",
    "tag": ["tender"],
    "initiationType": "tender",
}
REPLACEMENTS = [None, "", "text", 0, 1.5, True, [], [{}], ["a", "a"], {}, {"id": ""}, "2024-01-01"]


@pytest.fixture(scope="module")
def official(shared_vectors):
    """A validator of the official release schema."""
    return jsonschema_rs.validator_for(official_schema(shared_vectors))


@pytest.mark.parametrize("name", SETS)
def test_real_releases_get_the_official_verdict(name, official, shared_data):
    """On each real release our verdict is the official one, and as many are valid as known."""
    releases = [parse_body(line) for line in real_lines(shared_data / name)]
    official_verdicts = [
        official.is_valid(json.loads(line)) for line in real_lines(shared_data / name)
    ]
    assert [is_conforming(each) for each in releases] == official_verdicts
    assert [not check_release(each) for each in releases] == official_verdicts
    assert sum(official_verdicts) == VALID[name]


def _places(value, found):
    """Every (container, key) inside a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(entries):
        found.append((value, key))
        if isinstance(inner, dict | list):
            _places(inner, found)
    return found


def _mutate(release, draw):
    container, key = draw(st.sampled_from(_places(release, [])))
    change = draw(st.sampled_from(["delete", "replace", "repeat", "translate"]))
    if change == "delete":
        del container[key]
    elif change == "repeat" and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    elif change == "translate" and isinstance(container, dict):
        language = draw(st.sampled_from(["es", "zh-Hant-TW", "x-a", "toolonglang", "en_GB", ""]))
        container[f"{key}_{language}"] = draw(st.sampled_from(["text", 5, None]))
    else:
        container[key] = copy.deepcopy(draw(st.sampled_from(REPLACEMENTS)))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_mutated_releases_get_the_official_verdict(draw, official, shared_data):
    """Deleted, retyped, emptied or repeated members are judged as the official schema judges."""
    name = draw.draw(st.sampled_from(["py-dncp", "uk-contracts-finder", "ua-prozorro", "mx-gacm"]))
    release = json.loads(draw.draw(st.sampled_from(real_lines(shared_data / name))))
    for _ in range(draw.draw(st.integers(1, 3))):
        _mutate(release, draw.draw)
    ours, theirs = check_release(release), list(official.iter_errors(release))
    assert len(ours) == min(len(theirs), MAX_VIOLATIONS)


def test_each_member_is_judged_as_officially(official):
    """A wrong type in any one member of a minimal release is judged as the official schema does."""
    for member in release_schema()["properties"]:
        for value in REPLACEMENTS:
            release = {**MINIMAL, member: value}
            assert official.is_valid(release) == (not check_release(release)), (member, value)


def test_merge_rules_are_the_official_ones(shared_vectors):
    """Our table of merge rules is the one the official schema yields."""
    assert get_merge_rules(official_schema(shared_vectors)) == MERGE_RULES


def test_violations_name_the_place_and_not_the_value():
    """A violation says where and what, and never repeats what may be private or long."""
    release = {**MINIMAL, "parties": [{"contactPoint": {"telephone": 62811000}}]}
    (found,) = check_release(release)
    assert found.path == "/parties/0/contactPoint/telephone"
    assert "62811000" not in found.message


def test_violations_are_bounded():
    """A release with thousands of faults yields a bounded list."""
    release = {**MINIMAL, "tag": ["nonsense"] * 5000}
    assert len(check_release(release)) == MAX_VIOLATIONS


def test_a_valid_release_has_no_violations():
    """The smallest release OCDS allows is valid."""
    assert check_release(MINIMAL) == []
