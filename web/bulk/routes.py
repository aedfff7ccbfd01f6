"""The files as they are served, and the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from ledger.envelope import parse_time
from ledger.errors import Malformed, NotFound, Unavailable
from procurement import listing, sums
from web import columns
from web.bulk.fiscal import package_of
from web.bulk.job import Manifest, read_manifest
from web.bulk.writing import Written
from web.named import named
from web.reader import Reader, ReaderOf, base_of, page
from web.responses import answered, is_known
from web.site import Site
from web.tables import Table, table_answer
from web.views import View

HOUR = "public, max-age=3600"
KINDS = {
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
}
MEDIA = {
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "fdp": "application/zip",
    "parquet": KINDS[".parquet"],
}

router = APIRouter()


class FileView(View, frozen=True):
    """A file, or a family of files, of the public tree."""

    path: str
    name: str


class BulkFile(View, frozen=True):
    """A file by the year; `first` and `last` are the log indices of its releases."""

    url: str
    name: str
    form: str
    rows: int
    size: int
    sha256: str
    modified: str


class BulkPart(View, frozen=True):
    """Files of one family and year, with the indices that they reach over."""

    family: str
    year: str
    rows: int
    first: int | None
    last: int | None
    files: list[BulkFile]


class DownloadView(View, frozen=True):
    """What can be downloaded, and from where; the address is the one the reader used.

    `position`: the files by the year are made of the entries below it.
    """

    base: str
    files: list[FileView]
    bulk_position: int
    bulk_at: str
    parts: list[BulkPart]


FILES = (
    ("/log/checkpoint", "checkpoint"),
    ("/log/log.json", "log"),
    ("/log/anchors/latest", "anchors"),
    ("/log/tile/", "tiles"),
    ("/log/tile/entries/", "entries"),
    ("/log/bodies/", "bodies"),
)


@page(router, "/download")
def download(reader: ReaderOf) -> Response:
    """What can be downloaded."""
    return reader.answer("download.html", download_view(reader))


@router.api_route("/download.jsonld", methods=["GET", "HEAD"])
def dataset(reader: ReaderOf) -> Response:
    """The same for search engines: a Dataset of schema.org."""
    content = msgspec.json.format(msgspec.json.encode(_dataset(reader)), indent=1)
    headers = {"Access-Control-Allow-Origin": "*"}
    return answered(reader.request, content, "application/ld+json", headers)


def download_view(reader: Reader) -> DownloadView:
    """What the page shows."""
    manifest = read_manifest(reader.site.bulk)
    return DownloadView(
        base=base_of(reader.request, reader.site.origin),
        files=[FileView(path=path, name=name) for path, name in FILES],
        bulk_position=manifest.position,
        bulk_at=manifest.at,
        parts=list(_parts(manifest)),
    )


def _parts(manifest: Manifest) -> Iterator[BulkPart]:
    for part in reversed(manifest.releases):
        yield BulkPart(
            family="releases",
            year=part.year,
            rows=part.rows,
            first=part.first,
            last=part.last,
            files=[_file(each) for each in part.files],
        )
    for table in reversed(manifest.tables):
        yield BulkPart(
            family=table.name,
            year=table.year,
            rows=sum(each.rows for each in table.files),
            first=None,
            last=None,
            files=[_file(each) for each in table.files],
        )


def _file(written: Written) -> BulkFile:
    return BulkFile(
        url=f"/bulk/{written.name}",
        name=written.name,
        form=written.form,
        rows=written.rows,
        size=written.size,
        sha256=written.sha256,
        modified=written.modified,
    )


def _dataset(reader: Reader) -> Mapping[str, Any]:
    site, manifest = reader.site, read_manifest(reader.site.bulk)
    base = base_of(reader.request, site.origin)
    members = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}/download",
        "name": f"Jejak {site.origin}",
        "description": "Budgets, tenders, contracts and payments as published, signed and logged.",
        "url": f"{base}/download",
        "inLanguage": ["id", "en"],
        "isAccessibleForFree": True,
        "license": site.publisher.license,
        "publisher": {"@type": "Organization", "name": site.publisher.name},
        "dateModified": manifest.at or None,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": each.name,
                "contentUrl": f"{base}/bulk/{each.name}",
                "encodingFormat": MEDIA[each.form],
                "contentSize": str(each.size),
                "sha256": each.sha256,
                "dateModified": each.modified,
            }
            for each in manifest.files()
        ],
    }
    return {name: value for name, value in members.items() if value is not None}


@router.api_route("/bulk/{name}", methods=["GET", "HEAD"])
def bulk_file(request: Request, name: str) -> Response:
    """A file that the manifest names."""
    site: Site = request.app.state.site
    written = next((e for e in read_manifest(site.bulk).files() if e.name == name), None)
    if written is None:
        raise NotFound("there is no such file", "see /download for those there are")
    moment = parse_time(written.modified)
    headers = {
        "ETag": f'"{written.sha256}"',
        "Last-Modified": format_datetime(moment, usegmt=True),
        "Cache-Control": HOUR,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Last-Modified",
    }
    if is_known(request, written.sha256) or _is_as_new(request, written):
        return Response(status_code=304, headers=headers)
    path = site.bulk / name
    if not path.exists():
        raise Unavailable("the files are being made anew", "try again in a moment")
    return FileResponse(path, headers=headers, media_type=KINDS[Path(name).suffix])


def _is_as_new(request: Request, written: Written) -> bool:
    """Whether If-Modified-Since stands alone and is not before the file's time."""
    asked = request.headers.get("if-modified-since")
    if asked is None or "if-none-match" in request.headers:
        return False
    try:
        return parsedate_to_datetime(asked[:60]) >= parse_time(written.modified)
    except (ValueError, TypeError, OverflowError, Malformed):
        return False


@router.api_route("/budgets/{year}/datapackage.json", methods=["GET", "HEAD"])
def fiscal_package(reader: ReaderOf, year: str) -> Response:
    """A year's budget as a Fiscal Data Package; its CSVs stand beside it."""
    site = reader.site
    currencies = _currencies(reader, year)
    package = package_of(site.origin, year, currencies, "lines-{currency}.csv", site.publisher)
    content = msgspec.json.format(msgspec.json.encode(package), indent=1)
    headers = {"Access-Control-Allow-Origin": "*"}
    return answered(reader.request, content, "application/json", headers)


@router.api_route("/budgets/{year}/lines-{currency}.csv", methods=["GET", "HEAD"])
def fiscal_lines(reader: ReaderOf, year: str, currency: str) -> Response:
    """The lines of a year in one currency."""
    if currency not in _currencies(reader, year):
        raise NotFound("there are no such lines", "see the package for those there are")
    index = reader.site.index
    rows = named(index, listing.all_lines(index, year, None), lambda line: line.org)
    lines = (columns.line(row, name) for row, name in rows if row.currency == currency)
    tag = f"{reader.position}-{reader.site.log.size}"
    return table_answer(reader.request, Table(f"lines-{currency}", columns.LINES, lines), tag)


def _currencies(reader: Reader, year: str) -> Sequence[str]:
    found = [each.currency for each in sums.totals(reader.site.index, year)]
    if not found:
        raise NotFound(f"there is no budget of {year[:40]!r}", "choose one of the years")
    return found
