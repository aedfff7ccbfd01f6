"""Limits of API and console, which are looked at before anything is read or computed."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.errors import Unavailable
from ledger.publication import MAX_PUBLICATION
from web.api.refusals import TooMany

MAX_FORM = 1024 * 1024
MAX_ENTRANCE = 64 * 1024
"""Bytes of a form of the console, and of one that anybody may send."""

KNOWN = 50_000
"""Names that a bucket remembers; the one longest unused is forgotten."""


@dataclass(frozen=True)
class Bounds:
    """Requests of one kind in hand at once, bytes of them, and threads that work on them.

    One address has at most half of the room where `share` is 2, all of it where it is 1.
    """

    requests: int
    octets: int
    threads: int
    share: int = 2


@dataclass(frozen=True)
class Limits:
    """What one server process takes.

    Requests to the API a minute from one address, and as many forms of the console; new entries a
    minute of one key. A body has `seconds`. Forms of people who are not signed in (`entrance`) have
    room of their own, more than one address can take.
    """

    address_per_minute: int = 600
    key_per_minute: int = 600
    publishing: Bounds = Bounds(requests=1024, octets=8 * MAX_PUBLICATION, threads=32)
    checking: Bounds = Bounds(requests=64, octets=4 * MAX_PUBLICATION, threads=2)
    forms: Bounds = Bounds(requests=64, octets=32 * MAX_FORM, threads=4)
    entrance: Bounds = Bounds(requests=1024, octets=1024 * MAX_ENTRANCE, threads=2)
    seconds: float = 30.0


class Rates:
    """Token buckets by name: each holds a minute's requests and fills as the minute goes.

    What is kept of a bucket is when it will be full (GCRA); one that is full need not be kept.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = 60 / per_minute
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Take one from a bucket. Raises TooMany when it is empty."""
        with self._lock:
            self._look(name)
            self._take(name)

    def look(self, name: str) -> None:
        """Take nothing. Raises TooMany when the bucket is empty."""
        with self._lock:
            self._look(name)

    def spend(self, name: str) -> None:
        """Take one after the fact, from an empty bucket too: nothing is refused any more."""
        with self._lock:
            self._take(name)

    def _look(self, name: str) -> None:
        now = self._clock()
        # A hundredth of a pause: sums of floats are not quite what they should be.
        wait = self._full_at.get(name, now) + self._pause * 0.99 - now - 60
        if wait > 0:
            raise TooMany("more requests than the rate allows", math.ceil(wait))

    def _take(self, name: str) -> None:
        now = self._clock()
        self._full_at[name] = max(now, self._full_at.pop(name, now)) + self._pause
        if len(self._full_at) > KNOWN:
            self._full_at.popitem(last=False)


class Room:
    """Room for requests in hand: so many, and so many bytes of them, also for each address."""

    def __init__(self, bounds: Bounds) -> None:
        self._free = (bounds.requests, bounds.octets)
        self._most = (max(1, bounds.requests // bounds.share), bounds.octets // bounds.share)
        self._held: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, octets: int, address: str) -> Iterator[None]:
        """Hold room while a request is in hand. Raises Unavailable when there is none."""
        self._move(1, octets, address)
        try:
            yield
        finally:
            self._move(-1, -octets, address)

    def _move(self, requests: int, octets: int, address: str) -> None:
        with self._lock:
            free = (self._free[0] - requests, self._free[1] - octets)
            held = self._held.get(address, (0, 0))
            held = (held[0] + requests, held[1] + octets)
            if requests > 0 and (
                min(free) < 0 or held[0] > self._most[0] or held[1] > self._most[1]
            ):
                raise Unavailable("too many requests are in hand", "try again in a moment")
            self._free = free
            self._held[address] = held
            if held == (0, 0):
                del self._held[address]


def network_of(address: str | None) -> str:
    """Whom a rate is for: an IPv4 address, or an IPv6 /64, all of which one client has."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
    return str(found)
