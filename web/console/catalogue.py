"""All forms of the console, who may use which, and the form that an entry was made with."""

from __future__ import annotations

from typing import Any

from ledger.acts import Enrolment
from ledger.errors import NotFound
from procurement.kinds import KINDS
from procurement.ocds import RELEASE
from web.console import awarding, case_forms, contracts, events, payments, tendering
from web.console.forms import Form

FORMS: dict[str, Form] = {
    form.name: form
    for module in (tendering, awarding, contracts, events, payments, case_forms)
    for form in module.FORMS
}
_TAGS = {
    "planning": "plan",
    "tender": "tender",
    "tenderCancellation": "cancellation",
    "award": "award",
    "contract": "contract",
    "contractAmendment": "addendum",
    "implementation": "handover",
}


def form_of(name: str) -> Form:
    """The form of this name. Raises NotFound."""
    if name not in FORMS:
        raise NotFound("there is no such form")
    return FORMS[name]


def forms_for(enrolment: Enrolment) -> list[Form]:
    """The forms for what a role of the key is there to publish.

    A treasury's releases are merged only as far as they carry out a contract: it pays instead.
    """
    roles = enrolment.roles - {"importer"}
    offered = [form for form in FORMS.values() if KINDS[form.kind].roles & roles]
    if "procurement" in roles:
        return offered
    return [form for form in offered if form.kind != RELEASE or form.name == "handover"]


def form_for(kind: str, body: Any) -> Form:
    """The form that makes such an entry. Raises NotFound where none does."""
    if kind != RELEASE:
        return form_of(kind.rpartition("/")[2])
    tags = body.get("tag") if isinstance(body, dict) else None
    named = [_TAGS[tag] for tag in tags or () if tag in _TAGS] if isinstance(tags, list) else []
    if not named:
        raise NotFound("no form makes such an entry", "correct it with jejak publish --replaces")
    return FORMS[named[-1]]
