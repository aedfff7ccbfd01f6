"""Pages on which a batch is looked at as a list, signed by one gesture, and handed to the log."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter, Response

from ledger.envelope import format_statement
from ledger.errors import Conflict, JejakError, NotAuthorised, Unacceptable, Unavailable
from ledger.keys import verify_signature
from ledger.log import Recorded, Refused
from procurement.follower import Follower
from web.console import batches, catalogue, drafts, signing
from web.console.batches import Batch
from web.console.drafting import EXPLANATION, fix_draft
from web.console.drafts import Approval, Draft
from web.console.fields import Answers, Fault, check_fields
from web.console.passkeys import groups, read_assertion
from web.console.requests import Officer, OfficerOf, PostedOf
from web.console.sessions import credential_of
from web.console.trial import trials_of
from web.pages.findings import FindingView, finding_views
from web.views import Amount, amount

router = APIRouter()


@dataclass(frozen=True)
class Listed:
    """A record of a batch as its page lists it: what it breaks, and what the ledger has said."""

    draft: Draft
    amount: Amount | None
    line: str
    statement: str
    broken: Sequence[FindingView] = ()
    faults: Sequence[Fault] = ()

    @property
    def unexplained(self) -> bool:
        """Whether a rule is broken without a reason."""
        return bool(self.broken) and not self.draft.answers.get(EXPLANATION.name)


def open_batch(officer: Officer, number: str) -> Batch:
    """A batch that the officer may write or sign. Raises NotFound, NotAuthorised."""
    batch = batches.find(officer.console, officer.org, number)
    signing.check_role(officer, catalogue.form_of(batch.form))
    return batch


@router.get("/batches/{number}")
def batch_page(officer: OfficerOf, number: str) -> Response:
    """Every record, what all of them come to, and the one signature for them."""
    batch = batches.find(officer.console, officer.org, number)
    if any(each.state == drafts.PUBLISHING for each in batch.drafts):
        publish(officer, batch)
        batch = batches.find(officer.console, officer.org, number)
    return _page(officer, batch, {})


@router.post("/batches/{number}/check")
def check_again(given: PostedOf, number: str) -> Response:
    """Fix every record that has been changed, as far as the ledger would take it."""
    officer, batch = given.officer, open_batch(given.officer, number)
    faults = {each.id: _fix(officer, each) for each in batch.unfixed}
    batch = batches.find(officer.console, officer.org, number)
    return _page(officer, batch, {name: found for name, found in faults.items() if found})


@router.post("/batches/{number}/explain")
def explain(given: PostedOf, number: str) -> Response:
    """Add the reasons for broken rules, each to its record; they are signed with the rest."""
    officer, batch = given.officer, open_batch(given.officer, number)
    faults: dict[str, Sequence[Fault]] = {}
    for draft in batch.left:
        reason = given.text(f"reason-{draft.id}")
        if reason and reason != draft.answers.get(EXPLANATION.name):
            faults[draft.id] = _explain(officer, draft, reason)
    batch = batches.find(officer.console, officer.org, number)
    return _page(officer, batch, {name: found for name, found in faults.items() if found})


def _explain(officer: Officer, draft: Draft, reason: str) -> Sequence[Fault]:
    answers: Answers = {**draft.answers, EXPLANATION.name: reason}
    faults = check_fields((EXPLANATION,), answers)
    if faults:
        return faults
    drafts.change(officer.console, draft, answers)
    return _fix(officer, drafts.find(officer.console, officer.org, draft.id))


def _fix(officer: Officer, draft: Draft) -> Sequence[Fault]:
    return fix_draft(officer, catalogue.form_of(draft.form), draft)


@router.post("/batches/{number}/return")
def give_back(given: PostedOf, number: str) -> Response:
    """Return what waits of a batch, with the reason."""
    officer, reason = given.officer, given.text("reason")[:500]
    batch = open_batch(officer, number)
    if not reason:
        raise Unacceptable("a batch is returned with a reason", "write what has to be mended")
    for each in batch.left:
        if each.state == "waiting":
            drafts.give_back(officer.console, each, f"{officer.enrolment.office}: {reason}")
    return officer.go("/console")


@router.post("/batches/{number}/discard")
def discard(given: PostedOf, number: str) -> Response:
    """Delete what is left of a batch."""
    officer = given.officer
    batches.discard(officer.console, open_batch(officer, number))
    return officer.go("/console")


@router.post("/batches/{number}/sign")
def sign(given: PostedOf, number: str) -> Response:
    """Take one assertion as the signature of every record; publish after the last asked for."""
    officer, batch = given.officer, open_batch(given.officer, number)
    if not batch.left:
        return officer.go(f"/console/batches/{number}")
    tree = batches.tree_of(batch)
    digest = batches.digest_of(tree)
    if given.text("digest") != digest or (batch.waiting and batch.digest != digest):
        raise Conflict("the batch has changed since its list", "open it again and look at it anew")
    check_explained(officer, batch)
    assertion = read_assertion(given.form, officer.key)
    made = [tree.signature(at, assertion) for at in range(tree.size)]
    public = officer.site.log.registry().key(officer.key)
    verify_signature(batch.left[0].signed, made[0], public)
    office = officer.enrolment.office
    _take(officer, batch, digest, [Approval(officer.key, office, each) for each in made])
    return officer.go(f"/console/batches/{number}")


def check_explained(officer: Officer, batch: Batch) -> None:
    """Every broken rule is signed with its reason. Raises Unacceptable."""
    lacking = [each for each in _listed(officer, batch, {}) if each.unexplained]
    if lacking:
        raise Unacceptable(
            f"{len(lacking)} records break a money rule and give no reason",
            "write the reasons in the list",
        )


def needs_second(officer: Officer, left: Sequence[Draft]) -> bool:
    """Whether two offices are asked for: by one of the records, or by what all come to."""
    threshold = officer.console.asked.threshold(officer.org)
    if threshold is None:
        return False
    total = sum(abs(each.amount or 0) for each in left if each.currency == threshold.currency)
    return total >= abs(threshold.amount) or any(
        signing.needs_second(officer, each) for each in left
    )


def _take(officer: Officer, batch: Batch, digest: str, given: Sequence[Approval]) -> None:
    left = batch.left
    earlier = [each for draft in left for each in drafts.approvals(officer.console, draft)]
    if signing.has_signed(officer, earlier):
        raise NotAuthorised(
            "your office has signed already", "another office of the institution signs second"
        )
    if not batch.waiting and needs_second(officer, left):
        batches.approve(officer.console, batch, given, digest)
        return
    drafts.claim_all(officer.console, list(zip(left, given, strict=True)))
    try:
        publish(officer, batches.find(officer.console, officer.org, batch.id))
    except Unavailable:
        # They may stand in the log all the same: whoever opens the batch asks again.
        raise
    except JejakError:
        for draft, approval in zip(left, given, strict=True):
            drafts.release(officer.console, draft, approval)
        raise


def publish(officer: Officer, batch: Batch) -> None:
    """Hand the claimed records to the log, which takes each of them once; tell which it refuses.

    Raises Unavailable, Conflict.
    """
    claimed = [each for each in batch.drafts if each.state == drafts.PUBLISHING]
    submissions = [signing.submission_of(officer, each) for each in claimed]
    outcomes = list(zip(claimed, officer.site.log.append(submissions), strict=True))
    recorded = [(draft, each.index) for draft, each in outcomes if isinstance(each, Recorded)]
    drafts.publish_all(officer.console, recorded)
    for draft, each in outcomes:
        if isinstance(each, Refused) and not isinstance(each.error, Unavailable):
            with suppress(Conflict):  # somebody else has just told it
                drafts.give_back(officer.console, draft, each.error.message, drafts.PUBLISHING)
    Follower(officer.site.log, officer.site.index).run()


def _listed(officer: Officer, batch: Batch, faults: dict[str, Sequence[Fault]]) -> list[Listed]:
    """The records that are left; what each would break is seen with all of them published."""
    left, ready = batch.left, [each for each in batch.left if each.statement is not None]
    broken: dict[str, Sequence[FindingView]] = {}
    if ready:
        keys = [each.key for each in drafts.approvals(officer.console, ready[0])]
        said = [(each.said, each.body or b"") for each in ready]
        with trials_of(officer.site, said, [*keys, officer.key][:8]) as trials:
            reader = copy.copy(officer)
            reader.site = trials[0].site
            for draft, trial in zip(ready, trials, strict=True):
                broken[draft.id] = finding_views(reader, list(trial.broken))
    return [_record(each, broken.get(each.id, ()), faults.get(each.id, ())) for each in left]


def _record(draft: Draft, broken: Sequence[FindingView], faults: Sequence[Fault]) -> Listed:
    fixed_said = draft.statement is not None
    said = format_statement(draft.said).decode() if fixed_said else ""
    line = draft.answers.get("line") or (draft.said.subject if fixed_said else "")
    return Listed(draft, amount(draft.amount, draft.currency), line, said, broken, faults)


def _totals(left: Sequence[Draft]) -> list[Amount | None]:
    sums: Counter[str] = Counter()
    for each in left:
        if each.amount is not None and each.currency is not None:
            sums[each.currency] += each.amount
    return [amount(total, currency) for currency, total in sums.items()]


def _page(officer: Officer, batch: Batch, faults: dict[str, Sequence[Fault]]) -> Response:
    left, digest, wrong = batch.left, "", None
    try:
        digest = batches.digest_of(batches.tree_of(batch)) if left else ""
    except Conflict as error:
        wrong = error
    listed = _listed(officer, batch, faults)
    earlier = drafts.approvals(officer.console, left[0]) if left else []
    return officer.show(
        "batch.html",
        batch=batch,
        form=catalogue.form_of(batch.form),
        listed=listed,
        published=[each for each in batch.drafts if each.index is not None],
        totals=_totals(left),
        digest=digest,
        fingerprint=groups(digest),
        wrong=wrong,
        changed=bool(batch.waiting and batch.digest != digest),
        unexplained=[each for each in listed if each.unexplained],
        signed=[each.office for each in earlier],
        mine=signing.has_signed(officer, earlier),
        two=bool(digest) and needs_second(officer, left),
        credential=credential_of(officer.console, officer.key),
        status=422 if faults else 200,
    )
