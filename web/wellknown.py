"""What machines look for at known addresses: robots.txt, sitemaps, security.txt.

A sitemap has the processes that were first met in one stretch of the log, so that none ever moves
from one to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Path, Request, Response

from ledger.envelope import parse_time
from ledger.errors import NotFound
from procurement import listing, queries, sums
from web import addresses
from web.money_rules import RULES
from web.reader import base_of
from web.responses import answered
from web.site import Site

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Entries of one sitemap, hence at most as many processes: the protocol allows 50,000 addresses.
STRETCH = 10_000
STEP = 500
STANDING = (
    *("/", "/entries", "/processes", "/orgs", "/tenders", "/budgets", "/findings", "/log"),
    *(
        "/anchors",
        "/audit",
        "/glossary",
        "/privacy",
        "/accessibility",
        "/status",
        "/feeds",
        "/data-quality",
        "/download",
        "/how-it-works",
        "/api",
    ),
)

router = APIRouter()


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
def robots(request: Request) -> Response:
    """Everything may be read by everyone, but for the console and a log for practice."""
    site: Site = request.app.state.site
    if site.training:
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")
    base = base_of(request, site.origin)
    lines = ("User-agent: *", "Allow: /", "Disallow: /console", f"Sitemap: {base}/sitemap.xml")
    return Response("\n".join(lines) + "\n", media_type="text/plain")


@router.api_route("/.well-known/security.txt", methods=["GET", "HEAD"])
def security(request: Request) -> Response:
    """Whom to tell of a fault (RFC 9116). 404 where nobody is named, or the time has passed."""
    site: Site = request.app.state.site
    named = site.publisher.security
    if named is None or parse_time(named.expires) <= datetime.now(UTC):
        raise NotFound("nobody is named here", "see publisher.json in docs/data.md")
    base = base_of(request, site.origin)
    lines = [f"Contact: {each}" for each in named.contact]
    lines += [f"Expires: {named.expires}", "Preferred-Languages: id, en"]
    lines += [f"Canonical: {base}/.well-known/security.txt"]
    lines += [f"Policy: {named.policy}"] if named.policy else []
    return Response("\n".join(lines) + "\n", media_type="text/plain")


@router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
def sitemap_index(request: Request) -> Response:
    """The sitemaps: of standing pages, and of the processes of each stretch of the log."""
    site: Site = request.app.state.site
    base = base_of(request, site.origin)
    root = ET.Element("sitemapindex", {"xmlns": SPACE})
    stretches = -(-queries.position(site.index).position // STRETCH)
    for name in ("pages", *(f"processes-{number}" for number in range(stretches))):
        _text(ET.SubElement(root, "sitemap"), "loc", f"{base}/sitemaps/{name}.xml")
    return _xml(request, root)


@router.api_route("/sitemaps/pages.xml", methods=["GET", "HEAD"])
def sitemap_of_pages(request: Request) -> Response:
    """Standing pages, fiscal years and rules."""
    site: Site = request.app.state.site
    years = (addresses.budget(year) for year in sums.years(site.index))
    rules = (addresses.finding(code) for code in sorted(RULES))
    root = _urls(
        base_of(request, site.origin), ((path, None) for path in (*STANDING, *years, *rules))
    )
    return _xml(request, root)


@router.api_route("/sitemaps/processes-{number:int}.xml", methods=["GET", "HEAD"])
def sitemap_of_processes(request: Request, number: int = Path(ge=0, lt=2**40)) -> Response:
    """The processes first met in one stretch of the log."""
    site: Site = request.app.state.site
    if number * STRETCH >= queries.position(site.index).position:
        raise NotFound("there is no such sitemap", "see /sitemap.xml for those there are")
    return _xml(request, _urls(base_of(request, site.origin), _processes(site, number)))


def _processes(site: Site, number: int) -> Iterator[tuple[str, str | None]]:
    """Pages of processes with the time of their newest releases."""
    before = (number + 1) * STRETCH
    while True:
        rows = queries.processes(site.index, STEP, before)
        kept = [row for row in rows if row.first_index >= number * STRETCH]
        times = listing.recorded_at(site.index, [row.last_index for row in kept])
        for row in kept:
            yield addresses.process(row.ocid), times.get(row.last_index)
        if len(kept) < STEP:
            return
        before = kept[-1].first_index


def _urls(base: str, pages: Iterator[tuple[str, str | None]]) -> ET.Element:
    root = ET.Element("urlset", {"xmlns": SPACE})
    for path, changed in pages:
        url = ET.SubElement(root, "url")
        _text(url, "loc", base + path)
        if changed:
            _text(url, "lastmod", changed)
    return root


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _xml(request: Request, root: ET.Element) -> Response:
    content = bytes(ET.tostring(root, "utf-8", xml_declaration=True))
    return answered(request, content, "application/xml; charset=utf-8", {})
