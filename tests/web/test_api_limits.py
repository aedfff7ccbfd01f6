"""The limits of the API: what is refused before it is read, and whom a limit is for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.errors import Unavailable
from ledger.publication import MAX_PUBLICATION, format_publication
from tests.web.publishers import JSON, ORG, Publisher, number, send
from tests.web.sites import Deployed, found, served
from tests.web.wire import PATIENCE, raw
from web.api.limits import Bounds, Limits, Rates, Room, network_of
from web.api.refusals import TooMany


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def taken(rates: Rates, name: str, tries: int) -> int:
    """How many of so many tries a bucket lets through."""
    passed = 0
    for _ in range(tries):
        try:
            rates.take(name)
        except TooMany:
            continue
        passed += 1
    return passed


def test_a_bucket_holds_a_minute_and_fills_as_it_goes():
    """Ten a minute: ten at once, then one every six seconds, never more than ten together."""
    clock = Clock()
    rates = Rates(10, clock)
    assert taken(rates, "a", 30) == 10
    clock.now += 6
    assert taken(rates, "a", 5) == 1
    clock.now += 3600
    assert taken(rates, "a", 30) == 10
    assert taken(rates, "b", 30) == 10


def test_a_refusal_says_when_to_come_again():
    """After the seconds named, one request passes; a second before, none did."""
    clock = Clock()
    rates = Rates(2, clock)
    assert taken(rates, "a", 5) == 2
    with pytest.raises(TooMany) as refusal:
        rates.take("a")
    assert refusal.value.retry_after == 30
    clock.now += refusal.value.retry_after - 1
    assert taken(rates, "a", 1) == 0
    clock.now += 1
    assert taken(rates, "a", 1) == 1


def test_what_is_spent_after_the_fact_counts():
    """Spending beyond an empty bucket lengthens the wait; looking takes nothing."""
    clock = Clock()
    rates = Rates(1, clock)
    rates.look("a")
    rates.spend("a")
    rates.spend("a")
    with pytest.raises(TooMany) as refusal:
        rates.look("a")
    assert refusal.value.retry_after > 60


def test_buckets_do_not_grow_without_end(monkeypatch):
    """A flood of names pushes out the one longest unused, and takes no more memory."""
    monkeypatch.setattr("web.api.limits.KNOWN", 3)
    rates = Rates(1, Clock())
    for name in "abcd":
        rates.take(name)
    assert taken(rates, "a", 1) == 1
    assert taken(rates, "d", 1) == 0


def test_room_is_given_back():
    """Room is refused when it is used up, by requests or by bytes, and is there again after."""
    room = Room(Bounds(requests=2, octets=10, threads=1, share=1))
    with room.hold(4, "a"), room.hold(4, "b"), pytest.raises(Unavailable), room.hold(1, "c"):
        pass
    with room.hold(8, "a"), pytest.raises(Unavailable), room.hold(3, "b"):
        pass
    with pytest.raises(ZeroDivisionError), room.hold(10, "a"):
        raise ZeroDivisionError
    with room.hold(10, "a"):
        pass


def test_one_address_does_not_take_all_the_room():
    """Half of it at most, by requests and by bytes: the other half is for everybody else."""
    room = Room(Bounds(requests=4, octets=100, threads=1))
    with room.hold(1, "a"), room.hold(1, "a"):
        with pytest.raises(Unavailable), room.hold(1, "a"):
            pass
        with room.hold(1, "b"):
            pass
    with room.hold(50, "a"):
        with pytest.raises(Unavailable), room.hold(1, "a"):
            pass
        with room.hold(50, "b"):
            pass
    with room.hold(50, "a"):
        pass


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_whom_a_rate_is_for(address, expected):
    """A client has all addresses of its IPv6 network: they share one bucket."""
    assert network_of(address) == expected


@contextmanager
def limited(folder, limits: Limits) -> Iterator[tuple[Deployed, Publisher]]:
    """A site with these limits, and a treasury."""
    deployed = found(folder)
    key = deployed.key(ORG, "treasury")
    with served(deployed, limits) as site:
        yield site, Publisher(site, key)


def test_too_many_from_one_address(tmp_path):
    """429 with Retry-After, before anything of the request is looked at."""
    with limited(tmp_path, Limits(address_per_minute=3)) as (site, treasury), site.client() as c:
        assert [send(c, treasury.payment(number())).status_code for _ in range(3)] == [201] * 3
        size = site.log.size
        answers = [
            send(c, treasury.payment(number())),
            c.post("/api/v1/check", content=b"", headers=JSON),
            c.post("/api/v1/entries", content=b"x"),
        ]
        assert [answer.status_code for answer in answers] == [429] * 3
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers)
        assert answers[0].json()["code"] == "too-many-requests"
        assert site.log.size == size
        assert c.get("/").status_code == 200


def test_too_many_of_one_key(tmp_path):
    """A key that records too much is refused by itself: others go on, and so does a repeat."""
    with limited(tmp_path, Limits(key_per_minute=2)) as (site, treasury), site.client() as client:
        other = Publisher(site, site.key(ORG, "treasury"))
        first = treasury.payment(number())
        assert [send(client, first).status_code for _ in range(4)] == [201, 200, 200, 200]
        assert send(client, treasury.payment(number())).status_code == 201
        assert send(client, treasury.payment(number())).status_code == 429
        assert send(client, other.payment(number())).status_code == 201


def test_nobody_else_empties_a_keys_bucket(tmp_path):
    """Replays of what is public, and bad signatures in its name, cost a key nothing."""
    with limited(tmp_path, Limits(key_per_minute=2)) as (site, treasury), site.client() as client:
        public = treasury.payment(number())
        forged = [treasury.payment(number()) for _ in range(6)]
        send(client, public)
        for each in forged:
            send(client, public)
            moved = type(each)(each.statement, public.signatures, each.body)
            assert send(client, moved).json()["code"] == "bad-signature"
        assert send(client, treasury.payment(number())).status_code == 201


HEAD = "POST /api/v1/entries HTTP/1.1\nHost: x\nContent-Type: application/json\n"


def test_a_length_that_no_publication_has(tmp_path):
    """413 to the head alone, before a byte of the body has been sent."""
    with limited(tmp_path, Limits()) as (site, _):
        for length in (str(MAX_PUBLICATION + 1), "9" * 18, "9" * 19):
            answer = raw(site, f"{HEAD}Content-Length: {length}")
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too-large"


def test_a_body_of_a_length_that_is_not_said(tmp_path):
    """411 to the head alone, in chunks or with neither: a chunk can be one byte long."""
    with limited(tmp_path, Limits()) as (site, treasury), site.client() as client:
        for more in ("Transfer-Encoding: chunked", "X-Nothing: 1"):
            answer = raw(site, f"{HEAD}{more}")
            assert answer.startswith(b"HTTP/1.1 411 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "length-required"
        parts = iter([format_publication(treasury.payment(number()))])
        size = site.log.size
        assert client.post("/api/v1/entries", content=parts, headers=JSON).status_code == 411
        assert site.log.size == size


def test_a_body_that_drips(tmp_path):
    """A request that does not come in time is given up: 408, and its room is free again."""
    one = Bounds(requests=1, octets=MAX_PUBLICATION, threads=1)
    limits = Limits(seconds=0.5, publishing=one)
    with limited(tmp_path, limits) as (site, treasury), site.client() as client:
        answer = raw(site, f"{HEAD}Content-Length: 1000", b"{")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert send(client, treasury.payment(number())).status_code == 201


def test_the_largest_body_is_taken(tmp_path):
    """A body of 8 MiB is published, byte for byte; one byte more is not."""
    with limited(tmp_path, Limits()) as (site, treasury), site.client() as client:
        name = number()
        small = treasury.payment(name)
        body = small.body + b" " * (8 * 1024 * 1024 - len(small.body))
        answer = send(client, treasury.signed(body, "budget/payment", name))
        assert answer.status_code == 201
        assert site.log.record(answer.json()["index"]).body == body
        answer = send(client, treasury.signed(body + b" ", "budget/payment", name))
        assert answer.status_code in (413, 422)


def test_no_room_is_503_at_once_and_pages_go_on(tmp_path, monkeypatch):
    """Requests beyond the bound are told to come again; readers notice nothing."""
    two = Bounds(requests=2, octets=8 * MAX_PUBLICATION, threads=2, share=1)
    limits = Limits(publishing=two)
    inside, goes_on = threading.Semaphore(0), threading.Event()
    with limited(tmp_path, limits) as (site, treasury):
        append = site.log.append_one

        def slow(submission):
            inside.release()
            assert goes_on.wait(PATIENCE)
            return append(submission)

        monkeypatch.setattr(site.log, "append_one", slow)
        held = [_Sending(site, treasury.payment(number())) for _ in range(2)]
        assert all(inside.acquire(timeout=PATIENCE) for _ in held)
        with site.client() as client:
            answer = send(client, treasury.payment(number()))
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert client.get("/").status_code == 200
            assert send(client, treasury.payment(number()), "check").status_code == 200
        goes_on.set()
        assert [each.status() for each in held] == [201, 201]


class _Sending:
    """A publication on its way, in a thread of its own."""

    def __init__(self, site: Deployed, submission) -> None:
        self._site, self._submission, self._status = site, submission, 0
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        with self._site.client() as client:
            self._status = send(client, self._submission).status_code

    def status(self) -> int:
        """The status of the answer, once it has come."""
        self._thread.join(PATIENCE)
        return self._status
