"""The pages of cases: all of them, and one with what both sides have said."""

from __future__ import annotations

from fastapi import APIRouter, Path, Response

from procurement import cases as cases_of
from procurement import queries
from procurement.case_past import CaseThen
from procurement.case_results import rerun
from procurement.case_signs import seen, unseen
from procurement.case_states import OPEN_STATES
from procurement.cases import Case, Utterance
from web.cases import CaseItem, Stand, as_of, case_item, case_items, listed_cases
from web.cursors import Before, Org
from web.mentions import EntryItem, Names, entry_items
from web.money_rules import RULES
from web.past import as_known
from web.reader import Reader, ReaderOf, page
from web.signers import signers_of
from web.views import Organisation, View

SHOWN = 25

router = APIRouter()


class CasesView(View, frozen=True):
    """Cases, also of one state or about one organisation; `next` is the cursor.

    `counts` are of all cases, by state.
    """

    state: str | None
    org: Organisation | None
    counts: dict[str, int]
    cases: list[CaseItem]
    next: int | None


class GroundView(View, frozen=True):
    """The flag or rule that a finding rests on; `rule` where it is a money rule with a page.

    `command` is "" unless it is one that computes it again, and nothing else.
    """

    code: str
    version: int | None
    subject: str
    outcome: str
    value: str | None
    reason: str
    figures: dict[str, str]
    command: str
    rule: bool


class SaidView(View, frozen=True):
    """Something said in a case, by language, and the remark why it changed nothing, or ""."""

    index: int
    at: str
    act: str
    org: Organisation
    offices: list[str]
    text: dict[str, str]
    remark: str
    corrected_by: int | None


class Leaf(View, frozen=True):
    """An entry as the finding names it."""

    index: int
    leaf: str


class CaseView(View, frozen=True):
    """A case, the entries it is about, and what was said in it, in the order of the log.

    `more`: there is more of it than is shown.
    """

    case: CaseItem
    waits: bool
    leaf: str
    ground: GroundView | None
    said: list[SaidView]
    more: bool
    entries: list[EntryItem]
    leaves: list[Leaf]


@page(router, "/cases")
def cases(
    reader: ReaderOf, state: Stand = None, org: Org = None, before: Before = None
) -> Response:
    """All cases, newest first."""
    found = listed_cases(reader, state, org, SHOWN, before)
    with reader.site.index.session() as session:
        counts = cases_of.counts(session.connection())
    view = CasesView(
        state=state,
        org=Names(reader, [org]).mention(org) if org else None,
        counts=counts,
        cases=case_items(reader, found),
        next=found[-1].index if len(found) == SHOWN else None,
    )
    return reader.answer("cases.html", view)


@page(router, "/cases/{index:int}")
def case(reader: ReaderOf, index: int = Path(ge=0, lt=2**63)) -> Response:
    """The page of a case."""
    subject = CaseThen.of(cases_of.case(reader.site.index, index))
    with as_known(reader, subject) as then:
        return then.answer("case.html", case_view(then, index))


def case_view(reader: Reader, index: int) -> CaseView:
    """What the page of a case shows, as it stands on the reader's page. Raises NotFound."""
    live, at = as_of(reader)
    found = cases_of.case(live, index, at)
    said = [each.org for each in found.said]
    names = Names(reader, (found.org, *found.parties, *said))
    rows = [queries.entry(reader.site.index, each["index"]) for each in found.entries]
    return CaseView(
        case=case_item(names, found),
        waits=found.state in OPEN_STATES,
        leaf=found.leaf,
        ground=_ground(found),
        said=[_said(reader, names, each) for each in found.said],
        more=found.more,
        entries=entry_items(reader, rows),
        leaves=[Leaf(**each) for each in found.entries],
    )


def _ground(found: Case) -> GroundView | None:
    flag = found.flag
    if not flag:
        return None
    again = rerun(flag)
    return GroundView(
        code=flag["code"],
        version=flag["version"],
        subject=seen(flag["subject"]),
        outcome=seen(flag["outcome"]),
        value=None if flag["value"] is None else seen(flag["value"]),
        reason=seen(flag["reason"]),
        figures={seen(name): seen(each) for name, each in flag["figures"].items()},
        command="" if unseen(again) else again,
        rule=flag["code"] in RULES,
    )


def _said(reader: Reader, names: Names, said: Utterance) -> SaidView:
    entry = reader.site.log.record(said.index).entry
    offices = (each.office for each in signers_of(reader, entry))
    return SaidView(
        index=said.index,
        at=said.at,
        act=said.act,
        org=names.mention(said.org),
        offices=list(dict.fromkeys(filter(None, offices))),
        text={language: seen(text) for language, text in said.text.items()},
        remark=said.remark,
        corrected_by=said.corrected_by,
    )
