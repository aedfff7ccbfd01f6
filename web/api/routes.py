"""The addresses of the API: publish, check, keys, its description."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath

from ledger.acts import Enrolment
from ledger.errors import NotFound
from ledger.registry import Registry
from web.api import publishing as work
from web.api import reading
from web.api.gate import checking, gate_of, publishing
from web.console.opening import ConsoleFile
from web.reader import PAGE_CACHE, ReaderOf, base_of, compressed, page
from web.site import Site
from web.views import View

PREFIX = "/api/v1"
DOCUMENT = f"{PREFIX}/openapi.json"

router = APIRouter()


class KeyView(View, frozen=True):
    """A key as it is enrolled; `revoked` is the time from which it is not trusted."""

    key: str
    alg: str
    org: str
    office: str
    roles: list[str]
    covers: list[str] = msgspec.field(name="for")
    valid_from: str
    valid_until: str | None
    legal_basis: str
    revoked: str | None


class ApiView(View, frozen=True):
    """What the page of the API needs: where it is and how much it takes."""

    base: str
    origin: str
    document: str
    address_per_minute: int
    key_per_minute: int


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _asked(request: Request) -> ConsoleFile:
    asked: ConsoleFile = request.app.state.console.asked
    return asked


@router.post(f"{PREFIX}/entries")
async def entries(request: Request, raw: Annotated[bytes, Depends(publishing)]) -> Response:
    """Record a publication."""
    gate = gate_of(request)
    done = partial(work.publish, _site(request), _asked(request), gate.keys, raw)
    return await gate.publishing.run(done)


@router.post(f"{PREFIX}/check")
async def check(request: Request, raw: Annotated[bytes, Depends(checking)]) -> Response:
    """Say what publishing would be answered."""
    done = partial(work.check, _site(request), _asked(request), raw)
    return await gate_of(request).checking.run(done)


@router.api_route(f"{PREFIX}/keys/{{key}}", methods=["GET", "HEAD"])
def key(request: Request, key: Annotated[str, InPath(pattern="^[0-9a-f]{64}$")]) -> Response:
    """A key as it is enrolled. 404 when nobody has enrolled it."""
    registry = _site(request).log.registry()
    enrolment = registry.enrolments.get(key)
    if enrolment is None:
        raise NotFound(f"key {key[:16]} is not enrolled", "ask the registrars to enrol it")
    return work.answer(key_view(registry, enrolment), 200, {"Access-Control-Allow-Origin": "*"})


def key_view(registry: Registry, enrolment: Enrolment) -> KeyView:
    """An enrolment as the API names it."""
    return KeyView(
        key=enrolment.public.id,
        alg=enrolment.public.alg,
        org=enrolment.org,
        office=enrolment.office,
        roles=sorted(enrolment.roles),
        covers=sorted(enrolment.covers),
        valid_from=enrolment.valid_from,
        valid_until=enrolment.valid_until,
        legal_basis=enrolment.legal_basis,
        revoked=registry.revoked.get(enrolment.public.id),
    )


@router.api_route(DOCUMENT, methods=["GET", "HEAD"])
def document(request: Request) -> Response:
    """The OpenAPI document."""
    headers = {"Cache-Control": PAGE_CACHE, "Access-Control-Allow-Origin": "*"}
    return compressed(request, document_bytes(), "application/json", headers)


@cache
def document_bytes() -> bytes:
    """The OpenAPI 3.1 document, which needs nothing from elsewhere."""
    return (Path(__file__).parent / "openapi.json").read_bytes()


for address, endpoint in reading.ENDPOINTS.items():
    router.add_api_route(address, endpoint, methods=["GET", "HEAD"])


@page(router, "/api")
def api_page(reader: ReaderOf) -> Response:
    """What the API is, in words."""
    limits = gate_of(reader.request).limits
    view = ApiView(
        base=base_of(reader.request, reader.site.origin),
        origin=reader.site.origin,
        document=DOCUMENT,
        address_per_minute=limits.address_per_minute,
        key_per_minute=limits.key_per_minute,
    )
    return reader.answer("api.html", view)
