"""Pages on which a draft is seen as the public will see it, signed, and handed to the log."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import segno
from fastapi import APIRouter, Query, Response

from ledger.envelope import WebAuthnSignature, format_statement
from ledger.errors import Conflict, JejakError, NotAuthorised, Unacceptable, Unavailable
from ledger.keys import verify_signature
from ledger.log import Submission
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.ocds import RELEASE
from web import addresses
from web.console import batches, catalogue, drafts
from web.console.composing import digest_of
from web.console.drafts import Approval, Draft
from web.console.forms import Form
from web.console.lines import doubts
from web.console.passkeys import groups, read_assertion
from web.console.requests import Officer, OfficerOf, PostedOf
from web.console.sessions import credential_of
from web.console.trial import Trial, trial_of
from web.foureyes import asked_of, office_of, offices
from web.pages.findings import finding_views
from web.pages.processes import process_view
from web.pages.receipts import receipt_view
from web.views import amount

router = APIRouter()


def check_role(officer: Officer, form: Form) -> None:
    """The officer's key may sign what the form makes. Raises NotAuthorised."""
    if not KINDS[form.kind].roles & officer.enrolment.roles:
        raise NotAuthorised(
            f"no role of your key allows {form.kind}", "ask an officer whose office has the role"
        )


def open_draft(officer: Officer, number: str) -> tuple[Draft, Form]:
    """A draft that the officer may write or sign, and its form. Raises NotFound, NotAuthorised."""
    draft = drafts.find(officer.console, officer.org, number)
    form = catalogue.form_of(draft.form)
    check_role(officer, form)
    return draft, form


def needs_second(officer: Officer, draft: Draft) -> bool:
    """Whether the institution asks for two officers over a draft. Raises Conflict if not fixed."""
    return asked_of(officer.console.asked, officer.site, draft.said, draft.body or b"")


@contextmanager
def on_trial(officer: Officer, draft: Draft) -> Iterator[tuple[Officer, Trial]]:
    """The officer as a reader of the site with the draft in it. Raises Conflict if not fixed."""
    keys = [each.key for each in drafts.approvals(officer.console, draft)]
    said, body = draft.said, draft.body or b""
    with trial_of(officer.site, said, body, [*keys, officer.key][:8]) as seen:
        reader = copy.copy(officer)
        reader.site = seen.site
        yield reader, seen


@router.get("/drafts/{number}/preview")
def preview(officer: OfficerOf, number: str, page: str = Query("", max_length=20)) -> Response:
    """Exactly what the public will see, and what the money rules will say of it."""
    draft = drafts.find(officer.console, officer.org, number)
    if draft.state in drafts.SIGNED:
        return officer.go(f"/console/drafts/{number}/done")
    if draft.statement is None:
        return officer.go(f"/console/drafts/{number}")
    earlier, form = drafts.approvals(officer.console, draft), catalogue.form_of(draft.form)
    with on_trial(officer, draft) as (reader, seen):
        ocid = seen.summary.ocid if page != "receipt" else None
        view = process_view(reader, ocid) if ocid else receipt_view(reader, seen.index)
        return reader.show(
            "preview.html",
            view,
            frame="process.html" if ocid else "receipt.html",
            draft=draft,
            form=form,
            fingerprint=groups(digest_of(draft.signed)),
            signed=[each.office for each in earlier],
            mine=has_signed(officer, earlier),
            broken=finding_views(reader, list(seen.broken)),
            noted=seen.summary.marks,
            doubts=doubts(officer, form, draft.answers),
            has_process=bool(seen.summary.ocid),
            batch=batches.batch_of(officer.console, draft),
        )


@router.get("/drafts/{number}/sign")
def sign_page(officer: OfficerOf, number: str) -> Response:
    """The signing step: one sentence, one short digest, one gesture."""
    draft, form = open_draft(officer, number)
    check_explained(officer, draft)
    digest = digest_of(draft.signed)
    return officer.show(
        "sign.html",
        draft=draft,
        form=form,
        sum=amount(draft.amount, draft.currency),
        statement=format_statement(draft.said).decode(),
        digest=digest,
        fingerprint=groups(digest),
        credential=credential_of(officer.console, officer.key),
        two=needs_second(officer, draft),
    )


