"""The log's public tree of files below `/log/`: what a verifier reads.

Files are served as they lie on the disk; only paths of the format exist. Whatever a file says, a
verifier trusts its trust file and the chain, never this server.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from ledger.errors import JejakError, NotFound
from web import problems
from web.site import Site

CHUNK = 64 * 1024
FOREVER = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"
SECONDS = "public, max-age=2"
MINUTES = "public, max-age=300"

_NUMBER = r"(?:x[0-9]{3}/)*[0-9]{3}"
_LEVEL = r"(?:[0-9]|[1-5][0-9]|6[0-3]|entries)"
_OCTETS = "application/octet-stream"
# What a path may be, the type of its content, and how long it may be kept.
_FILES = [
    (re.compile(pattern), kind, caching)
    for pattern, kind, caching in (
        (r"checkpoint", "text/plain; charset=utf-8", SECONDS),
        (r"log\.json", "application/json", MINUTES),
        (r"anchors/latest", "application/json", SECONDS),
        (rf"anchors/{_NUMBER}", "application/json", FOREVER),
        (
            rf"tile/(?:[0-9]|[1-5][0-9]|6[0-3]|entries)/{_NUMBER}(?:\.p/[0-9]{{1,3}})?",
            _OCTETS,
            FOREVER,
        ),
        (rf"bodies/{_NUMBER}", "application/gzip", HOUR),
        (r"body/(?:0|[1-9][0-9]{0,18})", "application/json", HOUR),
    )
]

router = APIRouter()


@router.api_route("/log/{path:path}", methods=["GET", "HEAD"])
def public_file(request: Request, path: str) -> Response:
    """One file of the tree. 404 where there is none, 410 for an erased body."""
    site: Site = request.app.state.site
    found = next((each for each in _FILES if each[0].fullmatch(path)), None)
    if found is None:
        return problems.problem(request, 404, NotFound("there is no such file in the public tree"))
    try:
        file = (site.tree / path).open("rb")
    except OSError:
        return _absent(request, site, path)
    return _answer(request, file, found[1], found[2])


def _answer(request: Request, file: BinaryIO, kind: str, caching: str) -> Response:
    status = os.fstat(file.fileno())
    headers = {
        "ETag": f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        "Cache-Control": caching,
        "Access-Control-Allow-Origin": "*",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        file.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(status.st_size)
    if request.method == "HEAD":
        file.close()
        return Response(headers=headers, media_type=kind)
    return StreamingResponse(_chunks(file), headers=headers, media_type=kind)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _absent(request: Request, site: Site, path: str) -> Response:
    folder, _, number = path.partition("/")
    if folder == "body" and _erased(site, int(number)):
        return problems.problem(request, 410)
    return problems.problem(request, 404, NotFound("there is no such file in the public tree yet"))


def _erased(site: Site, index: int) -> bool:
    try:
        return site.log.record(index).body is None
    except JejakError:
        return False
