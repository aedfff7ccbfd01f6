"""Budget CSV through a mapping: sums, differences, refusals."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from procurement import mapping as mapping_
from procurement.budget_csv import parse_number, read_events
from procurement.mapping import parse_mapping
from procurement.reading import RefusedItem

MAPPINGS = Path(mapping_.__file__).parent / "mappings"
BASE = {
    "profile": "jejak/budget-mapping/1",
    "name": "x",
    "organisation": "ID-X",
    "fiscalYear": "2024",
    "currency": "IDR",
    "measures": [{"source": "before", "phase": "approved"}],
    "line": {"code": "{code}", "title": "{title}", "classifications": {"economic": "{code}"}},
    "legalBasis": "APBD",
    "reason": "Perubahan",
    "resources": [{"name": "r", "path": "x.csv"}],
}
BOTH = {
    "measures": [
        {"source": "before", "phase": "approved"},
        {"source": "after", "phase": "adjusted"},
    ]
}


def _mapping(**members):
    return parse_mapping(json.dumps({**BASE, **members}).encode())


def _events(text, approved=None, resource=0, **members):
    found = _mapping(**members).resources[resource]
    events = read_events("x.csv", io.StringIO(text), found, {} if approved is None else approved)
    return list(events)


def _amounts(events):
    """Kind, line code and amount of events."""
    told = []
    for each in events:
        money = each.body.get("amount") or each.body["change"]
        told.append((each.kind[7:], each.body["line"]["id"].split("/", 2)[2], money["amount"]))
    return told


@pytest.mark.parametrize(
    ("text", "decimal", "group", "number"),
    [
        ("7253687000.00", ".", ",", "7253687000.00"),
        ("759,243,300,538.61 ", ".", ",", "759243300538.61"),
        ("603.942.827.388,61", ",", ".", "603942827388.61"),
        ("(115,888,860,874.61)", ".", ",", "-115888860874.61"),
        ("-5", ".", "", "-5"),
        ("1 234", ".", " ", "1234"),
    ],
)
def test_amounts_are_read_in_the_styles_budgets_have(text, decimal, group, number):
    """Points and commas either way, brackets for less than nothing."""
    assert parse_number(text, decimal, group) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", "2.61024E+11", "1,23", "7.381.011.000.00", "--5", "(-5)", "٣", "5 Ok", "NaN", "1_0"],
)
def test_what_could_mean_two_numbers_is_refused(text):
    """Broken groups, exponents and words are no amounts."""
    with pytest.raises(Malformed):
        parse_number(text, ".", ",")


@given(st.text(max_size=20), st.sampled_from([(".", ","), (",", "."), (".", "")]))
def test_number_parsing_raises_nothing_else(text, style):
    """Any text is a number or malformed."""
    with suppress(Malformed):
        assert parse_number(text, *style).is_finite()


def test_rows_of_one_line_are_added_up_and_counted():
    """A code that repeats is one line with the sum, and says of how many rows."""
    events = _events("code,title,before\nA,Roads,5\nB,Schools,1\nA,Roads again,2.50\n")
    assert _amounts(events) == [("appropriation", "A", "7.50"), ("appropriation", "B", "1.00")]
    assert [each.body["rows"] for each in events] == [2, 1]
    assert events[0].body["line"] == {
        "id": "ID-X/2024/A",
        "fiscalYear": "2024",
        "title": "Roads",
        "org": "ID-X",
        "classifications": {"economic": "A"},
    }


def test_before_and_after_in_one_row():
    """The first amount appropriates, the difference revises; no difference, no revision."""
    events = _events("code,title,before,after\nA,a,5,3\nB,b,5,5\nC,c,0,9\n", **BOTH)
    assert _amounts(events) == [
        ("appropriation", "A", "5.00"),
        ("revision", "A", "-2.00"),
        ("appropriation", "B", "5.00"),
        ("appropriation", "C", "0.00"),
        ("revision", "C", "9.00"),
    ]
    assert events[1].body["id"] == "ID-X/2024/A/r"


def test_adjusted_budget_in_a_file_of_its_own():
    """Compared with the approved one: changed, new and dropped lines."""
    resources = [
        {"name": "adopted", "path": "a.csv"},
        {
            "name": "adjusted",
            "path": "b.csv",
            "measures": [{"source": "before", "phase": "adjusted"}],
        },
    ]
    held = {}
    _events("code,title,before\nA,a,5\nB,b,5\nC,c,5\n", held, resources=resources)
    text = "code,title,before\nA,a,8\nB,b,5\nD,d,2\n"
    events = _events(text, held, resource=1, resources=resources)
    assert _amounts(events) == [
        ("revision", "A", "3.00"),
        ("appropriation", "D", "2.00"),
        ("revision", "C", "-5.00"),
    ]


def test_headers_totals_and_empty_rows_are_passed_over():
    """Lines above the header, rows of totals, short and empty rows are no budget lines."""
    text = "Judul,APBD\n\ncode,title,before,note\n5,BELANJA,9,\n5.1,Gaji,9\n,,,\n"
    events = _events(text, rows=[{"source": "code", "pattern": r"5\.\d"}])
    assert _amounts(events) == [("appropriation", "5.1", "9.00")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,a,1,x", "shifted"),
        ("A,a,", "not an amount"),
        ("A,a,1.005", "minor units"),
        ("A,a,-1", "less than nothing"),
        (",a,1", "lacks what its code"),
        ("B-B,a,1\nB B,a,1", "that of another line"),
    ],
)
def test_bad_rows_are_refused_by_line(row, reason):
    """What cannot be read is named by file, line and reason; the other rows go in."""
    events = _events(f"code,title,before\n{row}\nZ,z,4\n")
    (refused,) = [each for each in events if isinstance(each, RefusedItem)]
    assert reason in refused.reason
    assert refused.position in ("line 2", "line 3")
    assert _amounts([e for e in events if not isinstance(e, RefusedItem)])[-1][1] == "Z"


def test_a_misprinted_row_is_refused_by_its_difference():
    """Where the stated difference is not the difference, the row is not trusted."""
    text = "code,title,before,after,diff\nA,a,5,3,-2\nB,b,5,30,-2\n"
    events = _events(text, **BOTH, difference="diff")
    assert [type(each) is RefusedItem for each in events] == [True, False, False]


def test_no_header_is_said():
    """A file without the columns named is refused, not read as empty."""
    (refused,) = _events("a,b\n1,2\n")
    assert refused.reason == "no header with before"


def test_undecodable_text_is_refused_where_it_stands():
    """Bytes that are not of the encoding end the file with a reason."""
    text = io.TextIOWrapper(io.BytesIO(b"code,title,before\nA,a,1\nB,\xff,2\n"), "utf-8")
    events = list(read_events("x.csv", text, _mapping().resources[0], {}))
    assert "could not be read on" in events[0].reason


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("utf-16", b"code,title,before\nA,a,1\n"),
        ("punycode", b"code,title,before\nA,a,\\N{x}\n"),
        ("utf-7", b"code,title,before\nA,+2AA-,1\n"),
    ],
)
def test_text_of_odd_encodings_is_refused_and_never_half_read(encoding, raw):
    """UTF-16 without its mark, and encodings that make what no UTF-8 can say, end with a reason."""
    resource = _mapping(encoding=encoding).resources[0]
    events = list(read_events("x.csv", io.TextIOWrapper(io.BytesIO(raw), encoding), resource, {}))
    assert "could not be read on" in events[0].reason
    assert all(isinstance(each, RefusedItem) for each in events)


@pytest.mark.parametrize(
    "members",
    [
        {"profile": "other"},
        {"colour": "red"},
        {"resources": []},
        {"resources": [{"name": "r", "path": "x"}, {"name": "s", "path": "x"}]},
        {"organisation": "a/b"},
        {"currency": "rupiah"},
        {"fiscalYear": ""},
        {"encoding": "utf-99"},
        {"encoding": "undefined"},
        {"measures": []},
        {"measures": [{"source": "a", "phase": "executed"}]},
        {"measures": [{"source": "a", "phase": "approved", "decimalChar": ","}] * 2},
        {"rows": [{"source": "a", "pattern": "("}]},
        {"dialect": {"delimiter": ";;"}},
        {"difference": "x"},
    ],
)
def test_a_mapping_out_of_form_is_malformed(members):
    """A mapping says what is wrong with it instead of meaning something else."""
    with pytest.raises(Malformed):
        _mapping(**members)


@given(st.binary(max_size=100) | st.just(json.dumps(BASE).encode()[:-3]))
def test_mapping_parsing_raises_nothing_else(raw):
    """Any bytes are a mapping or malformed."""
    with pytest.raises(Malformed):
        parse_mapping(raw)


def test_the_mappings_that_come_along_are_in_form():
    """Both real mappings parse."""
    for path in MAPPINGS.glob("*.json"):
        assert parse_mapping(path.read_bytes()).resources


def test_oakland_sums_are_those_of_the_file(shared_data):
    """Appropriations and revisions of a year add up to what its two files hold by line."""
    resources = parse_mapping((MAPPINGS / "us-oakland.json").read_bytes()).resources[:2]
    held, sums = {}, defaultdict(Decimal)
    for resource in resources:
        with gzip.open(shared_data / "budget-us-oakland" / f"{resource.path}.gz", "rt") as text:
            for event in read_events(resource.path, text, resource, held):
                if not isinstance(event, RefusedItem):
                    money = event.body.get("amount") or event.body["change"]
                    sums[event.body["line"]["id"]] += Decimal(money["amount"])
    wanted = defaultdict(Decimal)
    with gzip.open(shared_data / "budget-us-oakland" / "FY14-15__adjusted.csv.gz", "rt") as text:
        for row in csv.DictReader(text):
            if row["account_type"] == "Expense":
                wanted[row["department"], row["fund_code"]] += Decimal(row["amount"])
    assert sorted(filter(None, sums.values())) == sorted(
        each for each in wanted.values() if each > 0
    )