@router.get("/drafts/{number}/body")
def body(officer: OfficerOf, number: str) -> Response:
    """The bytes of the body, for the browser to compute their digest itself."""
    draft = drafts.find(officer.console, officer.org, number)
    headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment"}
    return Response(draft.body or b"", 200, headers, "application/octet-stream")


@router.post("/drafts/{number}/sign")
def sign(given: PostedOf, number: str) -> Response:
    """Take a signature; publish when it is the last that is asked for."""
    officer = given.officer
    draft, _form = open_draft(officer, number)
    check_unchanged(draft, given.text("digest"))
    check_explained(officer, draft)
    signature = read_assertion(given.form, officer.key)
    public = officer.site.log.registry().key(officer.key)
    verify_signature(draft.signed, signature, public)
    return _take(officer, draft, signature)


@router.post("/drafts/{number}/return")
def give_back(given: PostedOf, number: str) -> Response:
    """Return a waiting draft, with the reason."""
    officer, reason = given.officer, given.text("reason")[:500]
    draft, _form = open_draft(officer, number)
    if not reason:
        raise Unacceptable("a draft is returned with a reason", "write what has to be mended")
    drafts.give_back(officer.console, draft, f"{officer.enrolment.office}: {reason}")
    return officer.go("/console")


@router.get("/drafts/{number}/done")
def done(officer: OfficerOf, number: str) -> Response:
    """The receipt's number, its address and the same as a QR code."""
    draft = drafts.find(officer.console, officer.org, number)
    if draft.state == drafts.PUBLISHING:
        publish(officer, draft)
        draft = drafts.find(officer.console, officer.org, number)
    if draft.index is None:
        return officer.go(f"/console/drafts/{number}")
    ocid = unquote(draft.said.subject) if draft.said.kind == RELEASE else ""
    address = officer.origin + addresses.entry(draft.index)
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=2, dark="#000", light="#fff", omitsize=True)
    return officer.show("done.html", draft=draft, address=address, code=drawn, ocid=ocid)


def check_unchanged(draft: Draft, digest: str) -> None:
    """What is signed is what was shown. Raises Conflict."""
    if digest_of(draft.signed) != digest:
        raise Conflict("the draft has changed since its preview", "look at the preview again")


def check_explained(officer: Officer, draft: Draft) -> None:
    """A broken rule is signed with its reason. Raises Unacceptable."""
    if draft.answers.get("explanation"):
        return
    with on_trial(officer, draft) as (_reader, seen):
        if seen.broken:
            raise Unacceptable(
                f"{seen.broken[0].code}: this breaks a money rule and gives no reason",
                "write the reason on the preview",
            )


def has_signed(officer: Officer, earlier: Sequence[Approval]) -> bool:
    """Whether the officer's office, or the key, has signed already."""
    signed = offices(each.office for each in earlier)
    return office_of(officer.enrolment.office) in signed or officer.key in {
        each.key for each in earlier
    }


def _take(officer: Officer, draft: Draft, signature: WebAuthnSignature) -> Response:
    office = officer.enrolment.office
    earlier = drafts.approvals(officer.console, draft)
    if has_signed(officer, earlier):
        # The registry names offices, not persons: two keys of one office are one signer.
        raise NotAuthorised(
            "your office has signed already", "another office of the institution signs second"
        )
    given = [*earlier, Approval(officer.key, office, signature)]
    if needs_second(officer, draft) and len(given) < 2:
        drafts.approve(officer.console, draft, given[0])
        return officer.go(f"/console/drafts/{draft.id}/preview")
    drafts.claim(officer.console, draft, given[-1])
    try:
        publish(officer, draft)
    except Unavailable:
        # It may stand in the log all the same: whoever opens the draft asks again.
        raise
    except JejakError:
        drafts.release(officer.console, draft, given[-1])
        raise
    return officer.go(f"/console/drafts/{draft.id}/done")


def publish(officer: Officer, draft: Draft) -> None:
    """Hand a claimed draft to the log, which takes it once however often it is handed over."""
    recorded = officer.site.log.append_one(submission_of(officer, draft))
    drafts.publish(officer.console, draft, recorded.index)
    # So that the pages which the officer goes to next know of it.
    Follower(officer.site.log, officer.site.index).run()


def submission_of(officer: Officer, draft: Draft) -> Submission:
    """A draft with all its signatures, as the log takes it."""
    given = drafts.approvals(officer.console, draft)
    signatures = tuple(each.signature for each in given)
    return Submission(format_statement(draft.said), signatures, draft.body or b"")
