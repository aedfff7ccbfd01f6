"""What an officer's key may speak about, and in which currencies money is written there."""

from __future__ import annotations

from ledger.acts import Enrolment
from procurement import picking
from procurement.picking import Scope
from web.console.amounts import FALLBACK
from web.console.forms import Option
from web.console.requests import Officer

EVERYTHING = "*"


def scope_of(enrolment: Enrolment) -> Scope:
    """The organisations about whose subjects a key may speak; None for all."""
    return None if EVERYTHING in enrolment.covers else enrolment.covers


def scope_options(officer: Officer) -> tuple[Option, ...]:
    """The same with their names, the officer's own first."""
    known = officer.site.log.registry().institutions
    own_first = sorted(officer.enrolment.covers, key=lambda each: (each != officer.org, each))
    return tuple(
        Option(each, known[each].names["id"] if each in known else "") for each in own_first
    )


def currencies_of(officer: Officer) -> tuple[str, ...]:
    """The currencies of the budget lines in scope, then those that console.json names.

    A deployment that has said nothing and has no line yet begins with the fallback.
    """
    found = picking.currencies(officer.site.index, scope_of(officer.enrolment))
    named = (*found, *officer.console.asked.currencies)
    return tuple(dict.fromkeys(named)) or (FALLBACK,)
