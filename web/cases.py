"""Cases as pages mention them: an auditor's finding, whom it concerns, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import Query

from procurement.case_signs import seen
from procurement.case_states import OPEN_STATES, STATES
from procurement.cases import Case, cases
from procurement.projections import Projections
from web.mentions import Names
from web.past import PastReader
from web.reader import Reader
from web.views import Organisation, View

FEW = 10

# What a list of cases is narrowed to; `open` is opened or answered.
Stand = Annotated[
    Literal["open", "opened", "answered", "resolved", "rejected"] | None, Query(alias="state")
]


class CaseItem(View, frozen=True):
    """A case in a list: `text` is in `language`, the reader's where the auditor wrote in it.

    `code` is that of the flag or the rule that it rests on, or "".
    """

    index: int
    state: str
    at: str
    since: int
    since_at: str
    auditor: Organisation
    concerned: list[Organisation]
    text: str
    language: str
    code: str


def cases_about(reader: Reader, kind: str, ref: str) -> list[CaseItem]:
    """The newest cases that concern something, as they stand on the reader's page.

    `kind` is one of procurement.index_cases.CaseConcern.
    """
    index, at = as_of(reader)
    with index.session() as session:
        found = cases(session.connection(), concerns=(kind, ref), at=at, limit=FEW)
    return case_items(reader, found)


def listed_cases(
    reader: Reader, state: str | None, org: str | None, limit: int, before: int | None
) -> list[Case]:
    """The newest cases of one state or all, also about one organisation, below a cursor."""
    concerns = ("org", org) if org else None
    asked = states_of(state)
    with reader.site.index.session() as session:
        connection = session.connection()
        return cases(connection, states=asked, concerns=concerns, before=before, limit=limit)


def as_of(reader: Reader) -> tuple[Projections, int | None]:
    """Cases are read where all of them are; a page of the past looks at those of its day."""
    if isinstance(reader, PastReader):
        return reader.stood.live, reader.stood.at
    return reader.site.index, None


def case_items(reader: Reader, found: Sequence[Case]) -> list[CaseItem]:
    """Cases as lists show them."""
    names = Names(reader, (org for each in found for org in (each.org, *each.parties)))
    return [case_item(names, each) for each in found]


def case_item(names: Names, found: Case) -> CaseItem:
    """One case as lists show it."""
    language, text = worded(found.text, names.language)
    return CaseItem(
        index=found.index,
        state=found.state,
        at=found.at,
        since=found.since,
        since_at=found.since_at,
        auditor=names.mention(found.org),
        concerned=[names.mention(each) for each in found.parties],
        text=text,
        language=language,
        code=str(found.flag.get("code", "")),
    )


def worded(text: Mapping[str, str], language: str) -> tuple[str, str]:
    """The language in which something is shown, and the words; "" where nothing was said."""
    known = language if language in text else next(iter(text), language)
    return known, seen(text.get(known, ""))


def states_of(stand: str | None) -> Sequence[str]:
    """The states that a filter asks for."""
    if stand is None:
        return STATES
    return OPEN_STATES if stand == "open" else (stand,)
