"""The console as a part of the application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from ledger.settings import Settings
from web.console.access import router as access
from web.console.case_pages import router as case_pages
from web.console.continuing import router as continuing
from web.console.drafting import router as drafting
from web.console.listing import router as listing
from web.console.opening import Console
from web.console.picking import router as picking
from web.console.requests import PATH, PRIVATE, SignedOut
from web.console.signing import router as signing
from web.console.uploading import router as uploading


def install(app: FastAPI, settings: Settings) -> None:
    """Add the console's pages; its database is opened by the first of them that is asked for."""
    app.state.console = Console(settings)
    app.router.lifespan_context = _lifespan
    app.add_exception_handler(SignedOut, _sign_in_first)
    for router in (access, case_pages, continuing, drafting, listing, picking, signing, uploading):
        app.include_router(router, prefix=PATH)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.console.close()


def _sign_in_first(request: Request, _error: Exception) -> Response:
    chosen = request.query_params.get("lang")
    query = f"?lang={chosen}" if chosen in ("id", "en") else ""
    return RedirectResponse(f"{PATH}/sign-in{query}", 303, dict(PRIVATE))
