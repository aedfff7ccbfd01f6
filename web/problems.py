"""Errors as readers see them: a plain page in their language, or RFC 9457 for programs."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ledger.errors import JejakError, NotFound, Unacceptable
from web.reader import reader_of
from web.views import View

RETRY_AFTER = 2
"""Seconds, where an error does not say."""

PAGES_OF_LOG = "/log/checkpoints/"
"""Pages whose addresses begin like those of the public tree."""

_LOG = logging.getLogger("jejak.web")


class ProblemView(View, frozen=True):
    """What went wrong: the HTTP status and, where there is one, our own code and words."""

    status: int
    code: str
    detail: str
    remedy: str


def install(app: FastAPI) -> None:
    """Answer every error that is foreseen; `unexpected` has the others."""
    app.add_exception_handler(JejakError, ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem(request: Request, status: int, error: JejakError | None = None) -> Response:
    """The answer for a status, with the words of an error where they are meant for readers."""
    code = error.code if error else HTTPStatus(status).phrase.lower().replace(" ", "-")
    view = ProblemView(
        status=status,
        code=code,
        detail=error.message if error else "",
        remedy=error.remedy if error else "",
    )
    if wants_json(request):
        return _json(request, view)
    return reader_of(request).answer("problem.html", view, status)


def wants_json(request: Request) -> bool:
    """Whether a program asks: a twin, a file of the public tree, or the API."""
    path = request.url.path
    if path.endswith((".json", ".csv", ".atom", ".zip")):
        return True
    return path.startswith(("/log/", "/api/")) and not path.startswith(PAGES_OF_LOG)


def problem_bytes(status: int, code: str, detail: str, remedy: str) -> bytes:
    """Problem details of RFC 9457, with our members `code` and `remedy`."""
    members = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "remedy": remedy,
    }
    return json.dumps(members, ensure_ascii=False).encode()


def _json(request: Request, view: ProblemView) -> Response:
    sent = {"Cache-Control": "no-store"}
    if request.method in ("GET", "HEAD"):
        # Other sites may read what anyone may read; they may not publish.
        sent["Access-Control-Allow-Origin"] = "*"
    content = problem_bytes(view.status, view.code, view.detail, view.remedy)
    return Response(content, view.status, sent, "application/problem+json")


def ours(request: Request, error: Exception) -> Response:
    """The answer to an error that is foreseen."""
    assert isinstance(error, JejakError)
    answer = problem(request, error.status, error)
    if error.status in (429, 503):
        answer.headers["Retry-After"] = str(getattr(error, "retry_after", RETRY_AFTER))
    return answer


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # The last part of a place is the name that we gave it, never what was sent.
    names = [str(each["loc"][-1]) for each in error.errors() if each["loc"][0] in ("path", "query")]
    which = f": {names[0]}" if names else ""
    said = Unacceptable(f"the address holds a value that cannot be read{which}")
    return problem(request, 422, said)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    ours = NotFound("there is no such page") if error.status_code == 404 else None
    answer = problem(request, error.status_code, ours)
    answer.headers.update(error.headers or {})
    return answer


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to an error of ours: noted with its trace, told without it."""
    _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(request, 500)
