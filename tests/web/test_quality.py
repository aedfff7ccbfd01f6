"""The page of data quality: its counts are those of the log, with the entries behind them."""

from __future__ import annotations

import json
from collections import Counter
from statistics import median_low

from procurement import listing, queries
from procurement.ocds import RELEASE, parse_date
from procurement.quality import quality


def releases(district):
    """All releases of the district, newest first."""
    read = lambda limit, before: queries.latest(district.index, limit, before, kind=RELEASE)  # noqa: E731
    return list(listing.walk(read, lambda row: row.index))


def test_counts_are_those_of_the_entries(district):
    """Releases, marks and corrections of each publisher add up to those of the log."""
    with district.client() as client:
        found = json.loads(client.get("/data-quality.json").content)
    rows = releases(district)
    assert {each["org"]["id"]: each["releases"] for each in found["publishers"]} == Counter(
        row.org for row in rows
    )
    told = Counter()
    for publisher in found["publishers"]:
        for each in publisher["counts"]:
            told[each["code"]] += each["count"]
    assert told["correction"] == sum(row.replaces is not None for row in rows)
    for code in ("schema", "missing-id", "same-id-other-content"):
        assert told[code] == sum(code in row.marks for row in rows)


def test_a_count_leads_to_an_entry_that_bears_it(hostile):
    """The newest entry named under a count has that mark, and is of that publisher."""
    with hostile.client() as client:
        found = json.loads(client.get("/data-quality.json").content)
    named = [
        (publisher["org"]["id"], each)
        for publisher in found["publishers"]
        for each in publisher["counts"]
        if each["count"]
    ]
    assert named
    for org, each in named:
        row = queries.entry(hostile.index, each["newest"])
        assert row.org == org
        assert each["code"] in row.marks or row.replaces is not None


def test_the_delay_is_the_median(district):
    """Half of a publisher's releases came at least as fast as the delay that is told."""
    rows = releases(district)
    for each in quality(district.index).publishers:
        waited = [
            int((parse_date(row.at) - parse_date(row.date)).total_seconds())
            for row in rows
            if row.org == each.org and parse_date(row.date)
        ]
        assert each.median_delay == median_low(waited)


def test_stretches_cover_every_release_once(district):
    """Going on below `next` counts each release once, whatever the length of a stretch."""
    counted, before = Counter(), None
    while True:
        part = quality(district.index, before, 50)
        counted.update({each.org: each.releases for each in part.publishers})
        if part.next is None:
            break
        before = part.next
    assert counted == Counter(row.org for row in releases(district))
