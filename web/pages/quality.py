"""How good the releases of each publisher are, with the entries behind every count."""

from __future__ import annotations

from fastapi import APIRouter, Response

from procurement import quality as measuring
from web.cursors import Before
from web.mentions import Names
from web.reader import ReaderOf, page
from web.views import Organisation, View

DAY = 86_400

router = APIRouter()


class CountView(View, frozen=True):
    """Of how many releases something is true, and the newest entry of them."""

    code: str
    count: int
    newest: int | None


class PublisherView(View, frozen=True):
    """An organisation's releases: `medianDelay` in seconds, `days` the same in whole days."""

    org: Organisation
    releases: int
    copied: int
    counts: list[CountView]
    median_delay: int | None
    days: int | None


class QualityView(View, frozen=True):
    """Publishers in the releases from entry `first` to `last`; `next` is the cursor."""

    first: int | None
    last: int | None
    publishers: list[PublisherView]
    next: int | None


@page(router, "/data-quality")
def data_quality(reader: ReaderOf, before: Before = None) -> Response:
    """What the releases of each publisher lack, and how late they came."""
    found = measuring.quality(reader.site.index, before)
    names = Names(reader, (each.org for each in found.publishers))
    view = QualityView(
        first=found.first,
        last=found.last,
        publishers=[_publisher(names, each) for each in found.publishers],
        next=found.next,
    )
    return reader.answer("quality.html", view)


def _publisher(names: Names, each: measuring.Publisher) -> PublisherView:
    delay = each.median_delay
    return PublisherView(
        org=names.mention(each.org),
        releases=each.releases,
        copied=each.copied,
        counts=[
            CountView(code=code, count=each.found[code], newest=each.newest.get(code))
            for code in measuring.COUNTED
        ],
        median_delay=delay,
        days=None if delay is None else delay // DAY,
    )
