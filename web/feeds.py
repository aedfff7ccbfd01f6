"""Atom feeds (RFC 4287) in pages (RFC 5005), newest first.

Ids are tags (RFC 4151) of the log's name and the day of its first entry, so they stay the same
wherever the feed is read. The cursor is that of the list: what is in the log stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from fastapi import Response

from web import addresses
from web.privacy import withhold
from web.reader import Reader, base_of
from web.responses import answered

KIND = "application/atom+xml; charset=utf-8"
SHOWN = 50
ATOM = "http://www.w3.org/2005/Atom"

# XML 1.0 has no other characters (section 2.2).
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Item:
    """Something in a feed: the specific part of its tag, the page it leads to, when it came.

    `updated` is a time of the log; `author` the organisation that signed it.
    """

    name: str
    title: str
    page: str
    updated: str
    author: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Feed:
    """A page of a feed: `next` is the cursor of the page after, as `before` in its address."""

    title: str
    items: Sequence[Item]
    next: int | None = None


def feed_answer(reader: Reader, feed: Feed) -> Response:
    """A feed as an answer."""
    headers = {
        "Vary": "Accept-Language, Accept-Encoding",
        "Content-Language": reader.language,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
    }
    return answered(reader.request, format_feed(reader, feed), KIND, headers)


def format_feed(reader: Reader, feed: Feed) -> bytes:
    """A feed as Atom."""
    base = base_of(reader.request, reader.site.origin)
    query = {k: v for k, v in reader.request.query_params.items() if k != "before"}
    own = reader.request.scope["path"]
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": reader.language})
    _text(root, "id", tag(reader, addresses.with_query(own.removesuffix(".atom"), query)))
    _text(root, "title", f"{feed.title} · Jejak")
    _text(root, "updated", max((each.updated for each in feed.items), default=born(reader)))
    _text(ET.SubElement(root, "author"), "name", reader.site.publisher.name)
    path = addresses.quoted(own)
    _link(root, "self", base + addresses.with_query(path, dict(reader.request.query_params)))
    _link(root, "first", base + addresses.with_query(path, query))
    _link(root, "alternate", base + addresses.with_query(path.removesuffix(".atom"), query))
    if feed.next is not None:
        _link(root, "next", base + addresses.with_query(path, {**query, "before": feed.next}))
    for item in feed.items:
        _entry(reader, root, base, item)
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


def _entry(reader: Reader, root: ET.Element, base: str, item: Item) -> None:
    entry = ET.SubElement(root, "entry")
    _text(entry, "id", tag(reader, item.name))
    _text(entry, "title", item.title or item.name)
    _text(entry, "updated", item.updated)
    _link(entry, "alternate", base + reader.link(item.page))
    if item.author:
        _text(ET.SubElement(entry, "author"), "name", item.author)
    if item.summary:
        _text(entry, "summary", item.summary)


def tag(reader: Reader, name: str) -> str:
    """The tag of something of this log."""
    authority = reader.site.origin.partition("/")[0]
    return f"tag:{authority},{born(reader)[:10]}:{addresses.quoted(name.lstrip('/'))}"


def born(reader: Reader) -> str:
    """When the log recorded its first entry."""
    return reader.site.log.record(0).entry.at


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _UNFIT.sub("\ufffd", withhold(text))


def _link(parent: ET.Element, relation: str, address: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "href": address})
