"""The forms of the console: each asks what one entry needs and composes its body.

A form is pure: it takes the answers and what is known already (`Context`) and returns the body of
one OCDS release or of one budget event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from web.console.fields import Answers, Fault, Field

Body = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What is known before the officer types anything.

    `draft` is the draft's id, for the ids of what it publishes; `moment` the time with its zone;
    `record` the compiled release of the process, `{}` for a new one; for a correction the body that
    is corrected (`correcting`). `line` is the budget line that the officer came from.
    """

    org: str
    name: str
    draft: str
    moment: str
    prefix: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    correcting: bool = False
    line: str = ""


def nothing(_answers: Answers) -> list[Fault]:
    """No rule between fields."""
    return []


def known(_context: Context) -> Answers:
    """Nothing is known beforehand."""
    return {}


@dataclass(frozen=True)
class Form:
    """A form: its kind of entry, its questions, and how answers become a body.

    `about` names what it starts from: `process`, `line`, `payment` or nothing; `says` is the
    sentence to be signed, with `title` and `amount`.
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
