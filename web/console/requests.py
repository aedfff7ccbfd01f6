"""Requests of the console: who asks, whether a form is ours, and answers that nobody keeps.

A form counts when its session token, its hidden CSRF token and the browser's own word for where it
comes from (Origin, Sec-Fetch-Site) agree. Cookies are sent to `/console` alone.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from ledger.acts import Enrolment
from ledger.errors import Malformed, NotAuthorised
from web import render
from web.api.gate import gate_of
from web.console.opening import Console, relying_party
from web.console.parts import MULTIPART, check_text, parse_parts
from web.console.sessions import SESSION, Session, enrolment_of, session_of
from web.reader import Reader, compressed

PATH = "/console"
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
        """The name of the session's cookie; browsers take the second over https alone.

        Cookies know no ports: on one machine, practice and the real console have each their own.
        """
        name = SECURE_COOKIE if self.origin.startswith("https:") else COOKIE
        return f"{name}-training" if self.site.training else name

    @property
    def relying_party(self) -> str:
        """Whose passkeys are used here."""
        return relying_party(self.origin)

    def show(self, template: str, view: Any = None, status: int = 200, **more: Any) -> Response:
        """A page of the console: for this visitor alone, kept by nobody."""
        content = render.page(self, f"console/{template}", view, visitor=self, **more)
        headers = {**PRIVATE, "Content-Language": self.language}
        return compressed(self.request, content, "text/html; charset=utf-8", headers, status)

    def go(self, path: str, **query: object) -> Response:
        """On to another page of the console after a form."""
        return RedirectResponse(self.link(path, **query), 303, dict(PRIVATE))

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


async def form_sent(request: Request) -> AsyncIterator[Form]:
    """The form of somebody who is signed in. Raises TooMany, NoLength, TooLarge, TooSlow."""
    lane = gate_of(request).forms
    lane.count(request)
    async with lane.taking(request) as raw:
        yield await lane.run(partial(_parse, raw, request.headers.get("content-type", "")))


def _parse(raw: bytes, content_type: str) -> Form:
    sent_with_a_file = content_type.startswith(MULTIPART)
    return parse_parts(raw, content_type) if sent_with_a_file else parse_form(raw)


async def entrance_sent(request: Request) -> AsyncIterator[Form]:
    """The small form of anybody. Raises TooMany, NoLength, TooLarge, TooSlow."""
    lane = gate_of(request).entrance
    lane.count(request)
    async with lane.taking(request) as raw:
        yield await lane.run(partial(parse_form, raw))


def parse_form(raw: bytes) -> Form:
    """The fields of a form. Raises Malformed."""
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed("the form cannot be read", "open the page again") from error
    for name, text in pairs:
        check_text(name, text)
    return dict(pairs)


# The officer is looked for first: of a stranger's large form nothing is read.
FormOf = Annotated[Form, Depends(form_sent)]
EntranceOf = Annotated[Form, Depends(entrance_sent)]


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
