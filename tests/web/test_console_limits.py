"""What anybody may send to the console, and to any page: how much, how fast, how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from tests.web.conftest import found_office
from tests.web.impostors import Impostor
from tests.web.sites import Deployed, served
from tests.web.wire import answered, connection, head_bytes, raw
from web.api.limits import MAX_ENTRANCE, MAX_FORM, Bounds, Limits
from web.commands import check_proxy, server_options

SIGN_IN = "POST /console/sign-in HTTP/1.1\nHost: x\n"
TEXT = "Content-Type: application/x-www-form-urlencoded\n"


@contextmanager
def limited(folder: Path, limits: Limits, proxies: tuple[str, ...] = ()) -> Iterator[Deployed]:
    """A site with these limits."""
    with served(found_office(folder / "office"), limits, proxies) as site:
        yield site


@pytest.fixture
def officer(office: Any) -> Iterator[Impostor]:
    """An officer who has signed in."""
    made = Impostor(office)
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


def test_large_forms_are_refused(officer):
    """Of a form of more than a megabyte nothing is read."""
    sent = {"csrf": officer.csrf(), "form": "x" * MAX_FORM}
    assert officer.web.post("/console/drafts", data=sent).status_code == 413
    assert officer.send("/console/drafts", form="x" * (MAX_FORM - 2000)).status_code == 404


def test_a_stranger_sends_small_forms(office):
    """413 to the head alone; and of a form for officers nothing is read before they are known."""
    for length in (MAX_ENTRANCE + 1, 10**18):
        answer = raw(office, f"{SIGN_IN}{TEXT}Content-Length: {length}", until=b"</html>")
        assert answer.startswith(b"HTTP/1.1 413 ")
    head = f"POST /console/drafts HTTP/1.1\nHost: x\n{TEXT}Content-Length: {MAX_FORM}"
    answer = raw(office, head, until=b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 303 ")
    assert b"/console/sign-in" in answer


def test_a_form_that_drips(tmp_path):
    """A form that does not come in time is given up: 408, and its room is free again."""
    one = Bounds(requests=1, octets=MAX_ENTRANCE, threads=1)
    with limited(tmp_path, Limits(seconds=0.5, entrance=one)) as site:
        answer = raw(site, f"{SIGN_IN}{TEXT}Content-Length: 1000", b"c", until=b"</html>")
        assert answer.startswith(b"HTTP/1.1 408 ")
        officer = Impostor(site)
        assert officer.sign_in().status_code == 303
        officer.web.close()


def test_no_room_for_strangers_leaves_room_for_officers(tmp_path):
    """While strangers take all the room of the entrance, whoever is signed in goes on."""
    one = Bounds(requests=1, octets=MAX_ENTRANCE, threads=1)
    with limited(tmp_path, Limits(entrance=one)) as site:
        officer = Impostor(site)
        assert officer.sign_in().status_code == 303
        with connection(site) as held:
            held.sendall(head_bytes(f"{SIGN_IN}{TEXT}Content-Length: 1000\nExpect: 100-continue"))
            assert answered(held, b"100 ").startswith(b"HTTP/1.1 100 ")
            refused = officer.web.post("/console/sign-in", data={})
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
            assert officer.send("/console/drafts", form="tender").status_code == 303
        officer.web.close()


def test_too_many_forms_from_one_address(tmp_path):
    """429 with Retry-After; pages are read, and the API has a count of its own."""
    with limited(tmp_path, Limits(address_per_minute=3)) as site, site.client() as client:
        answers = [client.post("/console/sign-in", data={}) for _ in range(5)]
        assert [each.status_code for each in answers] == [403, 403, 403, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert client.post("/console/passkey", data={}).status_code == 429
        assert client.get("/console/sign-in").status_code == 200
        assert client.post("/api/v1/check", content=b"{}").status_code == 415


PATHS = ["GET /", "POST /", "POST /console/sign-in", "POST /api/v1/entries", "POST /api/v1/check"]


def test_bodies_in_chunks_are_refused_by_their_head(office):
    """411 before a chunk is sent, on every path, and the connection is closed."""
    for line in PATHS:
        answer = raw(office, f"{line} HTTP/1.1\nHost: x\n{TEXT}Transfer-Encoding: chunked")
        assert answer.startswith(b"HTTP/1.1 411 ")
        assert b"connection: close" in answer.lower()


def test_a_flood_of_small_chunks_stops_nobody(office):
    """While a million chunks of one byte are on their way, others are answered."""
    started = threading.Event()
    flood = threading.Thread(target=_flood, args=(office, started))
    flood.start()
    assert started.wait(30)
    with office.client() as client:
        assert [client.get("/healthz").status_code for _ in range(5)] == [200] * 5
    flood.join(60)
    assert not flood.is_alive()


def _flood(site: Deployed, started: threading.Event) -> None:
    chunks = b"1\r\nx\r\n" * 10_000
    head = f"POST /api/v1/entries HTTP/1.1\nHost: x\n{TEXT}Transfer-Encoding: chunked"
    with connection(site) as sent:
        sent.sendall(head_bytes(head))
        for _ in range(100):
            try:
                sent.sendall(chunks)
            except OSError:
                break  # the server has hung up
            finally:
                started.set()


def test_nobody_s_word_for_an_address_is_believed(tmp_path):
    """A client that names a new address with each request stays one client."""
    with limited(tmp_path, Limits(address_per_minute=2)) as site, site.client() as client:
        answers = [_from(client, f"198.51.100.{each}") for each in range(4)]
    assert answers == [415, 415, 429, 429]


def test_a_proxy_s_word_is_believed_where_it_is_named(tmp_path):
    """Behind the proxy each client has its own rate, by the address that the proxy has seen."""
    proxies = ("127.0.0.1",)
    with limited(tmp_path, Limits(address_per_minute=2), proxies) as site, site.client() as client:
        assert [_from(client, "198.51.100.1") for _ in range(3)] == [415, 415, 429]
        assert _from(client, "198.51.100.2") == 415
        # What a client has written itself stands before what the proxy adds.
        assert _from(client, "203.0.113.9, 198.51.100.1") == 429
        assert _from(client, "not an address, 198.51.100.1") == 429


def _from(client: Any, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    return int(client.post("/api/v1/check", content=b"", headers=headers).status_code)


def test_proxies_are_addresses():
    """A name, a blank or the whole world is no proxy; by default there is none."""
    assert check_proxy("192.0.2.1") == "192.0.2.1"
    assert check_proxy("fd00::/8") == "fd00::/8"
    for wrong in ("*", "", "proxy.example", "0.0.0.0/0", "::/0"):
        with pytest.raises(click.BadParameter):
            check_proxy(wrong)
    assert server_options()["proxy_headers"] is False
