"""A year's budget by one classification: approved, revised, committed and paid, and last year."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from markupsafe import Markup

from ledger.errors import NotFound
from procurement import sums
from procurement.classes import (
    CLASSIFICATIONS,
    COUNTED,
    ClassSum,
    class_sums,
    largest_classes,
    lines_with,
)
from web import treemap
from web.functions import class_label
from web.language import translations
from web.mentions import Names
from web.pages.budgets import LineView, line_view
from web.reader import Reader, ReaderOf, page
from web.treemap import Tile
from web.views import Amount, View, money

LINES = 100
SHOWN = 60
TILES = 12
# How an address asks for the lines of which nothing is said.
NONE = "-"

router = APIRouter()


class ClassView(View, frozen=True):
    """The lines with one value of a classification; `before` is what the year before had.

    `label` is what the value is called, "" where it is no code that we know.
    """

    value: str
    label: str
    currency: str
    lines: int
    approved: Amount
    change: Amount
    available: Amount
    committed: Amount
    direct: Amount
    bound: Amount
    paid: Amount
    unpaid: Amount
    free: Amount
    before: Amount | None


class ClassesView(View, frozen=True):
    """A year by one classification; `lines` are those of `value` when one is chosen.

    `more` is how many smaller values there are, at most COUNTED: then there may be others.
    """

    year: str
    classification: str
    classifications: list[str]
    value: str | None
    year_before: str | None
    classes: list[ClassView]
    more: int
    lines: list[LineView]
    more_lines: bool


@page(router, "/budgets/{year}/{classification}")
def classes(
    reader: ReaderOf,
    year: str,
    classification: str,
    value: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """A year by one classification, or the lines of one value of it."""
    view = classes_view(reader, year, classification, value)
    return reader.answer("classes.html", view, drawn=_drawn(reader, view), counted=COUNTED)


def classes_view(reader: Reader, year: str, classification: str, value: str | None) -> ClassesView:
    """What the page shows. Raises NotFound."""
    index = reader.site.index
    years = sums.years(index)
    if classification not in CLASSIFICATIONS or year not in years:
        raise NotFound("budgets are not divided like this", "choose a year and a classification")
    value = "" if value == NONE else value
    found, more = _chosen(reader, year, classification, value)
    earlier = next((each for each in years if each < year), None)
    values = [each.value for each in found]
    known = class_sums(index, earlier, classification, values) if earlier else []
    before = {(each.value, each.currency): each for each in known}
    lines = []
    if value is not None:
        lines = lines_with(index, year, classification, value, LINES + 1)
    names = Names(reader, (line.org for line in lines[:LINES]))
    return ClassesView(
        year=year,
        classification=classification,
        classifications=list(CLASSIFICATIONS),
        value=value,
        year_before=earlier,
        classes=[
            _class(
                each,
                before.get((each.value, each.currency)),
                class_label(classification, each.value, reader.language),
            )
            for each in found
        ],
        more=more,
        lines=[line_view(names, line) for line in lines[:LINES]],
        more_lines=len(lines) > LINES,
    )


def _chosen(
    reader: Reader, year: str, classification: str, value: str | None
) -> tuple[list[ClassSum], int]:
    """The sums shown, and how many smaller ones are not. Raises NotFound."""
    index = reader.site.index
    if value is None:
        return largest_classes(index, year, classification, SHOWN)
    found = class_sums(index, year, classification, [value])
    if not found:
        raise NotFound("no budget line has this value", "choose one of the list")
    return found, 0


def _class(each: ClassSum, before: ClassSum | None, label: str) -> ClassView:
    code, bound = each.currency, each.committed + each.direct
    return ClassView(
        value=each.value,
        label=label,
        currency=code,
        lines=each.lines,
        approved=money(each.approved, code),
        change=money(each.change, code),
        available=money(each.available, code),
        committed=money(each.committed, code),
        direct=money(each.direct, code),
        bound=money(bound, code),
        paid=money(each.paid, code),
        unpaid=money(bound - each.paid, code),
        free=money(each.available - bound, code),
        before=money(before.available, code) if before else None,
    )


def _drawn(reader: Reader, view: ClassesView) -> list[tuple[str, Markup]]:
    """A treemap for each currency, after its table."""
    gettext = translations(reader.language).gettext
    drawn = []
    for code in dict.fromkeys(each.currency for each in view.classes):
        tiles = [
            Tile(each.label or each.value or gettext("tidak disebut"), each.available.minor)
            for each in view.classes
            if each.currency == code
        ]
        rest = sum(tile.amount for tile in tiles[TILES:])
        shown = [*tiles[:TILES], *([Tile(gettext("Lainnya"), rest)] if rest > 0 else [])]
        title = gettext("Bagian anggaran; angkanya ada dalam tabel di atas")
        drawn.append((code, treemap.treemap(shown, title)))
    return drawn
