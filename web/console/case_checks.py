"""What an officer may say in a case, looked at before anything is signed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import JejakError, NotFound
from procurement.case_notes import MAX_ENTRIES, EntryRef, parse_case_note
from procurement.case_states import Said, check_opening
from procurement.cases import Case, case, cases
from web.cases import CaseItem, case_items
from web.console.case_forms import ABOUT, ACTS, FORMS, write_places
from web.console.fields import Answers, Fault
from web.console.forms import Context, Form
from web.console.requests import Officer
from web.language import mark as _
from web.refusals import refusal

SHOWN = 20
AUDITOR = "auditor"


@dataclass(frozen=True)
class Tasks:
    """Cases that wait for the officer's organisation: for its answer, for its conclusion."""

    unanswered: Sequence[CaseItem]
    unconcluded: Sequence[CaseItem]


def tasks_of(officer: Officer) -> Tasks:
    """The newest cases that wait."""
    org = officer.org
    with officer.site.index.session() as session:
        opened = session.connection()
        asked = cases(opened, states=("opened",), concerns=("org", org), limit=SHOWN)
        answered = cases(opened, states=("answered",), by=org, limit=SHOWN)
    mine = answered if AUDITOR in officer.enrolment.roles else []
    return Tasks(case_items(officer, asked), case_items(officer, mine))


def forms_in(officer: Officer, found: Case) -> list[Form]:
    """What the officer may say in a case as it stands."""
    return [form for form in FORMS if ACTS[form.name] != "open" and _may(officer, form, found)]


def _may(officer: Officer, form: Form, found: Case) -> bool:
    try:
        found.check(said_by(officer, form))
    except JejakError:
        return False
    return True


def said_by(officer: Officer, form: Form) -> Said:
    """What a form would say in a case, if its officer signed now."""
    auditor = AUDITOR in officer.enrolment.roles
    return Said(officer.site.log.size, ACTS[form.name], officer.org, auditor)


def check_may(officer: Officer, form: Form, found: Case | None) -> None:
    """The officer may open a case, or say this in one. Raises NotAuthorised, Conflict."""
    if found is None:
        check_opening(said_by(officer, form))
    else:
        found.check(said_by(officer, form))


def check_case(officer: Officer, form: Form, answers: Answers) -> list[Fault]:
    """Why a draft would change no case; the entries of a finding are put into its answers."""
    if form.about != ABOUT:
        return []
    if ACTS[form.name] == "open" and (faults := _find_entries(officer, answers)):
        return faults
    try:
        number = int(answers.get("case", "").partition(":")[0] or 0)
        check_may(officer, form, case(officer.site.index, number) if number else None)
        parse_case_note(form.compose(_NOWHERE, answers))
    except JejakError as error:
        said = refusal(error.code, error.message)
        return [Fault("", said.message, said.said)]
    return []


# A note about a case is composed of its answers alone.
_NOWHERE = Context("", "", "", "")


def _find_entries(officer: Officer, answers: Answers) -> list[Fault]:
    """Put the entries that are named, each by its hash, into the answers."""
    typed = answers.get("entries", "")
    numbers = [each for each in re.split(r"[\s,;]+", typed) if each]
    if not numbers or not all(re.fullmatch(r"[0-9]{1,18}", each) for each in numbers):
        return [Fault("entries", _("Tulislah nomor entri, dipisahkan koma."))]
    distinct = list(dict.fromkeys(map(int, numbers)))
    if len(distinct) > MAX_ENTRIES:
        return [Fault("entries", _("Paling banyak %(n)s entri."), {"n": MAX_ENTRIES})]
    places = []
    for number in distinct:
        try:
            places.append(EntryRef(number, officer.site.log.record(number).leaf_hash.hex()))
        except NotFound:
            return [Fault("entries", _("Entri %(n)s tidak ada."), {"n": number})]
    answers["places"] = write_places(places)
    answers["title"] = ", ".join(map(str, distinct))[:200]
    return []
