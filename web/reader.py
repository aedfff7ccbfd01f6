"""One reader's request: language, whether the JSON twin is asked for, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from ledger.errors import JejakError
from procurement import queries
from procurement.index import Organisation
from web import addresses, render
from web.formats import Formats
from web.forms import forms_of
from web.language import choose_language
from web.responses import PAGE_CACHE, answered, compressed
from web.site import Site
from web.views import View

__all__ = ["PAGE_CACHE", "Endpoint", "Reader", "ReaderOf", "base_of", "compressed", "page"]

_TWIN = ".json"


class Reader:
    """The reader of a request, to whom a view is shown as a page or as its JSON twin.

    `at` and `past` are set where a page is shown as it stood earlier (web.past). `frame` is the
    template around its pages.
    """

    frame = "base.html"

    at: str | None = None
    past: View | None = None

    def __init__(self, request: Request) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        asked = request.query_params.get("lang")
        self.language = choose_language(asked, request.headers.get("accept-language"))
        self.chosen = asked if asked == self.language else None
        self.formats = Formats(self.language, self.site.zone)
        self.twin = request.url.path.endswith(_TWIN)

    @cached_property
    def position(self) -> int | None:
        """Entries below it are on the pages; None when the projections do not answer."""
        try:
            return queries.position(self.site.index).position
        except JejakError:
            return None

    def organisations(self, ids: Sequence[str]) -> dict[str, Organisation]:
        """The organisations known among these ids, by id."""
        return queries.organisation_names(self.site.index, ids)

    def link(self, path: str, **query: object) -> str:
        """An address on this site that keeps the language the reader has chosen."""
        return addresses.with_query(path, {**query, "lang": self.chosen})

    @property
    def page(self) -> str:
        """The path of the page, also when its twin is asked for."""
        path = self.request.scope["path"]
        if not self.twin:
            return str(path)
        return "/" if path == "/index.json" else str(path.removesuffix(_TWIN))

    @property
    def address(self) -> str:
        """The path of the page as addresses write it."""
        return _quoted(self.page)

    @property
    def query(self) -> dict[str, str]:
        """What the address asks for, but the moment of the page."""
        return {name: value for name, value in self.request.query_params.items() if name != "at"}

    @property
    def today(self) -> str:
        """This page as it stands now."""
        return addresses.with_query(self.address, self.query)

    def in_language(self, language: str) -> str:
        """This page in another language."""
        query = {**self.request.query_params, "lang": language}
        return addresses.with_query(_quoted(self.page), query)

    def twin_address(self) -> str:
        """The JSON twin of this page, with the same query but the language."""
        query = {k: v for k, v in self.request.query_params.items() if k != "lang"}
        return addresses.with_query(addresses.twin(_quoted(self.page)), query)

    @property
    def forms(self) -> tuple[str, ...]:
        """In which other forms the page can be had."""
        return forms_of(self.page)

    def form_address(self, form: str) -> str:
        """This page as `csv`, `atom` or `evidence.zip`, with all of its list."""
        query = {**self.request.query_params}
        for name in ("before", "after", "anchor", "at"):
            query.pop(name, None)
        apart = "/" if form == "evidence.zip" else "."
        return addresses.with_query(f"{_quoted(self.page)}{apart}{form}", query)

    @property
    def canonical(self) -> str:
        """The one address of this page from outside; a language stays in it only if chosen."""
        return self.abroad(self.chosen)

    def abroad(self, language: str | None) -> str:
        """The address from outside of this page in a language, or in that of whoever reads it."""
        path = addresses.with_query(
            _quoted(self.page), {**self.request.query_params, "lang": language}
        )
        return base_of(self.request, self.site.origin) + path

    def answer(self, template: str, view: Any, status: int = 200, **more: Any) -> Response:
        """The view as a page, with what else its template draws, or as JSON for the twin."""
        if self.twin:
            return self._respond(render.twin(self, view), "application/json", status)
        return self._respond(render.page(self, template, view, **more), "text/html", status)

    def _respond(self, content: bytes, kind: str, status: int) -> Response:
        headers = {"Vary": "Accept-Language, Accept-Encoding"}
        if kind == "text/html":
            headers["Content-Language"] = self.language
        else:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = "ETag"
        full = f"{kind}; charset=utf-8"
        if status == 200:
            return answered(self.request, content, full, headers)
        return compressed(
            self.request, content, full, {**headers, "Cache-Control": "no-store"}, status
        )


def _quoted(path: str) -> str:
    return quote(path, safe=addresses.SAFE)


def base_of(request: Request, origin: str) -> str:
    """Where readers reach this log; a Host header from outside is nobody's word for it."""
    if request.url.hostname in ("127.0.0.1", "localhost", "::1"):
        return str(request.base_url).rstrip("/")
    return f"https://{origin}"


def reader_of(request: Request) -> Reader:
    """The reader of a request, of the kind that the application has."""
    kind: type[Reader] = getattr(request.app.state, "reader", Reader)
    return kind(request)


ReaderOf = Annotated[Reader, Depends(Reader)]
Endpoint = Callable[..., Response]


def page(router: APIRouter, path: str) -> Callable[[Endpoint], Endpoint]:
    """Register a page and its JSON twin."""

    def register(endpoint: Endpoint) -> Endpoint:
        for each in (addresses.twin(path), path):
            router.add_api_route(each, endpoint, methods=["GET", "HEAD"], response_class=Response)
        return endpoint

    return register
