"""What lists need to know of releases and processes that their rows do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.errors import JejakError, NotFound
from ledger.log import Log
from procurement import queries
from procurement.index import EntrySummary
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
    """The titles of processes, of at most TITLES of them."""
    found = {}
    for ocid in sorted({each for each in ocids if each})[:TITLES]:
        try:
            found[ocid] = queries.process(index, ocid).title
        except NotFound:
            continue
    return found


def line_titles(index: Projections, lines: Iterable[str | None]) -> dict[str, str]:
    """The titles of budget lines, of at most TITLES of them."""
    found = {}
    for line in sorted({each for each in lines if each})[:TITLES]:
        try:
            found[line] = queries.line(index, line).title
        except NotFound:
            continue
    return found
