"""Pages of text: how it works, words, privacy, feeds; and the assets."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter, Request, Response

from ledger.errors import NotFound
from web import render
from web.reader import ReaderOf, base_of, compressed, page
from web.views import View

FOREVER = "public, max-age=31536000, immutable"
ASSETS = ("app.css", "console.css", "jejak.svg", "sign.js", "verify.js")
# Titles are in the catalogue by the pages of these lists.
FEEDS = {
    "/entries": "Entri terbaru",
    "/processes": "Semua pengadaan",
    "/tenders": "Tender yang terbuka",
    "/orgs": "Semua organisasi",
    "/budgets": "Anggaran",
    "/findings": "Temuan",
    "/cases": "Kasus pemeriksaan",
    "/log": "Titik periksa",
}

router = APIRouter()


class HowView(View, frozen=True):
    """How it works; all of it is text."""

    base: str


@page(router, "/how-it-works")
def how_it_works(reader: ReaderOf) -> Response:
    """How the log works and what it does not show."""
    return reader.answer("how.html", HowView(base=base_of(reader.request, reader.site.origin)))


class TextView(View, frozen=True):
    """A page of which all is text."""


class FeedView(View, frozen=True):
    """A feed and the page of its list; `title` is the Indonesian source string."""

    title: str
    page: str
    feed: str


class FeedsView(View, frozen=True):
    """The feeds that stand; `base` is where readers reach the log."""

    base: str
    feeds: list[FeedView]


@page(router, "/glossary")
def glossary(reader: ReaderOf) -> Response:
    """The words of procurement and of the log."""
    return reader.answer("glossary.html", TextView())


@page(router, "/privacy")
def privacy(reader: ReaderOf) -> Response:
    """What is known of readers, and what of persons in records is shown."""
    return reader.answer("privacy.html", TextView())


@page(router, "/accessibility")
def accessibility(reader: ReaderOf) -> Response:
    """What readers with an impairment can expect, and what is known to be wanting."""
    return reader.answer("accessibility.html", TextView())


@page(router, "/feeds")
def feeds(reader: ReaderOf) -> Response:
    """The feeds of whole lists."""
    listed = [
        FeedView(title=title, page=path, feed=f"{path}.atom") for path, title in FEEDS.items()
    ]
    base = base_of(reader.request, reader.site.origin)
    return reader.answer("feeds.html", FeedsView(base=base, feeds=listed))


@router.api_route("/assets/{tag}/{name}", methods=["GET", "HEAD"])
def asset(request: Request, tag: str, name: str) -> Response:
    """A stylesheet, picture or script; its address changes with its content."""
    if name not in ASSETS:
        raise NotFound("there is no such file")
    content, current = render.asset(name)
    headers = {"Cache-Control": FOREVER if tag == current else "no-cache", "ETag": f'"{current}"'}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return compressed(request, content, kind, headers)
