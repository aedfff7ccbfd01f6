"""Answers with an entity tag, compressed where the reader takes it (RFC 9110 8.8, 12.5.3, 13.1).

The tag is weak, since one content goes out with and without compression.
"""

from __future__ import annotations

import gzip
import re
from hashlib import sha256

from fastapi import Request, Response

PAGE_CACHE = "public, max-age=5"
COMPRESSIBLE = 1024

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')


def answered(
    request: Request, content: bytes, kind: str, headers: dict[str, str], tag: str | None = None
) -> Response:
    """The content with its tag, or 304 to a reader who has it; `tag` is else the content's hash."""
    tag = tag or sha256(content).hexdigest()[:32]
    sent = {"Cache-Control": PAGE_CACHE, "Vary": "Accept-Encoding", **headers, "ETag": f'W/"{tag}"'}
    if is_known(request, tag):
        return Response(status_code=304, headers=sent)
    return compressed(request, content, kind, sent)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag, compared weakly."""
    asked = request.headers.get("if-none-match", "")[:4096]
    return asked.strip() == "*" or tag in _TAG.findall(asked)


def takes_gzip(request: Request) -> bool:
    """Whether the reader takes gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


def compressed(
    request: Request, content: bytes, kind: str, headers: dict[str, str], status: int = 200
) -> Response:
    """A response, gzipped where the reader takes it and it is worth it."""
    if len(content) >= COMPRESSIBLE and takes_gzip(request):
        content = gzip.compress(content, 6, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip"}
    return Response(content, status, headers, kind)
