"""The budget lines that a draft names: what the record has of them, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.acts import Enrolment
from procurement import picking
from procurement.index import Line
from procurement.kinds import KINDS
from web.console import catalogue
from web.console.fields import Answers, Fault, Field
from web.console.forms import Form
from web.console.offering import offices
from web.console.requests import Officer
from web.console.scope import scope_of
from web.language import mark as _
from web.views import Amount, amount


@dataclass(frozen=True)
class Choice:
    """Something to pick: the answer it gives, its words, its sums by their names."""

    value: str
    title: str
    note: str = ""
    sums: Sequence[tuple[str, Amount | None]] = ()


@dataclass(frozen=True)
class Without:
    """No line is there to be picked: the form that makes one, or the offices that have it."""

    form: Form | None
    offices: Sequence[Enrolment]


def line_choice(line: Line) -> Choice:
    """A line with what was approved and what nobody has taken yet."""
    sums = (("available", line.available), ("remaining", line.unexplained))
    told = [(name, amount(minor, line.currency)) for name, minor in sums]
    return Choice(line.id, line.title, line.fiscal_year, told)


def named_lines(form: Form, answers: Answers) -> list[tuple[Field, str]]:
    """The questions about lines that have been answered."""
    asked = (each for each, _rows, _number in form.asked(answers) if each.pick == "line")
    return [(each, answers[each.name]) for each in asked if answers.get(each.name)]


def known_lines(officer: Officer, form: Form, answers: Answers) -> dict[str, Choice]:
    """The lines that a draft names and that somebody has appropriated, by id."""
    return {number: line_choice(each) for number, each in _found(officer, form, answers).items()}


def check_lines(officer: Officer, form: Form, answers: Answers) -> list[Fault]:
    """A budget is changed where there is one, in its own currency."""
    return doubts(officer, form, answers) if form.about == "line" else []


def doubts(officer: Officer, form: Form, answers: Answers) -> list[Fault]:
    """Lines that nobody has appropriated, and those in another currency.

    Whoever tenders or pays may name one all the same: the preview says what it leads to.
    """
    found, faults = _found(officer, form, answers), []
    for field, number in named_lines(form, answers):
        line = found.get(number)
        if line is None:
            faults.append(Fault(field.name, _("Mata anggaran ini belum ada dalam catatan.")))
        elif line.currency and line.currency != answers.get("currency"):
            said = _("Mata anggaran ini memakai mata uang %(currency)s.")
            faults.append(Fault(field.name, said, {"currency": line.currency}))
    return faults


def line_currency(officer: Officer, answers: Answers) -> Answers:
    """The currency of the line that a new draft begins with, where nothing is priced yet."""
    number = answers.get("line", "")
    line = picking.lines_named(officer.site.index, [number]).get(number) if number else None
    if line is None or not line.currency or answers.get("value"):
        return {}
    return {"currency": line.currency}


def without_lines(officer: Officer, form: Form) -> Without | None:
    """Where no line can be picked for a form that asks for one: who makes them."""
    if not any(each.pick == "line" for each in form.fields):
        return None
    scope = scope_of(officer.enrolment)
    if picking.lines(officer.site.index, scope, limit=1):
        return None
    made = catalogue.form_of("appropriation")
    if KINDS[made.kind].roles & officer.enrolment.roles:
        return Without(made, ())
    spoken_for = {officer.org, *officer.enrolment.covers}
    return Without(None, offices(officer.site.log.registry(), "budget", spoken_for))


def _found(officer: Officer, form: Form, answers: Answers) -> dict[str, Line]:
    numbers = [number for _field, number in named_lines(form, answers)]
    return picking.lines_named(officer.site.index, numbers) if numbers else {}
