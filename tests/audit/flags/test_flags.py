"""What holds of all flags: pages, settings, any input, and the command that raises them."""

from __future__ import annotations

import json
import random
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.flags.flag import Flag, Process, decimal
from audit.flags.listed import FLAGS, flags_from
from audit.flags.quartiles import fences, quantile
from audit.flags.running import raise_flags
from audit.flags.statuses import words_of
from ledger.errors import Malformed

PAGES = Path(__file__).parents[3] / "docs" / "flags"
KEYS = [
    "tender",
    "bids",
    "details",
    "awards",
    "suppliers",
    "tenderers",
    "buyer",
    "procuringEntity",
    "id",
    "identifier",
    "scheme",
    "status",
    "value",
    "amount",
    "currency",
    "date",
    "tenderPeriod",
    "startDate",
    "endDate",
    "procurementMethod",
    "numberOfTenderers",
    "items",
    "classification",
    "awardCriteria",
    "contracts",
    "planning",
    "budget",
]
WORDS = ["open", "active", "valid", "disqualified", "pending", "IDR", "USD", "2026-01-31", "a", ""]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.code)
def test_every_flag_has_its_page(flag: type[Flag]) -> None:
    """The page names code, version, method, reason, limits and every setting."""
    page = (PAGES / f"{flag.code}.md").read_text()
    assert page.startswith(f"# {flag.code}: ")
    assert f"\nVersion {flag.version}. Source: " in page
    for heading in ("Method", "Why it is a flag", "Limits", "Settings"):
        assert f"\n## {heading}\n" in page
    settings = page.split("## Settings")[1]
    for each in fields(flag):  # type: ignore[arg-type]
        assert f"- `{each.name}`: " in settings


def test_no_page_without_a_flag() -> None:
    """No page is left of a flag that is gone, and no code is used twice."""
    codes = [flag.code for flag in FLAGS]
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize(
    "settings",
    [
        {"R999": {}},
        {"R003": {"treshold": 10}},
        {"R003": {"threshold": "10"}},
        {"R003": {"threshold": True}},
        {"R003": 10},
        {"R018": {"methods": "open"}},
    ],
)
def test_settings_that_mean_nothing(settings: dict[str, Any]) -> None:
    """A misspelt flag or setting, or one of another type, is refused and not passed over."""
    with pytest.raises(Malformed):
        flags_from(settings)


def test_a_threshold_is_heard() -> None:
    """Another threshold gives another outcome."""
    period = {"startDate": "2026-03-01T08:00:00Z", "endDate": "2026-03-11T08:00:00Z"}
    process = Process("x", {"ocid": "x", "tender": {"tenderPeriod": period}})

    def outcome(settings: dict[str, Any]) -> str:
        flag = next(each for each in flags_from(settings) if each.code == "R003")
        return next(iter(raise_flags([flag], [process]))).outcome

    assert outcome({}) == "flagged"
    assert outcome({"R003": {"threshold": 10}}) == "clear"


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=7))
def test_any_record_gives_results(records: list[dict[str, Any]]) -> None:
    """Whatever a publisher writes, every flag answers, the same in any order of processes."""
    processes = [Process(f"p{at}", record) for at, record in enumerate(records)]
    first = {json.dumps(each.to_json()) for each in raise_flags(flags_from({}), processes)}
    shuffled = random.Random(7).sample(processes, len(processes))
    assert {json.dumps(r.to_json()) for r in raise_flags(flags_from({}), shuffled)} == first


@given(st.lists(st.fractions(), min_size=1), st.fractions(min_value=0, max_value=1))
def test_a_quantile_lies_among_the_values(values: list[Fraction], share: Fraction) -> None:
    """A quantile lies between the least and the greatest value, and the fences around it."""
    assert min(values) <= quantile(values, share) <= max(values)
    found = fences(values)
    assert found.lower <= found.first <= found.third <= found.upper


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/3", "0.333333"), ("-1/2", "-0.5"), ("0", "0"), ("100", "100"), ("-1/9000000", "0")],
)
def test_decimals(value: str, text: str) -> None:
    """Fractions are written with six places at most, and no zero with a sign."""
    assert decimal(Fraction(value)) == text


def test_words_of_publishers() -> None:
    """A publisher's words are read as its mapping says, another's as they stand."""
    assert words_of("ocds-be6bcu-UA-1").bid("active") == "valid"
    assert words_of("ocds-213czf-1").bid("active") == "active"
