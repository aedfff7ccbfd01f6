"""The gate of API and console: what a request must keep before its body is read, and while it is.

At the edge of ASGI, hence asynchronous; what a request asks for is done in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from ledger.publication import MAX_PUBLICATION
from web.api.limits import (
    MAX_ENTRANCE,
    MAX_FORM,
    Bounds,
    Limits,
    Rates,
    Room,
    network_of,
)
from web.api.refusals import NoLength, TooLarge, TooSlow, WrongType

JSON = "application/json"

_T = TypeVar("_T")


class Lane:
    """Room and threads for requests of one kind, so that no kind takes those of another.

    Pages are read in threads of their own, too.
    """

    def __init__(self, bounds: Bounds, addresses: Rates, longest: int) -> None:
        self.room = Room(bounds)
        self.addresses = addresses
        self.longest = longest
        self._threads = CapacityLimiter(bounds.threads)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do synchronous work in one of the lane's threads."""
        return await to_thread.run_sync(work, limiter=self._threads)

    def count(self, request: Request) -> None:
        """Take one from what the request's address may send. Raises TooMany."""
        self.addresses.take(_address(request))

    @asynccontextmanager
    async def taking(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request, and room for it while it is in hand.

        Raises NoLength, TooLarge, TooSlow, Unavailable.
        """
        length = declared_length(request.headers, self.longest)
        with self.room.hold(length, _address(request)):
            yield await read(request, length)


def _address(request: Request) -> str:
    return network_of(request.client.host if request.client else None)


class Gate:
    """Counts and bounds the requests of one server process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.keys = Rates(limits.key_per_minute)
        api, console = (Rates(limits.address_per_minute) for _ in range(2))
        self.publishing = Lane(limits.publishing, api, MAX_PUBLICATION)
        self.checking = Lane(limits.checking, api, MAX_PUBLICATION)
        self.forms = Lane(limits.forms, console, MAX_FORM)
        self.entrance = Lane(limits.entrance, console, MAX_ENTRANCE)


def gate_of(request: Request) -> Gate:
    """The gate of the application."""
    gate: Gate = request.app.state.gate
    return gate


async def publishing(request: Request) -> AsyncIterator[bytes]:
    """The body of a request to publish, let in by its head. Raises TooMany, WrongType."""
    async with _json(gate_of(request).publishing, request) as raw:
        yield raw


async def checking(request: Request) -> AsyncIterator[bytes]:
    """The body of a request to check, let in by its head. Raises TooMany, WrongType."""
    async with _json(gate_of(request).checking, request) as raw:
        yield raw


@asynccontextmanager
async def _json(lane: Lane, request: Request) -> AsyncIterator[bytes]:
    lane.count(request)
    check_type(request.headers)
    async with lane.taking(request) as raw:
        yield raw


def check_type(headers: Mapping[str, str]) -> None:
    """Only `application/json`, which no form of another site can send. Raises WrongType."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace('"', "").strip()
    if kind.strip() != JSON or charset not in ("", "charset=utf-8"):
        raise WrongType(f"the request's body is not {JSON}", f"send it as Content-Type: {JSON}")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongType("the request's body is encoded", "send it without Content-Encoding")


def declared_length(headers: Mapping[str, str], longest: int) -> int:
    """The Content-Length. Raises NoLength, TooLarge."""
    declared = headers.get("content-length")
    if declared is None:
        raise NoLength
    digits = declared.isascii() and declared.isdecimal() and len(declared) < 19
    if not digits or int(declared) > longest:
        raise _too_large(longest)
    return int(declared)


async def read(request: Request, length: int) -> bytes:
    """The body, at most `length` bytes of it, in the time given. Raises TooLarge, TooSlow."""
    seconds = gate_of(request).limits.seconds
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > length:
                    raise _too_large(length)
                parts.append(part)
    except TimeoutError as error:
        raise TooSlow(f"the request did not come within {seconds:g} s", "send it again") from error
    except ClientDisconnect as error:
        raise TooSlow("the request ended before all of it had come", "send it again") from error
    return b"".join(parts)


def _too_large(longest: int) -> TooLarge:
    return TooLarge(f"the request is longer than {longest} bytes", "send less at once")
