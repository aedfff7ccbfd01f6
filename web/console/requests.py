"""Requests of the console: who asks, whether a form is ours, and answers that nobody keeps.

A form counts when its session token, its hidden CSRF token and the browser's own word for where it
comes from (Origin, Sec-Fetch-Site) agree. Cookies are sent to `/console` alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from ledger.acts import Enrolment
from ledger.errors import Malformed, NotAuthorised
from web import render
from web.console.opening import Console, relying_party
from web.console.sessions import SESSION, Session, enrolment_of, session_of
from web.reader import Reader, compressed

PATH = "/console"
MAX_FORM = 1024 * 1024
MAX_FIELDS = 400
COOKIE, SECURE_COOKIE = "jejak-console", "__Secure-jejak-console"

Form = dict[str, str]


class SignedOut(Exception):
    """Nobody is signed in: the sign-in page answers."""


class Visitor(Reader):
    """Somebody at the console, signed in or not."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.console: Console = request.app.state.console
        self.origin = self.console.origin(request.url.hostname, request.url.port)
        self.session = session_of(self.console, request.cookies.get(self.cookie))

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; browsers take the second over https alone."""
        return SECURE_COOKIE if self.origin.startswith("https:") else COOKIE

    @property
    def relying_party(self) -> str:
        """Whose passkeys are used here."""
        return relying_party(self.origin)

    def show(self, template: str, view: Any = None, status: int = 200, **more: Any) -> Response:
        """A page of the console: for this visitor alone, kept by nobody."""
        content = render.page(self, f"console/{template}", view, visitor=self, **more)
        headers = {**PRIVATE, "Content-Language": self.language}
        return compressed(self.request, content, "text/html; charset=utf-8", headers, status)

    def go(self, path: str) -> Response:
        """On to another page of the console after a form."""
        return RedirectResponse(self.link(path), 303, dict(PRIVATE))

    def remember(self, answer: Response, session: Session | None) -> Response:
        """Give the browser its session, or take it away."""
        answer.set_cookie(
            self.cookie,
            session.token if session else "",
            max_age=int(SESSION.total_seconds()) if session else 0,
            path=PATH,
            secure=self.origin.startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return answer


# With no-referrer, which the public pages send, browsers withhold the Origin of a form.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Vary": "Cookie"}


class Officer(Visitor):
    """An officer who is signed in with a key in force. Raises SignedOut, NotAuthorised."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        if self.session is None:
            raise SignedOut
        self.key = self.session.key
        self.csrf = self.session.csrf
        self.enrolment: Enrolment = enrolment_of(self.site.log.registry(), self.session)

    @property
    def org(self) -> str:
        """The institution the officer speaks for."""
        return self.enrolment.org


VisitorOf = Annotated[Visitor, Depends(Visitor)]
OfficerOf = Annotated[Officer, Depends(Officer)]


async def read_form(request: Request) -> Form:
    """The fields of a form, bounded before they are read. Raises Malformed."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM:
            raise Malformed("the form is too large", "send it in smaller parts")
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed("the form cannot be read", "open the page again") from error
    return dict(pairs)


FormOf = Annotated[Form, Depends(read_form)]


def check_source(visitor: Visitor) -> None:
    """A form that this site's own page has sent. Raises NotAuthorised."""
    headers = visitor.request.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin != visitor.origin and not (origin is None and site == "same-origin"):
        raise NotAuthorised("the form comes from another site", "open the console and try again")
    if site not in (None, "same-origin"):
        raise NotAuthorised("the form comes from another site", "open the console and try again")


@dataclass(frozen=True)
class Posted:
    """A form that an officer has sent from a page of this console."""

    officer: Officer
    form: Form

    def text(self, name: str) -> str:
        """A field without blanks around it; nothing where it is missing."""
        return self.form.get(name, "").strip()


def posted(officer: OfficerOf, form: FormOf) -> Posted:
    """The form, once it is certain who has sent it. Raises NotAuthorised."""
    check_source(officer)
    if not hmac.compare_digest(form.get("csrf", "").encode(), officer.csrf.encode()):
        raise NotAuthorised("the form is not of this session", "open the page again")
    return Posted(officer, form)


PostedOf = Annotated[Posted, Depends(posted)]
