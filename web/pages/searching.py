"""Search: one box for anything; an identifier leads straight to what it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from ledger.errors import NotFound
from procurement import asking, queries
from procurement.asking import Results
from procurement.index import Found
from procurement.projections import Projections
from web import addresses
from web.cursors import Before, Exact
from web.identifiers import Asked, read_query
from web.mentions import payment_receipt
from web.privacy import is_personal, withhold
from web.reader import Reader, ReaderOf, page
from web.views import View

TYPES = ("process", "line", "organisation", "payment", "entry")
SHOWN = 30

router = APIRouter()


class FoundView(View, frozen=True):
    """One result; `page` is where it leads."""

    type: str
    id: str
    title: str
    detail: str
    index: int
    page: str


class SearchView(View, frozen=True):
    """The results of a search, those with all words in their title first.

    `next` is the cursor of the page after. `also` are other forms of the words, searched for as
    well unless `exact`. Where nothing is found, `near` and `shorter` are queries that find
    something: with words like those asked for, and without one of them.
    """

    query: str
    type: str | None
    exact: bool
    types: tuple[str, ...]
    also: tuple[str, ...]
    results: list[FoundView]
    near: tuple[str, ...]
    shorter: tuple[str, ...]
    next: int | None


@page(router, "/search")
def search(
    reader: ReaderOf,
    q: Annotated[str, Query(max_length=1000)] = "",
    type: Annotated[str | None, Query(max_length=40)] = None,  # noqa: A002  # a name in addresses
    before: Before = None,
    exact: Exact = "",
) -> Response:
    """Lead to what an identifier names, else list what holds the words."""
    asked = read_query(q)
    named = None if type or before else exact_page(reader.site.index, asked)
    named = named or _entry_of_body(reader, asked)
    if named is not None:
        path = addresses.twin(named) if reader.twin else named
        return RedirectResponse(reader.link(path), 303)
    wanted = type if type in TYPES else None
    found = asking.search(reader.site.index, asked.text, SHOWN, before, wanted, exact=bool(exact))
    view = search_view(asked, wanted, found, bool(exact))
    return reader.answer("search.html", view, before=before)


def exact_page(index: Projections, asked: Asked) -> str | None:
    """The page of the one thing an identifier names, or None."""
    if asked.number is not None:
        return _known(
            lambda: queries.entry(index, asked.number or 0), addresses.entry(asked.number)
        )
    if asked.digest is not None:
        return _entry_of_hash(index, asked.digest)
    name = asked.identifier
    if name is None or is_personal(name):
        return None
    return (
        _known(lambda: queries.process(index, name), addresses.process(name))
        or _known(lambda: queries.line(index, name), addresses.line(name))
        or _known(lambda: queries.organisation(index, name), addresses.organisation(name))
        or payment_receipt(index, name)
    )


def _known(find: Callable[[], object], address: str | None) -> str | None:
    try:
        find()
    except NotFound:
        return None
    return address


def _entry_of_hash(index: Projections, digest: str) -> str | None:
    try:
        return addresses.entry(queries.entry_by_hash(index, digest).index)
    except NotFound:
        return None


def _entry_of_body(reader: Reader, asked: Asked) -> str | None:
    if asked.digest is None:
        return None
    found = reader.site.log.find_body(bytes.fromhex(asked.digest))
    return addresses.entry(found[0]) if found else None


def search_view(asked: Asked, wanted: str | None, found: Results, exact: bool) -> SearchView:
    """What was found for words."""
    return SearchView(
        query=asked.text,
        type=wanted,
        exact=exact,
        types=TYPES,
        also=found.also,
        results=[view for row in found.found if (view := _found(row))],
        near=_shown(found.near),
        shorter=_shown(found.shorter),
        next=found.next,
    )


def _shown(proposed: Sequence[str]) -> tuple[str, ...]:
    """Those without a person's number: nobody is told that it is in a record."""
    return tuple(query for query in proposed if withhold(query) == query)


def _found(row: Found) -> FoundView | None:
    address = address_of(row)
    if address is None:
        return None
    return FoundView(
        type=row.type,
        id=row.ref,
        title=row.title or row.ref,
        detail=row.detail,
        index=row.index,
        page=address,
    )


def address_of(row: Found) -> str | None:
    """The page of something found; None for what has none."""
    if row.type == "process":
        return addresses.process(row.ref)
    if row.type == "line":
        return addresses.line(row.ref)
    if row.type == "organisation":
        return addresses.organisation(row.ref)
    return addresses.entry(row.index)
