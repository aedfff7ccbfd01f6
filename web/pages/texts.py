"""Pages of text: how it works; and the assets."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter, Request, Response

from ledger.errors import NotFound
from web import render
from web.reader import ReaderOf, base_of, compressed, page
from web.views import View

FOREVER = "public, max-age=31536000, immutable"
ASSETS = ("app.css", "console.css", "jejak.svg", "sign.js", "verify.js")

router = APIRouter()


class HowView(View, frozen=True):
    """How it works; all of it is text."""

    base: str


@page(router, "/how-it-works")
def how_it_works(reader: ReaderOf) -> Response:
    """How the log works and what it does not show."""
    return reader.answer("how.html", HowView(base=base_of(reader.request, reader.site.origin)))


@router.api_route("/assets/{tag}/{name}", methods=["GET", "HEAD"])
def asset(request: Request, tag: str, name: str) -> Response:
    """A stylesheet, picture or script; its address changes with its content."""
    if name not in ASSETS:
        raise NotFound("there is no such file")
    content, current = render.asset(name)
    headers = {"Cache-Control": FOREVER if tag == current else "no-cache", "ETag": f'"{current}"'}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return compressed(request, content, kind, headers)
