"""Pages as they stood: `?at=INDEX` or `?at=YYYY-MM-DD` on process, budget, organisation, case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import msgspec
from fastapi import Response

from ledger.errors import Malformed, NotFound
from procurement import past, queries
from procurement.index import Organisation
from procurement.past import Past
from procurement.past_subjects import Subject
from procurement.rewinding import Rewinder
from web.formats import ZONES
from web.mentions import EntryItem, entry_items
from web.reader import Reader
from web.views import View

_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class PastView(View, frozen=True):
    """When a page stood so: the last entry and its time, and what has been said since.

    `more`: there are `count` changes or more. `erased`: bodies have been erased since.
    """

    index: int
    time: str
    changes: list[EntryItem]
    count: int
    more: bool
    erased: bool


class PastReader(Reader):
    """A reader of the site as it stood."""

    def __init__(self, reader: Reader, stood: Past, view: PastView) -> None:
        super().__init__(reader.request)
        self.site = replace(self.site, index=stood.index)
        self.stood, self.past = stood, view
        self.at = reader.request.query_params["at"]

    def organisations(self, ids: Sequence[str]) -> dict[str, Organisation]:
        """The organisations that were known among these ids."""
        return self.stood.organisations(ids)

    def _respond(self, content: bytes, kind: str, status: int) -> Response:
        if self.twin:
            told = msgspec.json.format(msgspec.json.encode({"asKnownOn": self.past}), indent=1)
            content = told.rstrip(b"}\n") + b"\n },\n" + content.lstrip(b"{\n")
        return super()._respond(content, kind, status)


@contextmanager
def as_known(reader: Reader, subject: Subject) -> Iterator[Reader]:
    """The reader of the page as it stood at `?at`; the same reader where that is not asked.

    Raises Malformed for what is neither an index nor a day, NotFound for what was not there
    yet, Unavailable when too many ask at a time.
    """
    asked = reader.request.query_params.get("at", "")
    if not asked:
        yield reader
        return
    at = _index_at(reader, asked)
    rewinder: Rewinder = reader.request.app.state.rewinder
    live = reader.site.index
    try:
        with past.known_on(reader.site.log, live, rewinder, subject, at) as stood:
            yield PastReader(reader, stood, _view(reader, subject, at))
    except NotFound as error:
        raise NotFound(
            "it was not recorded yet at that moment", "leave at= out of the address"
        ) from error


def _index_at(reader: Reader, asked: str) -> int:
    if _INDEX.fullmatch(asked):
        return int(asked)
    try:
        if not _DAY.fullmatch(asked):
            raise ValueError(asked)
        day = date.fromisoformat(asked) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            f"no moment is called {asked[:40]!r}",
            "write at=INDEX, the index of an entry, or at=YYYY-MM-DD, a day",
        ) from error
    zone = timezone(timedelta(hours=ZONES[reader.site.zone]))
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return past.last_before(reader.site.index, midnight)


def _view(reader: Reader, subject: Subject, at: int) -> PastView:
    live = reader.site.index
    found = past.changes(live, subject, at)
    erased: dict[Any, int] = reader.site.log.registry().erased
    return PastView(
        index=at,
        time=queries.entry(live, at).at,
        changes=entry_items(reader, found.entries),
        count=found.count,
        more=found.more,
        erased=any(index > at for index in erased.values()),
    )
