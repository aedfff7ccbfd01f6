"""The gate of the API: what a request must keep before its body is read, and while it is.

At the edge of ASGI, hence asynchronous; what a request asks for is done in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from ledger.publication import MAX_PUBLICATION
from web.api.limits import Bounds, Limits, Rates, Room, network_of
from web.api.refusals import TooLarge, TooSlow, WrongType

JSON = "application/json"

_T = TypeVar("_T")


class Lane:
    """Room and threads for requests of one kind, so that no kind takes those of another.

    Pages are read in threads of their own, too.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.room = Room(bounds)
        self._threads = CapacityLimiter(bounds.threads)

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do synchronous work in one of the lane's threads."""
        return await to_thread.run_sync(work, limiter=self._threads)


class Gate:
    """Counts and bounds the requests of one server process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.addresses = Rates(limits.address_per_minute)
        self.keys = Rates(limits.key_per_minute)
        self.publishing = Lane(limits.publishing)
        self.checking = Lane(limits.checking)


def gate_of(request: Request) -> Gate:
    """The gate of the application."""
    gate: Gate = request.app.state.gate
    return gate


async def publishing(request: Request) -> AsyncIterator[bytes]:
    """The body of a request to publish, and room for it while it is in hand."""
    length = enter(request)
    with gate_of(request).publishing.room.hold(length):
        yield await read(request, length)


async def checking(request: Request) -> AsyncIterator[bytes]:
    """The body of a request to check, and room for it while it is in hand."""
    length = enter(request)
    with gate_of(request).checking.room.hold(length):
        yield await read(request, length)


def enter(request: Request) -> int:
    """Let a request in by its head; how many bytes its body has at most.

    Raises TooMany, WrongType, TooLarge.
    """
    address = request.client.host if request.client else None
    gate_of(request).addresses.take(network_of(address))
    check_type(request.headers)
    return declared_length(request.headers)


def check_type(headers: Mapping[str, str]) -> None:
    """Only `application/json`, which no form of another site can send. Raises WrongType."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace('"', "").strip()
    if kind.strip() != JSON or charset not in ("", "charset=utf-8"):
        raise WrongType(f"the request's body is not {JSON}", f"send it as Content-Type: {JSON}")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongType("the request's body is encoded", "send it without Content-Encoding")


def declared_length(headers: Mapping[str, str]) -> int:
    """The Content-Length; without one as much as may come. Raises TooLarge."""
    declared = headers.get("content-length")
    if declared is None:
        return MAX_PUBLICATION
    digits = declared.isascii() and declared.isdecimal() and len(declared) < 19
    if not digits or int(declared) > MAX_PUBLICATION:
        raise _too_large()
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
                    raise _too_large()
                parts.append(part)
    except TimeoutError as error:
        raise TooSlow(f"the request did not come within {seconds:g} s", "send it again") from error
    except ClientDisconnect as error:
        raise TooSlow("the request ended before all of it had come", "send it again") from error
    return b"".join(parts)


def _too_large() -> TooLarge:
    return TooLarge(
        f"the request is longer than {MAX_PUBLICATION} bytes", "a body has at most 8 MiB"
    )
