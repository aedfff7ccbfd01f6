"""The forms of the console: each asks what one entry needs and composes its body.

A form is pure: it takes the answers and what is known already (`Context`) and returns the body of
one OCDS release or of one budget event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import InvalidInput
from procurement.money import parse_money
from web.console.amounts import FALLBACK
from web.console.fields import Answers, Fault, Field, Rows, check_fields, check_rows
from web.language import mark as _
from web.views import Amount, money

Body = dict[str, Any]


@dataclass(frozen=True)
class Option:
    """Something that the record holds and that an answer may name; `title` and `worth` tell it."""

    value: str
    title: str = ""
    worth: Amount | None = None


@dataclass(frozen=True)
class Context:
    """What is known before the officer types anything.

    `draft` is the draft's id, for the ids of what it publishes; `moment` the time with its zone;
    `record` the compiled release of the process, `{}` for a new one; for a correction the body that
    is corrected (`correcting`). `line` is the budget line that the officer came from, `scope` the
    organisations that the key may speak about (`*` for all), with their names; `currencies` are
    those in use here, the likeliest first.
    """

    org: str
    name: str
    draft: str
    moment: str
    prefix: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    correcting: bool = False
    line: str = ""
    scope: tuple[Option, ...] = ()
    currencies: tuple[str, ...] = (FALLBACK,)


def nothing(_answers: Answers) -> list[Fault]:
    """No rule between fields."""
    return []


def known(_context: Context) -> Answers:
    """Nothing is known beforehand."""
    return {}


def ready(_record: Mapping[str, Any]) -> str:
    """The form needs no step before it."""
    return ""


def no_options(_context: Context) -> dict[str, list[Option]]:
    """Nothing is chosen among what the record holds."""
    return {}


@dataclass(frozen=True)
class Form:
    """A form: its kind of entry, its questions, and how answers become a body.

    `about` names what it starts from: `process`, `line`, `payment` or nothing; `says` is the
    sentence to be signed, with `title` and `amount`. `rows` are questions that come several times;
    `options` what may be chosen among, by field; `wants` says which step has to come first, if one
    has.
    """

    name: str
    kind: str
    title: str
    says: str
    fields: tuple[Field, ...]
    compose: Callable[[Context, Answers], Body]
    about: str = ""
    prefill: Callable[[Context], Answers] = known
    check: Callable[[Answers], list[Fault]] = nothing
    rows: tuple[Rows, ...] = ()
    options: Callable[[Context], dict[str, list[Option]]] = no_options
    wants: Callable[[Mapping[str, Any]], str] = ready

    def asked(self, answers: Answers) -> Iterator[tuple[Field, Rows | None, int]]:
        """Every question in the order of the page, with the rows it belongs to and its row."""
        for each in (*self.fields, None):
            for rows in self.rows:
                if rows.before == (each.name if each else ""):
                    for number in range(rows.count(answers)):
                        for question in rows.row(number):
                            yield question, rows, number
            if each is not None:
                yield each, None, 0

    def names(self, answers: Answers) -> list[str]:
        """The names under which a page sends its answers."""
        counts = [each.name for each in self.rows]
        return [*(each.name for each, _rows, _number in self.asked(answers)), *counts]

    def find(self, answers: Answers, name: str) -> tuple[Field, Rows | None, int] | None:
        """The question of this name."""
        return next((each for each in self.asked(answers) if each[0].name == name), None)

    def amounts(self, answers: Answers) -> list[tuple[str, Amount]]:
        """The amounts that have been typed, each with the words of its question."""
        found = []
        currency = answers.get("currency") or FALLBACK
        for each, _rows, _number in self.asked(answers):
            if each.kind == "money" and answers.get(each.name):
                try:
                    typed = parse_money(answers[each.name], currency)
                    found.append((each.label, money(typed.amount, typed.currency)))
                except InvalidInput:
                    continue
        return found


def check_answers(
    form: Form, answers: Answers, options: Mapping[str, list[Option]] | None = None
) -> list[Fault]:
    """What stops a draft: faults of single fields, else of the rules between them.

    An answer is one of its `options`, where they are given.
    """
    faults = check_fields(form.fields, answers) + check_rows(form.rows, answers)
    faults += _unlisted(form, answers, options or {})
    return faults or form.check(answers)


def listed(
    options: Mapping[str, list[Option]], name: str, rows: Rows | None = None
) -> list[Option] | None:
    """What may be chosen for a question; None where it is answered freely."""
    return options.get(name.rpartition("-")[2] if rows else name)


def _unlisted(form: Form, answers: Answers, options: Mapping[str, list[Option]]) -> Iterator[Fault]:
    for each, rows, _number in form.asked(answers):
        offered, typed = listed(options, each.name, rows), answers.get(each.name)
        known = [option.value for option in offered or ()]
        if each.kind == "option" and known and typed and typed not in known:
            yield Fault(each.name, _("Pilihlah salah satu."))
