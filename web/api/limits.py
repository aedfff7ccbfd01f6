"""Limits of the API, which are looked at before anything is read or computed."""

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

KNOWN = 50_000
"""Names that a bucket remembers; the one longest unused is forgotten."""


@dataclass(frozen=True)
class Bounds:
    """Requests of one kind in hand at once, bytes of them, and threads that work on them."""

    requests: int
    octets: int
    threads: int


@dataclass(frozen=True)
class Limits:
    """What one server process takes.

    Requests a minute from one address, new entries a minute of one key; a body has `seconds`.
    """

    address_per_minute: int = 600
    key_per_minute: int = 600
    publishing: Bounds = Bounds(requests=1024, octets=8 * MAX_PUBLICATION, threads=32)
    checking: Bounds = Bounds(requests=64, octets=4 * MAX_PUBLICATION, threads=2)
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
    """Room for requests in hand: so many, and so many bytes of them."""

    def __init__(self, bounds: Bounds) -> None:
        self._requests, self._octets = bounds.requests, bounds.octets
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, octets: int) -> Iterator[None]:
        """Hold room while a request is in hand. Raises Unavailable when there is none."""
        self._move(1, octets)
        try:
            yield
        finally:
            self._move(-1, -octets)

    def _move(self, requests: int, octets: int) -> None:
        with self._lock:
            if requests > 0 and (self._requests < requests or self._octets < octets):
                raise Unavailable("too many requests are in hand", "try again in a moment")
            self._requests -= requests
            self._octets -= octets


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
