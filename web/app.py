"""The application: pages, twins and the public tree, with the headers every answer carries."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.log import Log
from ledger.settings import Settings
from procurement.projections import Projections
from procurement.rewinding import Rewinder
from web import downloads, following, headers, problems, publictree, wellknown
from web.api import routes as api
from web.api.gate import Gate
from web.api.limits import Limits
from web.auditing import comparing, sampling
from web.auditing import pages as auditing
from web.auditing.audited import Published
from web.bulk import routes as bulk
from web.console import desk
from web.evidence import routes as evidence
from web.pages import ROUTERS
from web.site import site_of

MAX_ADDRESS = 2048


def create_app(
    log: Log, index: Projections, settings: Settings, limits: Limits | None = None
) -> FastAPI:
    """The application of a log, its projections and its settings; it starts no thread."""
    app = FastAPI(title="Jejak", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site_of(log, index, settings)
    app.state.gate = Gate(limits or Limits())
    app.state.rewinder = Rewinder()
    app.state.audited = Published(log, settings)
    problems.install(app)
    comparing.install(app)
    # Before the pages, whose ids may end in anything.
    for module in (bulk, downloads, following, evidence, wellknown, comparing, sampling, auditing):
        app.include_router(module.router)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(api.router)
    app.include_router(publictree.router)
    desk.install(app, settings)
    app.add_middleware(Guard)
    return app


class Guard:
    """Refuses addresses that no page has; every answer, also to an error, has our headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        guarded = _Guarded(send)
        if _is_hostile(scope):
            await _refuse(guarded)
            return
        try:
            await self.app(scope, receive, guarded)
        except Exception as error:
            if guarded.started:
                raise
            answer = await run_in_threadpool(problems.unexpected, Request(scope), error)
            await answer(scope, receive, guarded)


class _Guarded:
    """Sends on, with the security headers; `started` once an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            sent = MutableHeaders(scope=message)
            for name, value in headers.SECURITY.items():
                sent.setdefault(name, value)
        await self.send(message)


def _is_hostile(scope: Scope) -> bool:
    path: str = scope["path"]
    return (
        len(path) + len(scope["query_string"]) > MAX_ADDRESS
        or any(ord(character) < 0x20 for character in path)
        or "%00" in scope["query_string"].decode("latin-1")
    )


async def _refuse(send: Any) -> None:
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 400, "headers": kind})
    await send({"type": "http.response.body", "body": b"400: no page has such an address\n"})
