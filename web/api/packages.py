"""Release and record packages as the API answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from ledger.envelope import format_time
from ledger.errors import NotFound, Unacceptable
from procurement import queries
from procurement.harvest import (
    STAGES,
    Listed,
    ProcessReleases,
    ReleasePage,
    index_at,
    process_releases,
    record_rows,
    release_page,
)
from procurement.index import EntrySummary, Process
from procurement.ocds import parse_date
from procurement.packages import RecordParts, format_record_package, format_release_package
from procurement.publisher import Publisher
from procurement.records import encode_record
from procurement.standing import OTHER_OWNER
from web import addresses
from web.privacy import without_contacts
from web.reader import base_of
from web.responses import answered
from web.site import Site

RELEASES = "/api/v1/releases"
RECORDS = "/api/v1/records"
# Records of one package are cut short by the bytes of their releases, too.
RECORD_OCTETS = 8 * 1024 * 1024

_STAGE = re.compile(f"(?:{'|'.join(STAGES)})(?:,(?:{'|'.join(STAGES)}))*")


class Asking:
    """A request for packages: the site, and where readers reach it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.base = base_of(request, self.site.origin)

    @property
    def publisher(self) -> Publisher:
        """Who publishes packages here."""
        return self.site.publisher

    def uri(self, path: str, **query: object) -> str:
        """An address from outside."""
        return self.base + addresses.with_query(path, query)


def releases(
    asking: Asking,
    after: int | None,
    limit: int,
    stages: str | None,
    updated_from: str | None,
    updated_to: str | None,
) -> Response:
    """A package of releases in the order of the log; 204 where there is none to put into it.

    Raises Unacceptable for a stage or a moment that cannot be read.
    """
    site = asking.site
    said = {"updatedFrom": updated_from, "updatedTo": updated_to, "stages": stages, "limit": limit}
    start = _start(site, after, updated_from)
    until = index_at(site.index, _moment(updated_to, 1)) if updated_to else None
    page = release_page(site.log, site.index, start, until, limit, _stages(stages))
    further = asking.uri(RELEASES, **said, after=page.last if page.last >= 0 else None)
    if not page.listed:
        return _nothing(further, page)
    own = asking.uri(RELEASES, **said, after=after)
    links = {"self": own, **({"next": further} if page.more else {})}
    content = format_release_package(
        own,
        page.listed[-1].row.at,
        asking.publisher,
        (each.body or b"" for each in page.listed),
        {
            "links": links,
            "entries": [_entry(asking, each.row) for each in page.listed],
            "withheld": [_entry(asking, each.row) for each in page.withheld],
        },
    )
    return _package(asking.request, content, links.get("next"))


def _start(site: Site, after: int | None, updated_from: str | None) -> int:
    """The index above which releases are asked for."""
    start = -1 if after is None else after
    if updated_from:
        start = max(start, index_at(site.index, _moment(updated_from, 0)) - 1)
    return start


def _stages(stages: str | None) -> Sequence[str]:
    if not stages:
        return ()
    if not _STAGE.fullmatch(stages):
        raise Unacceptable("stages names no stages", f"write one or more of {','.join(STAGES)}")
    return stages.split(",")


def _moment(text: str, seconds: int) -> str:
    """The first second at or after a moment, and `seconds` later."""
    moment = parse_date(text)
    if moment is None:
        raise Unacceptable(f"{text[:40]!r} is no date or time", "write 2026-11-24T00:00:00Z")
    if moment.microsecond and not seconds:
        seconds = 1
    try:
        return format_time(moment.replace(microsecond=0) + timedelta(seconds=seconds))
    except OverflowError as error:
        raise Unacceptable(f"{text[:40]!r} is too far away") from error


def _nothing(further: str, page: ReleasePage) -> Response:
    """No package is valid without a release: nothing is sent, and where to go on is said."""
    headers = {
        "Link": f'<{further}>; rel="next"',
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Link",
    }
    if page.withheld:
        headers["Jejak-Withheld"] = ", ".join(str(each.row.index) for each in page.withheld[:50])
    return Response(status_code=204, headers=headers)


