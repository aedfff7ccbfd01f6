"""The page that checks a receipt in the reader's browser, and the same checker as one file."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response

from web import render
from web.headers import SECURITY
from web.reader import ReaderOf, compressed, page
from web.standalone import digest_of
from web.views import View

POLICY = "Content-Security-Policy"
CHECKER = "verify.html"

router = APIRouter()


class VerifyView(View, frozen=True):
    """The checker: which receipt it opens, nodes by the name of who runs them, the one file."""

    index: int | None
    receipt: str | None
    nodes: dict[str, str]
    sha256: str
    size: int


Entry = Annotated[int | None, Query(alias="e", ge=0, lt=2**63)]


@page(router, "/verify")
def verify(reader: ReaderOf, index: Entry = None) -> Response:
    """The page that checks a receipt; `?e=` names an entry of this log."""
    content, _tag = render.asset(CHECKER)
    view = VerifyView(
        index=index,
        receipt=None if index is None else f"/e/{index}.receipt.json",
        nodes=dict(reader.site.nodes),
        sha256=digest_of(content),
        size=len(content),
    )
    answer = reader.answer("verify.html", view)
    answer.headers[POLICY] = _policy(view.nodes)
    return answer


@router.api_route("/verify.html", methods=["GET", "HEAD"])
def checker(request: Request) -> Response:
    """The checker as one file, to be kept and opened without this site."""
    content, tag = render.asset(CHECKER)
    headers = {
        "Content-Disposition": f'attachment; filename="{CHECKER}"',
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "no-cache",
        "ETag": f'"{tag}"',
    }
    return compressed(request, content, "text/html; charset=utf-8", headers)


def _policy(nodes: dict[str, str]) -> str:
    """The policy of all pages, and the nodes that this one may ask."""
    parts = map(urlsplit, nodes.values())
    origins = "".join(sorted({f" {each.scheme}://{each.netloc}" for each in parts}))
    return SECURITY[POLICY].replace("connect-src 'self'", f"connect-src 'self'{origins}")
