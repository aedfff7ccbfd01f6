"""Open tenders: which are listed, by whose time, and in every form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audit.flags.reading import deadline
from tests.web.sites import Deployed, found, served

BUYER, OTHER = "ID-DINAS", "ID-LAIN"
CASES = {
    "open": ("active", "2999-01-31T15:00:00+07:00", BUYER),
    "elsewhere": ("active", "2999-02-01", OTHER),
    "over": ("active", "2020-01-31T15:00:00Z", BUYER),
    "cancelled": ("cancelled", "2999-01-31T15:00:00Z", BUYER),
    "unread": ("active", "soon", BUYER),
    "today": ("active", "today", OTHER),
    "last": ("active", "9999-12-31", OTHER),
    "yesterday": ("active", "yesterday", OTHER),
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A log with one tender of each case."""
    deployed = found(tmp_path_factory.mktemp("market"))
    key = deployed.key(BUYER, "procurement")
    # Not when the module is read: that may be another day.
    now = datetime.now(UTC)
    days = {"today": now.date().isoformat()}
    days["yesterday"] = (now - timedelta(days=1)).date().isoformat()
    for name, (status, closes, buyer) in CASES.items():
        ocid = f"ocds-213czf-{name}"
        body = {
            "ocid": ocid,
            "id": f"{ocid}-1",
            "date": "2026-01-01T00:00:00Z",
            "tag": ["tender"],
            "initiationType": "tender",
            "buyer": {"id": buyer, "name": f"Dinas {buyer}"},
            "tender": {
                "id": ocid,
                "title": f"Jalan {name}",
                "status": status,
                "tenderPeriod": {"endDate": days.get(closes, closes)},
            },
        }
        deployed.publish(key, "ocds/release", ocid, body)
    deployed.follow()
    with served(deployed) as site:
        yield site


def names(market: Deployed, address: str) -> list[str]:
    """The tenders that the twin of a list has."""
    with market.client() as client:
        answer = client.get(address)
    assert answer.status_code == 200
    return [each["ocid"].rpartition("-")[2] for each in answer.json()["tenders"]]


def test_only_active_tenders_whose_deadline_lies_ahead_are_open(market):
    """What is over, cancelled or has no readable deadline is not listed; a buyer narrows it."""
    assert names(market, "/tenders.json?status=open") == ["last", "today", "elsewhere", "open"]
    assert names(market, f"/tenders.json?status=open&buyer={OTHER}") == [
        "last",
        "today",
        "elsewhere",
    ]


def test_a_day_alone_lasts_to_its_midnight(market):
    """The same for this list and for the flag on late bids; even the last day there is."""
    with market.client() as client:
        closes = {
            each["ocid"]: each["closes"] for each in client.get("/tenders.json").json()["tenders"]
        }
    assert closes["ocds-213czf-elsewhere"] == "2999-02-02T00:00:00Z"
    assert closes["ocds-213czf-last"] == "9999-12-31T00:00:00Z"
    assert deadline("2999-02-01", "the end").isoformat() == "2999-02-02T00:00:00+00:00"
    assert deadline("2999-02-01T15:00:00Z", "the end").hour == 15


def test_the_deadline_counts_from_the_newest_entry(market):
    """The twin says from which time, that of the log; the days left are whole."""
    with market.client() as client:
        found = client.get("/tenders.json").json()
    assert found["at"] == market.log.record(market.log.size - 1).entry.at
    assert found["tenders"][3]["closes"] == "2999-01-31T08:00:00Z"
    assert found["tenders"][3]["days"] > 300_000


def test_a_reader_is_told_in_words(market):
    """Both languages say how long is left, and that the log's time counts."""
    for language, said in (("id", ("hari lagi", "bukan dari jam Anda")), ("en", ("days", "clock"))):
        with market.client(language) as client:
            text = client.get("/tenders?status=open").text
        assert all(each in text for each in said)


def test_table_and_feed_have_the_same_tenders(market):
    """CSV and Atom list what the page lists."""
    with market.client() as client:
        table = client.get(f"/tenders.csv?status=open&buyer={BUYER}").text
        feed = client.get("/tenders.atom?status=open").text
    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert (row["title"], row["closes"]) == ("Jalan open", "2999-01-31T08:00:00Z")
    assert feed.count("<entry>") == 4


def test_another_status_is_refused(market):
    """Only open ones can be asked for."""
    with market.client() as client:
        assert client.get("/tenders?status=closed").status_code == 422
