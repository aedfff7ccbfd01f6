"""What an officer is offered: forms, in which order, and who may publish the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.acts import Enrolment
from ledger.errors import NotAuthorised
from ledger.registry import Registry
from procurement.kinds import KINDS
from web.console import catalogue
from web.console.case_forms import ABOUT
from web.console.forms import Form
from web.console.opening import now
from web.console.requests import Officer

NEXT = {
    "planning": "tender",
    "tender": "award",
    "award": "contract",
    "contract": "payment",
    "implementation": "payment",
}
MAX_OFFICES = 5


@dataclass(frozen=True)
class Blocked:
    """A form for which another step has to come first, and which."""

    form: Form
    reason: str


@dataclass(frozen=True)
class Elsewhere:
    """Forms that need a role which the officer's key has not, and the offices that have it."""

    role: str
    forms: Sequence[Form]
    offices: Sequence[Enrolment]


@dataclass(frozen=True)
class Offer:
    """What may be begun now, what later, and what by others."""

    forms: Sequence[Form]
    blocked: Sequence[Blocked]
    elsewhere: Sequence[Elsewhere]


def offer(officer: Officer, stage: str = "", record: Any = None) -> Offer:
    """The forms for something new or, with a record, for the next step of its process."""
    wanted = ("", "line") if record is None else ("", "process")
    allowed = catalogue.forms_for(officer.enrolment)
    mine = [each for each in allowed if each.about in wanted]
    waiting = [] if record is None else [Blocked(each, each.wants(record)) for each in mine]
    blocked = [each for each in waiting if each.reason]
    later = {each.form.name for each in blocked}
    forms = [each for each in mine if each.name not in later]
    forms.sort(key=lambda each: each.name != NEXT.get(stage))
    others = [
        each for each in catalogue.FORMS.values() if each not in allowed and each.about != ABOUT
    ]
    return Offer(forms, blocked, _elsewhere(officer, others))


def _elsewhere(officer: Officer, forms: Sequence[Form]) -> list[Elsewhere]:
    registry, found = officer.site.log.registry(), []
    for role in ("procurement", "budget", "treasury"):
        named = [each for each in forms if role in KINDS[each.kind].roles]
        if role == "treasury":  # a release of a treasury's is merged only as far as it pays
            named = [each for each in named if "procurement" not in KINDS[each.kind].roles]
        if named and role not in officer.enrolment.roles:
            spoken_for = {officer.org, *officer.enrolment.covers}
            found.append(Elsewhere(role, named, offices(registry, role, spoken_for)))
    return found


def offices(registry: Registry, role: str, orgs: Collection[str]) -> list[Enrolment]:
    """Offices with a role that may speak about the subjects of one of these organisations now."""
    at = now()
    found: dict[tuple[str, str], Enrolment] = {}
    for key, each in registry.enrolments.items():
        if role in each.roles and any(map(each.covers_org, orgs)) and _in_force(registry, key, at):
            found.setdefault((each.org, each.office), each)
    return [found[named] for named in sorted(found)][:MAX_OFFICES]


def _in_force(registry: Registry, key: str, at: str) -> bool:
    try:
        registry.enrolled(key, at)
    except NotAuthorised:
        return False
    return True
