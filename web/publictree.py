"""The log's public tree of files below `/log/`: what a verifier reads.

Files are served as they lie on the disk; only paths of the format exist. Whatever a file says, a
verifier trusts its trust file and the chain, never this server.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from ledger.errors import JejakError, Malformed, NotFound
from ledger.tiles import parse_number, parse_tile_path
from web import problems
from web.site import Site

CHUNK = 64 * 1024
FOREVER = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"
SECONDS = "public, max-age=2"
MINUTES = "public, max-age=300"

_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Form:
    """The content type of a file of the tree, and how long it may be kept."""

    content: str
    caching: str


_NAMED = {
    "checkpoint": Form("text/plain; charset=utf-8", SECONDS),
    "log.json": Form("application/json", MINUTES),
    "anchors/latest": Form("application/json", SECONDS),
}
_NUMBERED = {
    "anchors": Form("application/json", FOREVER),
    "bodies": Form("application/gzip", HOUR),
}
_BODY = Form("application/json", HOUR)
_TILE = Form("application/octet-stream", FOREVER)


def form_of(path: str) -> Form:
    """What a path of the format holds. Raises Malformed for any other path."""
    folder, _, name = path.partition("/")
    if path in _NAMED:
        return _NAMED[path]
    if folder in _NUMBERED:
        parse_number(name)
        return _NUMBERED[folder]
    if folder == "body" and _INDEX.fullmatch(name):
        return _BODY
    parse_tile_path(path)
    return _TILE


router = APIRouter()


@router.api_route("/log/{path:path}", methods=["GET", "HEAD"])
def public_file(request: Request, path: str) -> Response:
    """One file of the tree. 404 where there is none, 410 for an erased body."""
    site: Site = request.app.state.site
    return answer_file(request, site.tree, path, lambda index: _erased(site, index))


def answer_file(request: Request, tree: Path, path: str, erased: Callable[[int], bool]) -> Response:
    """A file of the tree in a folder; `erased` says whether an absent body was erased."""
    try:
        form = form_of(path)
    except Malformed:
        return problems.problem(request, 404, NotFound("there is no such file in the public tree"))
    try:
        file = (tree / path).open("rb")
    except OSError:
        return _absent(request, path, erased)
    return _answer(request, file, form)


def _answer(request: Request, file: BinaryIO, form: Form) -> Response:
    status = os.fstat(file.fileno())
    headers = {
        "ETag": f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        "Cache-Control": form.caching,
        "Access-Control-Allow-Origin": "*",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        file.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(status.st_size)
    if request.method == "HEAD":
        file.close()
        return Response(headers=headers, media_type=form.content)
    return StreamingResponse(_chunks(file), headers=headers, media_type=form.content)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _absent(request: Request, path: str, erased: Callable[[int], bool]) -> Response:
    folder, _, number = path.partition("/")
    if folder == "body" and erased(int(number)):
        return problems.problem(request, 410)
    return problems.problem(request, 404, NotFound("there is no such file in the public tree yet"))


def _erased(site: Site, index: int) -> bool:
    try:
        return site.log.record(index).body is None
    except JejakError:
        return False
