"""What lists need to know of releases and processes that their rows do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from ledger.errors import JejakError
from ledger.log import Log
from procurement.index import EntrySummary, Line, Process
from procurement.ocds import RELEASE
from procurement.projections import Projections
from procurement.taking import read_body
from web.record import Object

# Bytes of bodies that one page reads for its list; the entries past it go without tags.
READ_AT_MOST = 1024 * 1024
TITLES = 50


def tags_of(log: Log, rows: Sequence[EntrySummary]) -> dict[int, list[str]]:
    """The OCDS tags of the releases among some entries, by index."""
    return {index: tags(release) for index, release in releases_of(log, rows).items()}


def releases_of(log: Log, rows: Sequence[EntrySummary]) -> dict[int, Object]:
    """The releases among some entries, by index; what cannot be read is an empty one."""
    found, octets = {}, 0
    for row in rows:
        if row.kind == RELEASE and octets <= READ_AT_MOST:
            body = log.record(row.index).body or b""
            octets += len(body)
            found[row.index] = _release(body)
    return found


def _release(body: bytes) -> Object:
    try:
        release = read_body(body) if body else None
    except JejakError:
        return {}
    return release if isinstance(release, dict) else {}


def tags(release: Object) -> list[str]:
    """The tags of a release, of at most nine of them."""
    found = release.get("tag")
    return [tag for tag in found if isinstance(tag, str)][:9] if isinstance(found, list) else []


def titles_of(index: Projections, ocids: Iterable[str | None]) -> dict[str, str]:
    """The titles of processes, of at most TITLES of them, in one query."""
    return _titles(index, Process.ocid, Process.title, ocids)


def line_titles(index: Projections, lines: Iterable[str | None]) -> dict[str, str]:
    """The titles of budget lines, of at most TITLES of them, in one query."""
    return _titles(index, Line.id, Line.title, lines)


def _titles(
    index: Projections, key: str, title: str, asked: Iterable[str | None]
) -> dict[str, str]:
    wanted = sorted({each for each in asked if each})[:TITLES]
    if not wanted:
        return {}
    query = select(key, title).where(col(key).in_(wanted))
    with index.session() as session:
        return dict(session.exec(query).all())
