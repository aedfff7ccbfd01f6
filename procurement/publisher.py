"""Who publishes the packages, and under what terms: `publisher.json` in the data folder, optional.

    {"publisher": {"name": "Kabupaten Contoh", "scheme": null, "uid": null, "uri": "https://…"},
     "license": "https://creativecommons.org/publicdomain/zero/1.0/",
     "publicationPolicy": "https://…", "extensions": ["https://…/extension.json"],
     "security": {"contact": ["mailto:…"], "expires": "2027-06-30T00:00:00Z", "policy": "https://…"}}

All members are optional. Without the file the log's name is the publisher's, and nothing is said
of a licence: only who publishes can grant one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.envelope import parse_time
from ledger.errors import Malformed

FILE = "publisher.json"

_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#$&-;=?-Z_a-z~%\[\]]{2,2000}")
_MEMBERS = frozenset({"publisher", "license", "publicationPolicy", "extensions", "security"})
_IDENTITY = frozenset({"name", "scheme", "uid", "uri"})
_SECURITY = frozenset({"contact", "expires", "policy"})


@dataclass(frozen=True)
class Security:
    """Whom to tell of a fault in the software or its operation (RFC 9116); `expires` is a time."""

    contact: tuple[str, ...]
    expires: str
    policy: str | None = None


@dataclass(frozen=True)
class Publisher:
    """The publisher as OCDS packages name it, the terms of use, and a contact for faults."""

    name: str
    scheme: str | None = None
    uid: str | None = None
    uri: str | None = None
    license: str | None = None
    policy: str | None = None
    extensions: tuple[str, ...] = ()
    security: Security | None = None

    def members(self) -> dict[str, Any]:
        """`publisher`, and those of `license`, `publicationPolicy`, `extensions` that are known."""
        named = {"name": self.name, "scheme": self.scheme, "uid": self.uid, "uri": self.uri}
        terms = {
            "license": self.license,
            "publicationPolicy": self.policy,
            "extensions": list(self.extensions) or None,
        }
        return {"publisher": _known(named), **_known(terms)}


def _known(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def read_publisher(folder: Path, origin: str) -> Publisher:
    """The publisher that a data folder names, else the log by its name. Raises Malformed."""
    path = folder / FILE
    if not path.exists():
        return Publisher(origin)
    try:
        return parse_publisher(path.read_bytes(), origin)
    except Malformed as error:
        raise Malformed(f"{path}: {error.message}", error.remedy) from error


def parse_publisher(raw: bytes, origin: str) -> Publisher:
    """What the bytes of `publisher.json` say. Raises Malformed."""
    try:
        found = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("is not JSON", "see docs/data.md for its members") from error
    said = _object(found, _MEMBERS, "the file")
    identity = _object(said.get("publisher", {}), _IDENTITY, "publisher")
    return Publisher(
        name=_text(identity, "name") or origin,
        scheme=_text(identity, "scheme"),
        uid=_text(identity, "uid"),
        uri=_uri(identity.get("uri"), "publisher.uri"),
        license=_uri(said.get("license"), "license"),
        policy=_uri(said.get("publicationPolicy"), "publicationPolicy"),
        extensions=_uris(said.get("extensions"), "extensions"),
        security=_security(said.get("security")),
    )


def _security(found: Any) -> Security | None:
    if found is None:
        return None
    said = _object(found, _SECURITY, "security")
    contact, expires = _uris(said.get("contact"), "security.contact"), _text(said, "expires")
    if not contact or expires is None:
        raise Malformed("security lacks contact or expires", "RFC 9116 asks for both")
    parse_time(expires)
    return Security(contact, expires, _uri(said.get("policy"), "security.policy"))


def _object(found: Any, members: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(found, dict) or set(found) - members:
        raise Malformed(f"{what} has other members than {', '.join(sorted(members))}")
    return found


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= 500):
        raise Malformed(f"{name} is not a text of 1 to 500 characters")
    return value


def _uri(found: Any, name: str) -> str | None:
    if found is not None and (not isinstance(found, str) or not _URI.fullmatch(found)):
        raise Malformed(f"{name} is not an absolute URI", "write it with its scheme: https://…")
    return found


def _uris(found: Any, name: str) -> tuple[str, ...]:
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > 50:
        raise Malformed(f"{name} is not a list of at most 50 URIs")
    return tuple(uri for each in found if (uri := _uri(each, name)))
