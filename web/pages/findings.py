"""Findings: money rules that the entries break, with the figures compared and the method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from ledger.errors import NotFound
from procurement import cases, queries, sums
from procurement.index import FindingRow
from procurement.regulations import REGULATIONS
from web.cursors import Before
from web.mentions import Names
from web.money_rules import RULES
from web.reader import Reader, ReaderOf, page
from web.releases import line_titles, titles_of
from web.views import Amount, Organisation, View, money

SHOWN = 25
STATUSES = ("broken", "not-computable")

router = APIRouter()


class Figure(View, frozen=True):
    """A figure that a rule compared: an amount or a text; `tax`: gross, net or "" (not said)."""

    name: str
    amount: Amount | None = None
    text: str = ""
    tax: str = ""


class FindingView(View, frozen=True):
    """A rule broken, or not computable, at an entry."""

    code: str
    status: str
    subject: str
    title: str
    index: int
    org: Organisation | None
    ocid: str | None
    line: str | None
    contract: str | None
    reason: str
    figures: list[Figure]
    excess: Amount | None
    entries: list[int]


class RuleCount(View, frozen=True):
    """How often a rule is broken and could not be computed."""

    code: str
    broken: int
    not_computable: int


class FindingsView(View, frozen=True):
    """All rules, broken ones first."""

    rules: list[RuleCount]
    cases: dict[str, int]


class Law(View, frozen=True):
    """A regulation that a rule rests on, in the setting of this log."""

    title: str
    article: str


class RuleView(View, frozen=True):
    """One rule with its findings, newest first; `next` is the cursor of the page after."""

    code: str
    law: list[Law]
    status: str
    broken: int
    not_computable: int
    findings: list[FindingView]
    next: int | None


@page(router, "/findings")
def findings(reader: ReaderOf) -> Response:
    """All rules with their counts."""
    counts = sums.finding_counts(reader.site.index)
    found = [_count(code, counts) for code in sorted({*RULES, *counts})]
    with reader.site.index.session() as session:
        of_auditors = cases.counts(session.connection())
    ordered = sorted(found, key=lambda each: -each.broken)
    return reader.answer("findings.html", FindingsView(rules=ordered, cases=of_auditors))


def _count(code: str, counts: Mapping[str, Mapping[str, int]]) -> RuleCount:
    found = counts.get(code, {})
    return RuleCount(
        code=code, broken=found.get("broken", 0), not_computable=found.get("not-computable", 0)
    )


@page(router, "/findings/{code}")
def rule(
    reader: ReaderOf,
    code: str,
    status: Annotated[str, Query(max_length=20)] = "broken",
    before: Before = None,
) -> Response:
    """One rule and where it is broken."""
    counts = sums.finding_counts(reader.site.index)
    if code not in RULES and code not in counts:
        raise NotFound(f"there is no rule {code[:60]!r}", "choose one of the list of findings")
    wanted = status if status in STATUSES else "broken"
    rows = queries.findings(reader.site.index, code, wanted, limit=SHOWN, before=before)
    count = _count(code, counts)
    view = RuleView(
        code=code,
        law=[Law(each.title, each.article) for each in REGULATIONS.get(code, ())],
        status=wanted,
        broken=count.broken,
        not_computable=count.not_computable,
        findings=finding_views(reader, rows),
        next=rows[-1].id if len(rows) == SHOWN else None,
    )
    return reader.answer("rule.html", view)


def finding_views(reader: Reader, rows: list[FindingRow]) -> list[FindingView]:
    """Findings as pages show them."""
    names = Names(reader, (row.org for row in rows))
    index = reader.site.index
    titles = {
        **titles_of(index, (row.ocid for row in rows)),
        **line_titles(index, (row.line for row in rows)),
    }
    return [finding_view(names, row, titles) for row in rows]


def finding_view(names: Names, row: FindingRow, titles: Mapping[str, str]) -> FindingView:
    """One finding as pages show it, under the title of its process or line."""
    figures = [_figure(each) for each in row.figures]
    return FindingView(
        code=row.code,
        status=row.status,
        subject=row.subject,
        title=titles.get(row.line or row.ocid or "") or row.subject,
        index=row.index,
        org=names.mention(row.org) if row.org else None,
        ocid=row.ocid,
        line=row.line,
        contract=row.contract,
        reason=row.reason,
        figures=figures,
        excess=_excess(figures) if row.status == "broken" else None,
        entries=sorted(set(row.entries))[:SHOWN],
    )


def _figure(value: dict[str, Any]) -> Figure:
    known = value.get("amount") is not None and value.get("currency")
    return Figure(
        name=value["name"],
        amount=money(value["amount"], value["currency"]) if known else None,
        text=str(value.get("text") or ""),
        tax=str(value.get("tax") or ""),
    )


def _excess(figures: list[Figure]) -> Amount | None:
    """By how much the larger of two amounts compared exceeds the other."""
    compared = [each for each in figures if each.amount and not each.text]
    sums = [each.amount for each in compared if each.amount]
    if len(sums) != 2 or sums[0].currency != sums[1].currency:
        return None
    if compared[0].tax != compared[1].tax:
        return None
    return money(abs(sums[0].minor - sums[1].minor), sums[0].currency)
