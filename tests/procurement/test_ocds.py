"""What admission reads of a release, and how releases of a process are merged."""

from __future__ import annotations

import copy
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocdsmerge import CompiledRelease, Merger

from ledger.body import parse_body
from ledger.errors import Unacceptable
from procurement import ocds
from procurement.identifying import take_ids_away
from procurement.ocds import (
    KINDS,
    Compiled,
    Mark,
    Published,
    compile_beginnings,
    compile_record,
    parse_date,
    read_release,
)
from procurement.schema import MERGE_RULES
from tests.procurement.sets import SETS, official_schema, real_lines

DATE = "2024-01-02T00:00:00Z"


def _release(**members):
    return {"ocid": "ocds-1", "id": "1", "date": DATE, "tag": ["contract"], **members}


def _compile(*releases, treasury=()):
    published = [Published(at, each, at in treasury) for at, each in enumerate(releases)]
    return compile_record(published)


def _paid(*amounts):
    transactions = [{"value": {"amount": each, "currency": "IDR"}} for each in amounts]
    return [{"id": "c", "implementation": {"transactions": transactions}}]


def _amounts(compiled):
    transactions = compiled.release["contracts"][0]["implementation"]["transactions"]
    return [each["value"]["amount"] for each in transactions]


@pytest.mark.parametrize(
    "body", [[], {}, {"ocid": 5}, *({**_release(), name: None} for name in ("id", "date", "tag"))]
)
def test_a_release_lacking_what_identifies_it_is_refused(body):
    """Without ocid, id, date or tag there is nothing to record it under."""
    with pytest.raises(Unacceptable):
        read_release(body)


