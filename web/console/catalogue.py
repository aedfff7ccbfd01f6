"""All forms of the console, and who may use which."""

from __future__ import annotations

from ledger.acts import Enrolment
from ledger.errors import NotFound
from procurement.kinds import KINDS
from web.console import releases
from web.console.forms import Form

FORMS: dict[str, Form] = {form.name: form for form in releases.FORMS}


def form_of(name: str) -> Form:
    """The form of this name. Raises NotFound."""
    if name not in FORMS:
        raise NotFound("there is no such form")
    return FORMS[name]


def forms_for(enrolment: Enrolment) -> list[Form]:
    """The forms whose kind of entry a role of the key may sign."""
    return [form for form in FORMS.values() if KINDS[form.kind].roles & enrolment.roles]
