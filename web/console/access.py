"""The way in: a passkey is made and given to the registrars; one that they enrolled signs in.

Making a passkey here changes nothing: the page only hands out the file that registrars enrol with
`jejak key enrol`, away from the web. A script in a hijacked session can enrol nobody.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from ledger.publicfile import format_public_file
from web.api.gate import gate_of
from web.console import sessions
from web.console.passkeys import groups, read_assertion, read_credential, read_new_passkey
from web.console.requests import (
    PRIVATE,
    EntranceOf,
    Form,
    PostedOf,
    Visitor,
    VisitorOf,
    check_source,
)

router = APIRouter()


def sent(visitor: VisitorOf, form: EntranceOf) -> tuple[Visitor, Form]:
    """A form of somebody who need not be signed in. Raises NotAuthorised."""
    check_source(visitor)
    return visitor, form


SentOf = Annotated[tuple[Visitor, Form], Depends(sent)]


@router.get("/sign-in")
def sign_in_page(visitor: VisitorOf) -> Response:
    """Sign in with a passkey."""
    challenge = sessions.new_challenge(visitor.console)
    return visitor.show("sign_in.html", challenge=challenge)


@router.post("/sign-in")
async def sign_in(given: SentOf) -> Response:
    """Open a session for an enrolled key; in the threads of those who are not signed in."""
    return await gate_of(given[0].request).entrance.run(partial(_open_session, *given))


def _open_session(visitor: Visitor, form: Form) -> Response:
    session = sessions.sign_in(
        visitor.console,
        visitor.site.log.registry(),
        form.get("challenge", ""),
        read_credential(form),
        read_assertion(form),
        visitor.session,
    )
    return visitor.remember(visitor.go("/console"), session)


@router.post("/sign-out")
def sign_out(given: PostedOf) -> Response:
    """End the session."""
    officer = given.officer
    if officer.session is not None:
        sessions.end_session(officer.console, officer.session)
    return officer.remember(officer.go("/console/sign-in"), None)


@router.get("/passkey")
def passkey_page(visitor: VisitorOf) -> Response:
    """Make a passkey."""
    return visitor.show("passkey.html")


@router.post("/passkey")
def passkey(given: SentOf) -> Response:
    """On to what to give to the registrars, for a passkey just made; nothing is kept."""
    visitor, form = given
    public = form.get("public", "")
    read_new_passkey(public, visitor.relying_party, visitor.origin)
    return visitor.go("/console/passkey/made", public=public)


@router.get("/passkey/made")
def made_page(visitor: VisitorOf, public: str = Query()) -> Response:
    """What to give to the registrars; its address has the key, so the other language has it too."""
    key = read_new_passkey(public, visitor.relying_party, visitor.origin)
    return visitor.show("request.html", key=key, fingerprint=groups(key.id), public=public)


@router.get("/passkey.pub")
def passkey_file(visitor: VisitorOf, public: str = Query()) -> Response:
    """The public file of a passkey, as `jejak key enrol` takes it."""
    key = read_new_passkey(public, visitor.relying_party, visitor.origin)
    headers = {
        **PRIVATE,
        "Content-Disposition": f'attachment; filename="passkey-{key.id[:16]}.pub"',
    }
    return Response(format_public_file(key), 200, headers, "application/json")
