"""Four eyes: from an institution's amount on, two offices sign what a passkey signs.

The console and the API ask by this one rule. The registry names offices and never persons, so two
officers are two offices; names that a reader would take for one are one. Keys of systems sign
alone: who gives a system a role has decided that it may.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ledger.body import parse_body
from ledger.envelope import Statement, parse_statement
from ledger.errors import NotAuthorised, NotFound
from ledger.gesture import companions
from ledger.registry import Registry
from ledger.submission import Submission
from procurement import queries
from procurement.contracting import storable_id
from procurement.follower import Follower
from procurement.money import Money, format_money
from procurement.ocds import RELEASE
from procurement.stakes import KINDS, Sums, changed_sums, own_sums
from web.console.opening import ConsoleFile
from web.console.passkeys import ALGORITHM
from web.site import Site


def office_of(name: str) -> str:
    """An office's name as it is compared: without regard to case, blanks, form or unseen signs."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return " ".join(seen.split())


def offices(names: Iterable[str]) -> frozenset[str]:
    """The different offices among these names."""
    return frozenset(map(office_of, names))


def asks_second(threshold: Money | None, staked: Sums) -> bool:
    """Whether two officers sign: from the threshold on, in another currency, and where in doubt."""
    if threshold is None:
        return False
    return not staked or any(
        each is None
        or each.currency != threshold.currency
        or abs(each.amount) >= abs(threshold.amount)
        for each in staked
    )


def staked(site: Site, statement: Statement, body: bytes) -> Sums:
    """What is at stake: the sums of a body, of what it corrects, and of what it changes.

    Raises InvalidInput for a budget event out of form.
    """
    value = parse_body(body)
    found = own_sums(statement.kind, value)
    if statement.replaced is not None:
        found = found + _corrected(site, statement.replaced)
    if statement.kind != RELEASE:
        return found
    # So that the process is known as it stands, and not as it stood a moment ago.
    Follower(site.log, site.index).run()
    return found + changed_sums(value, _process(site, value))


def asked_of(asked: ConsoleFile, site: Site, statement: Statement, body: bytes) -> bool:
    """Whether the institution asks for two officers over this. Raises InvalidInput."""
    threshold = asked.threshold(statement.org)
    if threshold is None or statement.kind not in KINDS:
        return False
    return asks_second(threshold, staked(site, statement, body))


def check_offices(asked: ConsoleFile, site: Site, submission: Submission) -> None:
    """What a passkey has signed has the signatures that are asked for. Raises NotAuthorised."""
    statement, registry = parse_statement(submission.statement), site.log.registry()
    keys = [each.key for each in submission.signatures]
    if not _is_by_passkey(registry, keys):
        return
    signed = offices(registry.enrolments[key].office for key in keys if key in registry.enrolments)
    if len(signed) >= 2 or not (
        _is_of_a_batch(asked, submission, statement)
        or asked_of(asked, site, statement, submission.body)
    ):
        return
    threshold = asked.threshold(statement.org)
    amount = format_money(threshold) if threshold else ""
    raise NotAuthorised(
        f"{statement.org!r} asks for the signatures of two offices from {amount} on, and where no "
        "amount is known; one has signed",
        "have an officer of another office of the institution sign the same statement with a "
        "passkey, and send both signatures; or publish it at the console",
    )


def _is_of_a_batch(asked: ConsoleFile, submission: Submission, statement: Statement) -> bool:
    """Whether one gesture signed other records too: what they come to is not known here."""
    batched = companions(submission.signatures) > 0
    return batched and statement.kind in KINDS and asked.threshold(statement.org) is not None


def _is_by_passkey(registry: Registry, keys: Iterable[str]) -> bool:
    found = (registry.enrolments.get(key) for key in keys)
    return any(each is not None and each.public.alg == ALGORITHM for each in found)


def _corrected(site: Site, leaf_hash: str) -> Sums:
    index = site.log.find_leaf(bytes.fromhex(leaf_hash))
    if index is None:
        return [None]
    record = site.log.record(index)
    kind = record.entry.statement.kind
    if record.body is None or kind not in KINDS:
        return [None]
    return own_sums(kind, parse_body(record.body)) or [None]


def _process(site: Site, release: object) -> dict[str, object]:
    ocid = release.get("ocid") if isinstance(release, dict) else None
    try:
        return queries.process(site.index, storable_id(str(ocid))).compiled()
    except NotFound:
        return {}