def test_the_subject_is_the_ocid_percent_encoded():
    """An ocid with spaces or letters beyond ASCII is named by its UTF-8 in %XX."""
    assert read_release(_release()).subject == "ocds-1"
    assert read_release(_release(ocid="10 %é")).subject == "10%20%25%C3%A9"
    assert KINDS["ocds/release"].roles == {"procurement", "treasury", "importer"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-01T23:30:00-05:00", datetime(2024, 1, 2, 4, 30, tzinfo=UTC)),
        ("2016-06-02T12:00:00.123456+03:00", datetime(2016, 6, 2, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2017-01-03T00:00:00.00Z", datetime(2017, 1, 3, tzinfo=UTC)),
        ("2011-02-26T22:06:51", datetime(2011, 2, 26, 22, 6, 51, tzinfo=UTC)),
        ("2015-11-18", datetime(2015, 11, 18, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_utc(text, moment):
    """Zones, fractions, dates without zone or time: each is a moment in UTC."""
    assert parse_date(text) == moment


@pytest.mark.parametrize(
    "text", ["", None, 5, "2024-02-30", "2024-01-01T25:00:00Z", "0001-01-01T00:00:00+05:00", "now"]
)
def test_what_is_no_date_is_none(text):
    """An unreadable date is none, never an exception."""
    assert parse_date(text) is None


@given(st.text(alphabet="0123456789-+:.TZ ", max_size=30))
def test_no_text_makes_date_parsing_raise(text):
    """Any text is a moment or none."""
    assert parse_date(text) is None or parse_date(text).tzinfo is UTC


def test_merging_follows_the_moment_not_the_text():
    """23:30 at -05:00 is later than 01:00 UTC of the next day, whatever the text says."""
    late = _release(date="2024-01-01T23:30:00-05:00", language="late")
    early = _release(date="2024-01-02T01:00:00Z", language="early")
    compiled = _compile(late, early)
    assert compiled.release["language"] == "late"
    assert compiled.order == (1, 0)
    assert compiled.release["date"] == late["date"]


def test_ties_are_broken_by_place_in_the_log():
    """Of two releases of one moment the later entry holds, however they are handed over."""
    first, second = (Published(at, _release(language=str(at))) for at in (0, 1))
    assert compile_record([second, first]) == compile_record([first, second])
    assert compile_record([second, first]).release["language"] == "1"


def test_an_unreadable_date_keeps_its_place_in_the_log():
    """A release without a readable date comes behind what was dated before it."""
    compiled = _compile(
        _release(date="2024-05-01T00:00:00Z"),
        _release(date="soon", language="undated"),
        _release(date="2024-06-01T00:00:00Z"),
    )
    assert compiled.order == (0, 1, 2)


def test_payments_without_id_are_not_doubled():
    """A payment repeated by the next release is one payment, a new one is added."""
    compiled = _compile(_release(contracts=_paid(100)), _release(contracts=_paid(100, 50)))
    assert _amounts(compiled) == [100, 50]
    assert "id" not in compiled.release["contracts"][0]["implementation"]["transactions"][0]
    assert Mark("missing-id", 1, "contracts.implementation.transactions") in compiled.marks


def test_two_equal_payments_in_one_release_stay_two():
    """A release that names a payment twice means two, and repeating it does not make four."""
    compiled = _compile(_release(contracts=_paid(100, 100)), _release(contracts=_paid(100, 100)))
    assert _amounts(compiled) == [100, 100]


def test_numbers_spelled_otherwise_are_the_same_payment():
    """550000 and 550000.00 are one amount."""
    compiled = _compile(
        _release(contracts=_paid(550000)), _release(contracts=_paid(Decimal("550000.00")))
    )
    assert len(_amounts(compiled)) == 1


def test_a_duplicate_id_is_one_object_and_marked():
    """Objects of one id in one array are one, the later members hold, and a mark says so."""
    awards = [{"id": 1, "status": "pending", "title": "a"}, {"id": "1", "status": "active"}]
    compiled = _compile(_release(awards=awards))
    assert compiled.release["awards"] == [{"id": 1, "status": "active", "title": "a"}]
    assert compiled.marks == (Mark("duplicate-id", 0, "awards"),)


def test_of_a_treasury_only_what_it_implements_is_merged():
    """A treasury's release adds payments and changes no contract."""
    contract = {"id": "c", "value": {"amount": 100}}
    treasury = _release(
        id="2",
        tender={"id": "t"},
        contracts=[{**_paid(70)[0], "value": {"amount": 999}}, {"implementation": {"a": 1}}],
    )
    compiled = _compile(_release(contracts=[contract]), treasury, treasury={1})
    assert compiled.release["contracts"][0]["value"] == {"amount": 100}
    assert _amounts(compiled) == [70]
    assert "tender" not in compiled.release
    assert len(compiled.release["contracts"]) == 1


def test_a_release_of_contradictory_form_is_left_out_and_marked():
    """Where one release has text and another an object, the second is left out by name."""
    compiled = _compile(
        _release(planning={"budget": "much"}),
        _release(planning={"budget": {"id": "b"}}),
        _release(language="id"),
    )
    assert compiled.release["planning"] == {"budget": "much"}
    assert compiled.release["language"] == "id"
    assert compiled.marks == (Mark("not-merged", 1),)


# Contradicts itself on the way only, has an id twice, none, comes late, counts in part.
_GROWING = (
    _release(planning={"budget": "much"}, awards=[{"title": "a"}, {"title": "a"}]),
    _release(planning={"budget": {"id": "b"}}, contracts=_paid(100)),
    _release(planning={"budget": None}, awards=[{"id": 1}, {"id": "1", "title": "b"}]),
    _release(date="2023-01-01T00:00:00Z", language="early"),
    _release(contracts=_paid(100, 50), language="partly"),
)


@given(st.permutations(_GROWING), st.sets(st.integers(1, 5)), st.sets(st.integers(0, 4)))
def test_beginnings_are_what_compiling_them_alone_gives(releases, sizes, treasury):
    """Merged once for all sizes, each record has the members, order and marks of its own."""
    published = [Published(at, each, at in treasury) for at, each in enumerate(releases)]
    ordered = ocds.in_order(published)
    alone = [compile_record(ordered[:size]) for size in sorted(sizes)]
    assert compile_beginnings(published, sizes) == alone


@pytest.mark.parametrize("odd", [None, True, [], {}, "\0forged", Decimal("1.5")])
def test_odd_ids_do_no_harm(odd):
    """An id that is none leaves the object to stand for itself."""
    compiled = _compile(_release(awards=[{"id": odd, "title": "a"}]), _release(awards=[{"id": 2}]))
    assert [each.get("title") for each in compiled.release["awards"]] == ["a", None]


def _groups(folder):
    groups = defaultdict(list)
    for index, line in enumerate(real_lines(folder)):
        release = parse_body(line)
        groups[release["ocid"]].append(Published(index, release))
    return groups.values()


@pytest.mark.parametrize("name", SETS)
def test_single_releases_compile_as_ocdsmerge_does(name, shared_data):
    """The short way for a process of one release gives what ocdsmerge gives."""
    for group in _groups(shared_data / name):
        for each in group:
            assert compile_record([each]) == _by_ocdsmerge(each)


def _by_ocdsmerge(each):
    """A single release compiled the long way, as several would be."""
    marks = []
    merged = CompiledRelease(merge_rules=MERGE_RULES)
    merged.append(ocds._prepare(each, marks))
    record = merged.asdict()
    take_ids_away(record)
    return Compiled(record, (each.index,), tuple(marks))


@pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")
@pytest.mark.parametrize("name", SETS)
def test_our_rules_merge_as_the_official_schema(name, shared_data, shared_vectors):
    """Compiled with our table of rules, real records are what the official schema makes them."""
    ours = Merger(merge_rules=MERGE_RULES)
    official = Merger(schema=official_schema(shared_vectors))
    for group in _groups(shared_data / name):
        releases = [each.release for each in group if all(_have_ids(each.release))]
        if releases:
            assert ours.create_compiled_release(releases) == official.create_compiled_release(
                releases
            )


def _have_ids(value):
    """Whether each array of objects has ids; without, ocdsmerge invents them anew each time."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner):
            yield all("id" in each for each in inner)
        if isinstance(inner, dict | list):
            yield from _have_ids(inner)


# A body with U+0000 is read without it (procurement.taking).
json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "a", "awards", "value", "amount"]), inner)
    ),
    max_leaves=12,
)
some_release = st.dictionaries(
    st.sampled_from(["awards", "contracts", "tender", "planning", "parties", "buyer", "x"]),
    json_value,
)


@given(st.lists(some_release, min_size=1, max_size=3))
def test_no_release_makes_compiling_raise(members):
    """Whatever stands in releases, a record comes out and says what was left out."""
    compiled = _compile(*(_release(**each) for each in members))
    assert compiled.release["ocid"] == "ocds-1"


NAMES = [
    "tender",
    "planning",
    "budget",
    "buyer",
    "value",
    "amount",
    "payee",
    "payer",
    "identifier",
    "implementation",
    "amendment",
    "awards",
    "contracts",
    "suppliers",
    "transactions",
    "amendments",
    "roles",
    "changes",
    "parties",
    "id",
    "date",
    "providerOrganization",
]
scalar = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "1", "1.50", "a"])
ocds_value = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(some_release | st.dictionaries(st.sampled_from(NAMES), ocds_value))
def test_any_single_release_compiles_as_ocdsmerge_does(members):
    """For invented releases too the short way is ocdsmerge's way."""
    each = Published(7, _release(**{"ocid": "ocds-1", **members}))
    before = copy.deepcopy(each.release)
    assert compile_record([each]) == _by_ocdsmerge(each)
    assert each.release == before


def test_a_compiled_release_shares_nothing_that_can_be_changed():
    """The record of a single release can be changed without changing what was published."""
    release = _release(awards=[{"id": "1", "items": [{"id": 1, "tags": ["x"]}]}], extra=[["y"]])
    record = _compile(release).release
    record["awards"][0]["items"][0]["tags"].append("z")
    record["extra"][0].append("z")
    assert release["awards"] == [{"id": "1", "items": [{"id": 1, "tags": ["x"]}]}]
    assert release["extra"] == [["y"]]
