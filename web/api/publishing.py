"""Publishing and checking, as the API answers them: synchronous, in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from fastapi import Response

from ledger.checking import Checked, check_submission
from ledger.errors import JejakError, Malformed, NotAuthorised
from ledger.log import Submission
from ledger.publication import parse_publication
from procurement.foreseeing import Foreseen, Warned, foresee
from web import addresses
from web.api.limits import Rates
from web.console.opening import ConsoleFile
from web.foureyes import check_offices
from web.privacy import without_contacts
from web.site import Site
from web.views import Amount, View, money

NOT_COMPUTED = "what would be refused, or is published already, is not judged by the rules"


class Published(View, frozen=True):
    """An entry that is durable: where it stands, and its receipt once a checkpoint covers it."""

    index: int
    leaf_hash: str
    repeated: bool
    page: str
    receipt: str


class Refusal(View, frozen=True):
    """A reason for which the log would refuse."""

    code: str
    detail: str
    remedy: str


class Figure(View, frozen=True):
    """A sum, a date or a name that a rule compared; `tax`: gross, net or "" (not said)."""

    name: str
    amount: Amount | None
    text: str
    tax: str


class RuleWarning(View, frozen=True):
    """A money rule that the entry would break, or leave not computable.

    `standing`: the same is found of its subject already.
    """

    code: str
    status: str
    subject: str
    reason: str
    figures: list[Figure]
    entries: list[int]
    standing: bool


class CheckView(View, frozen=True):
    """What publishing would be answered; warnings and marks are None when not computable.

    `size` is how many entries the log had, `position` how many of them the rules had read.
    """

    acceptable: bool
    signed: bool
    refusals: list[Refusal]
    published: Published | None
    warnings: list[RuleWarning] | None
    marks: list[str] | None
    not_computable: str
    size: int
    position: int | None


def publish(site: Site, asked: ConsoleFile, keys: Rates, raw: bytes) -> Response:
    """Record a publication; the answer is given when the entry is durable.

    201 when it is new, 200 when the log holds it already. Raises JejakError.
    """
    submission = parse_publication(raw)
    if not submission.signatures:
        raise Malformed("the publication is not signed", "sign its statement; see docs/format.md")
    signers = [signature.key for signature in submission.signatures]
    for key in signers:
        keys.look(key)
    _check_four_eyes(site, asked, submission)
    recorded = site.log.append_one(submission)
    if not recorded.repeated:
        # Only what its owner has signed and what is new: nobody else can empty a key's bucket.
        for key in signers:
            keys.spend(key)
    view = published(recorded.index, recorded.leaf_hash, recorded.repeated)
    return answer(view, 200 if recorded.repeated else 201, {"Location": view.page})


def _check_four_eyes(site: Site, asked: ConsoleFile, submission: Submission) -> None:
    """Raises NotAuthorised, but for what the log itself knows already or refuses."""
    try:
        check_offices(asked, site, submission)
    except NotAuthorised:
        checked = check_submission(site.log, submission)
        if not checked.repeated and not checked.refusals:
            raise


def published(index: int, leaf_hash: bytes, repeated: bool) -> Published:
    """An entry as the API names it."""
    page = addresses.entry(index)
    return Published(
        index=index,
        leaf_hash=leaf_hash.hex(),
        repeated=repeated,
        page=page,
        receipt=f"{page}.receipt.json",
    )


def check(site: Site, asked: ConsoleFile, raw: bytes) -> Response:
    """What publishing would be answered; nothing is written. Raises Malformed, Unavailable."""
    submission = parse_publication(raw)
    checked = check_submission(site.log, submission)
    if checked.draft and submission.signatures:
        try:
            check_offices(asked, site, submission)
        except NotAuthorised as error:
            checked = replace(checked, refusals=(error,))
    foreseen = foresee(site.log, site.index, checked.draft) if checked.draft else None
    return answer(_check_view(submission, checked, foreseen), 200)


def answer(view: View, status: int, headers: dict[str, str] | None = None) -> Response:
    """A view as JSON, never kept by anybody; personal numbers are left out as on pages."""
    content = msgspec.json.encode(without_contacts(msgspec.to_builtins(view)))
    sent = {"Cache-Control": "no-store", **(headers or {})}
    return Response(content, status, sent, "application/json")


def _check_view(submission: Submission, checked: Checked, foreseen: Foreseen | None) -> CheckView:
    known = checked.repeated
    return CheckView(
        acceptable=not checked.refusals,
        signed=bool(submission.signatures),
        refusals=_refusals(checked.refusals),
        published=published(known.index, known.leaf_hash, True) if known else None,
        warnings=[_warning(each) for each in foreseen.warnings] if foreseen else None,
        marks=list(foreseen.marks) if foreseen else None,
        not_computable="" if foreseen else NOT_COMPUTED,
        size=checked.head.size,
        position=foreseen.position if foreseen else None,
    )


def _refusals(errors: Sequence[JejakError]) -> list[Refusal]:
    return [Refusal(code=error.code, detail=error.message, remedy=error.remedy) for error in errors]


def _warning(warned: Warned) -> RuleWarning:
    row = warned.finding
    return RuleWarning(
        code=row["code"],
        status=row["status"],
        subject=row["subject"],
        reason=row["reason"],
        figures=[_figure(each) for each in row["figures"]],
        entries=sorted(set(row["entries"])),
        standing=warned.standing,
    )


def _figure(value: dict[str, Any]) -> Figure:
    known = value.get("currency") is not None
    return Figure(
        name=value["name"],
        amount=money(value["amount"], value["currency"]) if known else None,
        text=str(value.get("text") or ""),
        tax=str(value.get("tax") or ""),
    )
