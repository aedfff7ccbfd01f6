"""OCDS packages around releases as they were published: their bytes are spliced in, never written.

Whoever hashes a release found in a package gets the SHA-256 that its statement has signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from procurement.publisher import Publisher

VERSION = "1.1"

_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class RecordParts:
    """A record: the bytes of the releases merged in it, in order of merging, or links to them.

    `compiled` is the compiled release as JSON; `more` further members of the record.
    """

    ocid: str
    releases: Sequence[bytes]
    compiled: bytes
    more: Mapping[str, Any]


def format_release_package(
    uri: str,
    published: str,
    publisher: Publisher,
    releases: Iterable[bytes],
    more: Mapping[str, Any],
) -> bytes:
    """A release package; `more` are further members, as `links`."""
    return _package(uri, published, publisher, more, "releases", releases)


def format_record_package(
    uri: str,
    published: str,
    publisher: Publisher,
    records: Iterable[RecordParts],
    more: Mapping[str, Any],
) -> bytes:
    """A record package; `more` are further members, as `links`."""
    return _package(uri, published, publisher, more, "records", map(format_record, records))


def format_record(record: RecordParts) -> bytes:
    """A record as JSON."""
    members = {
        "ocid": _encode(record.ocid),
        **{name: _encode(value) for name, value in record.more.items()},
        "compiledRelease": record.compiled,
        "releases": _array(record.releases),
    }
    return b"{" + b",".join(b"%s:%s" % (_encode(name), members[name]) for name in members) + b"}"


def _package(
    uri: str,
    published: str,
    publisher: Publisher,
    more: Mapping[str, Any],
    name: str,
    items: Iterable[bytes],
) -> bytes:
    head = {
        "uri": uri,
        "version": VERSION,
        "publishedDate": published,
        **publisher.members(),
        **more,
    }
    return _encode(head)[:-1] + b",%s:%s}\n" % (_encode(name), _array(items))


def _array(items: Iterable[bytes]) -> bytes:
    return b"[\n" + b",\n".join(items) + b"\n]"