def record(asking: Asking, ocid: str) -> Response:
    """A package of one record. Raises NotFound."""
    row = queries.process(asking.site.index, ocid)
    found = process_releases(asking.site.log, asking.site.index, ocid)
    if not found.merged:
        raise NotFound(f"no release of process {ocid[:200]!r} can be shown", "see its page")
    uri = asking.base + RECORDS + "/" + addresses.process(ocid).removeprefix("/process/")
    parts = record_parts(asking, row, found)
    newest = max(each.row.at for each in found.merged)
    content = format_record_package(
        uri, newest, asking.publisher, [parts], {"links": {"self": uri}}
    )
    return _package(asking.request, content, None)


def records(asking: Asking, after: int | None, limit: int) -> Response:
    """A package of the records that changed after an index, in the order of their last release."""
    site, parts, newest, octets = asking.site, [], "", 0
    rows = record_rows(site.index, -1 if after is None else after, limit + 1)
    last, more = after, len(rows) > limit
    for row in rows[:limit]:
        if octets > RECORD_OCTETS:
            more = True
            break
        last = row.last_index
        found = process_releases(site.log, site.index, row.ocid)
        if found.merged:
            parts.append(record_parts(asking, row, found))
            octets += sum(map(len, parts[-1].releases))
            newest = max(newest, *(each.row.at for each in found.merged))
    further = asking.uri(RECORDS, limit=limit, after=last)
    if not parts:
        return _nothing(further, ReleasePage(last=last or 0))
    own = asking.uri(RECORDS, limit=limit, after=after)
    links = {"self": own, **({"next": further} if more else {})}
    content = format_record_package(own, newest, asking.publisher, parts, {"links": links})
    return _package(asking.request, content, links.get("next"))


def record_parts(
    asking: Asking, row: Process, found: ProcessReleases, *, linked: bool = False
) -> RecordParts:
    """The parts of a record; its releases are links where they are many, or where asked for."""
    if found.complete and not linked:
        spliced = [each.body or b"" for each in found.merged]
    else:
        spliced = [_link(asking, each) for each in found.merged]
    return RecordParts(
        row.ocid,
        spliced,
        # The record as pages show it: no publisher has signed it, so contact points can go.
        encode_record(without_contacts(row.compiled())).encode(),
        {
            "entries": [_entry(asking, each.row) for each in found.merged],
            "notMerged": [_entry(asking, each) for each in found.others],
        },
    )


def _link(asking: Asking, each: Listed) -> bytes:
    """A linked release, for a record that is too long to hold its releases."""
    moment = parse_date(each.row.date)
    date = format_time(moment) if moment else each.row.at
    url = f"{asking.base}/e/{each.row.index}.body.json"
    return encode_record({"url": url, "date": date}).encode()


def _entry(asking: Asking, row: EntrySummary) -> Mapping[str, Any]:
    """What the log knows of a release: who signed it, whose process it is, and how it stands."""
    return {
        "index": row.index,
        "recorded": row.at,
        "ocid": row.ocid,
        "releaseId": row.release_id,
        "org": row.org,
        "owner": row.owner,
        "otherOwner": OTHER_OWNER in row.marks,
        "role": row.role,
        "copied": row.copied,
        "merged": row.merged and row.replaced_by is None,
        "erased": row.erased,
        "marks": list(row.marks),
        "replaces": row.replaces,
        "replacedBy": row.replaced_by,
        "leafHash": row.leaf_hash,
        "sha256": row.body,
        "receipt": f"{asking.base}/e/{row.index}.receipt.json",
    }


def _package(request: Request, content: bytes, further: str | None) -> Response:
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link"}
    if further:
        headers["Link"] = f'<{further}>; rel="next"'
    return answered(request, content, "application/json", headers)
