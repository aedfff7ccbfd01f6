"""Packages: releases are spliced in as they are, and the pages of the log miss and repeat none."""

from __future__ import annotations

import json

import pytest

from ledger.errors import Malformed
from procurement.harvest import index_at, process_releases, record_rows, release_page
from procurement.packages import RecordParts, format_record, format_release_package
from procurement.publisher import Publisher, parse_publisher, read_publisher
from tests.procurement.town import found_town

AT = "2026-11-24T00:00:00Z"


def test_releases_keep_their_bytes():
    """White space, exponents and the order of members stay; the package is JSON around them."""
    raw = [b'{ "ocid":"a",\n "n": 1.50E1 }', b'{"ocid":"b","z":1,"a":2}']
    package = format_release_package("https://x.example/1", AT, Publisher("P"), raw, {"links": {}})
    assert all(each in package for each in raw)
    assert json.loads(package)["releases"] == [json.loads(each) for each in raw]
    assert json.loads(package)["publisher"] == {"name": "P"}


def test_a_record_holds_its_releases_and_what_they_make():
    """A record is JSON with the releases as they are."""
    record = format_record(RecordParts("a", [b'{"n":1.0}'], b'{"c":2}', {"entries": []}))
    assert json.loads(record) == {
        "ocid": "a",
        "entries": [],
        "compiledRelease": {"c": 2},
        "releases": [{"n": 1.0}],
    }


def release(ocid, number, tag="tender", **more):
    """A small release."""
    return {"ocid": ocid, "id": number, "date": AT, "tag": [tag], **more}


@pytest.fixture
def town(tmp_path):
    """Seven releases of three processes, with other entries among them."""
    town = found_town(tmp_path)
    for number in range(7):
        ocid, tag = f"o-{number % 3}", ("tender", "awardUpdate")[number % 2]
        town.publish("procurement", "ocds/release", ocid, release(ocid, f"r{number}", tag))
        town.appropriate(f"ID-TOWN/2026/{number}", "1.00")
    town.follow(100)
    yield town
    town.log.close()
    town.index.close()


def pages(town, limit, **more):
    """All pages, following the cursor."""
    after, found = -1, []
    while True:
        page = release_page(town.log, town.index, after, limit=limit, **more)
        found.append([each.row.release_id for each in page.listed])
        assert page.last > after or not page.more
        if not page.more:
            return found
        after = page.last


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_cursor_misses_and_repeats_nothing(town, limit):
    """Every release comes once, in the order of the log, whatever the size of pages."""
    found = pages(town, limit)
    assert [each for page in found for each in page] == [f"r{n}" for n in range(7)]
    assert all(page for page in found)


def test_stages_are_those_of_the_tags(town):
    """A release tagged awardUpdate belongs to the award."""
    (award,) = pages(town, 100, stages=["award"])
    assert award == ["r1", "r3", "r5"]
    (none,) = pages(town, 100, stages=["implementation"])
    assert none == []


def test_two_releases_equal_as_json_stand_in_two_packages(town):
    """A package asks for unique releases; the same one published by another office comes next."""
    first = json.dumps(release("o-0", "r0")).encode()
    again = json.dumps(release("o-0", "r0"), indent=1).encode()
    start = town.log.size
    town.publish("stranger", "ocds/release", "o-0", first)
    town.publish("stranger", "ocds/release", "o-0", again)
    town.follow(100)
    page = release_page(town.log, town.index, start - 1)
    assert (len(page.listed), page.more) == (1, True)
    assert page.listed[0].body == first
    (rest,) = release_page(town.log, town.index, page.last).listed
    assert rest.body == again


def test_a_record_names_what_is_not_merged(town):
    """A release about another's process is apart, and the record's releases are in order."""
    town.publish("stranger", "ocds/release", "o-0", release("o-0", "foreign"))
    town.follow(100)
    found = process_releases(town.log, town.index, "o-0")
    assert [each.row.release_id for each in found.merged] == ["r0", "r3", "r6"]
    assert [each.release_id for each in found.others] == ["foreign"]
    assert found.complete


def test_records_come_in_the_order_of_their_last_release(town):
    """The cursor of records is the index of the newest release; a new one brings it again."""
    rows = record_rows(town.index, -1, 10)
    assert [each.ocid for each in rows] == ["o-1", "o-2", "o-0"]
    last = rows[-1].last_index
    assert record_rows(town.index, last, 10) == []
    town.publish("procurement", "ocds/release", "o-1", release("o-1", "new"))
    town.follow(100)
    assert [each.ocid for each in record_rows(town.index, last, 10)] == ["o-1"]


def test_a_moment_leads_to_its_index(town):
    """The first entry recorded at a moment or later; past the end there is none."""
    records = list(town.log.records())
    for record in records:
        first = min(each.index for each in records if each.entry.at >= record.entry.at)
        assert index_at(town.index, record.entry.at) == first
    assert index_at(town.index, "1970-01-01T00:00:00Z") == 0
    assert index_at(town.index, "9999-01-01T00:00:00Z") == len(records)


def test_without_a_file_the_log_is_the_publisher(tmp_path):
    """Nobody but the publisher grants a licence: none is made up."""
    found = read_publisher(tmp_path, "log.example")
    assert found.members() == {"publisher": {"name": "log.example"}}
    assert found.security is None


def test_what_the_file_says_goes_into_packages(tmp_path):
    """Publisher, licence, policy and extensions."""
    said = {
        "publisher": {"name": "Kabupaten", "scheme": "ID-NPWP", "uid": "1", "uri": "https://k.id/"},
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publicationPolicy": "https://k.id/policy",
        "extensions": ["https://e.example/extension.json"],
    }
    security = {"contact": ["mailto:a@k.id"], "expires": AT}
    (tmp_path / "publisher.json").write_text(json.dumps({**said, "security": security}))
    found = read_publisher(tmp_path, "log.example")
    assert found.members() == said
    assert found.security.contact == ("mailto:a@k.id",)


@pytest.mark.parametrize(
    "said",
    [
        b"[]",
        b"{",
        b"\xff",
        b'{"licence":"https://x.example"}',
        b'{"license":"CC0"}',
        b'{"license":"https://x.example/\\u000aSet-Cookie: a"}',
        b'{"publisher":{"name":""}}',
        b'{"extensions":"https://x.example"}',
        b'{"security":{"contact":["mailto:a@b.example"]}}',
        b'{"security":{"contact":[],"expires":"2026-11-24T00:00:00Z"}}',
        b'{"security":{"contact":["mailto:a@b.example"],"expires":"tomorrow"}}',
    ],
)
def test_a_file_out_of_form_is_refused(said):
    """An unknown member or a value that is no URI is told, not passed over."""
    with pytest.raises(Malformed):
        parse_publisher(said, "log.example")
