"""The bodies of `registry/*` entries and of `note`: acts of registrars, and remarks.

Each `parse_…` takes a parsed body (ledger.body.parse_body) and raises Unacceptable or Malformed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ledger import keys, members
from ledger.envelope import parse_base64
from ledger.errors import Unacceptable

ROLES = frozenset({"procurement", "budget", "treasury", "importer", "auditor", "oversight"})
MAX_THRESHOLD = 4

_ORG = re.compile(r"[\x21-\x2e\x30-\x7e]{1,200}")


@dataclass(frozen=True)
class Root:
    """The registrars: keys by id and how many must act together."""

    keys: Mapping[str, keys.PublicKey]
    threshold: int


@dataclass(frozen=True)
class Institution:
    """An institution, its names by language, its parent and its ocid prefixes."""

    id: str
    names: Mapping[str, str]
    parent: str | None
    ocids: tuple[str, ...]
    valid_from: str


@dataclass(frozen=True)
class Enrolment:
    """A key of an office: what it may say (`roles`), about whose subjects (`covers`), and when."""

    public: keys.PublicKey
    org: str
    office: str
    roles: frozenset[str]
    covers: frozenset[str]
    valid_from: str
    valid_until: str | None
    legal_basis: str

    def covers_org(self, org: str) -> bool:
        """Whether the key may speak about subjects of `org`."""
        return org in self.covers or "*" in self.covers


@dataclass(frozen=True)
class Revocation:
    """The end of a key: refused from the next entry on."""

    key: str
    reason: str
    effective: str


@dataclass(frozen=True)
class Erasure:
    """A body (SHA-256 hex) to be dropped, and the redacted body in its place, if any."""

    body: str
    replacement: str | None
    legal_basis: str


@dataclass(frozen=True)
class AnchorPlace:
    """Where sizes from `from_size` on are anchored; hex strings, `log` without 0x."""

    chain_id: int
    genesis: str
    contract: str
    log: str
    from_size: int


class Remark(msgspec.Struct, frozen=True, gc=False):
    """A note about earlier entries (leaf hashes)."""

    about: tuple[str, ...]
    text: str
    source: Mapping[str, Any] | None


def parse_root(value: Any) -> Root:
    """The body of `registry/root`."""
    body = _own(value)
    listed = [_root_key(each) for each in members.items(body, "keys")]
    found = {key.id: key for key in listed}
    threshold = members.integer(body, "threshold")
    if not 1 <= threshold <= min(len(found), MAX_THRESHOLD) or len(found) != len(listed):
        raise Unacceptable("a root has distinct keys and a threshold of 1 to 4 of them")
    if body.get("predecessor") is not None:
        _predecessor(body["predecessor"])
    return Root(found, threshold)


def _predecessor(value: Any) -> None:
    predecessor = members.members(value, "predecessor")
    members.text(predecessor, "origin")
    members.integer(predecessor, "size")
    members.text(predecessor, "root")


def _root_key(value: Any) -> keys.PublicKey:
    return _public_key(members.members(value, "a root key"))


def _public_key(body: Mapping[str, Any]) -> keys.PublicKey:
    alg = members.text(body, "alg")
    der = parse_base64(members.text(body, "public"))
    keys.check_public_key(alg, der)
    rp_id, origin = members.optional_text(body, "rpId"), members.optional_text(body, "origin")
    if members.hash_(body, "key") != keys.key_id(der):
        raise Unacceptable("member 'key' is not the id of the public key")
    if alg == "webauthn-es256" and not (rp_id and origin):
        raise Unacceptable("a webauthn-es256 key needs 'rpId' and 'origin'")
    return keys.PublicKey(keys.key_id(der), alg, der, rp_id, origin)


def parse_institution(value: Any) -> Institution:
    """The body of `registry/institution`."""
    body = _own(value)
    names = members.member(body, "names")
    return Institution(
        check_org(members.text(body, "id")),
        {language: members.text(names, language) for language in ("id", "en")},
        members.optional_text(body, "parent"),
        members.texts(body, "ocids"),
        members.time(body, "validFrom"),
    )


def parse_enrolment(value: Any) -> Enrolment:
    """The body of `registry/key`."""
    body = _own(value)
    roles = members.texts(body, "roles")
    if not set(roles) <= ROLES:
        raise Unacceptable(f"unknown role; known are {', '.join(sorted(ROLES))}")
    until = body.get("validUntil")
    return Enrolment(
        _public_key(body),
        check_org(members.text(body, "org")),
        members.text(body, "office"),
        frozenset(roles),
        frozenset(members.texts(body, "for")),
        members.time(body, "validFrom"),
        None if until is None else members.time(body, "validUntil"),
        members.text(body, "legalBasis"),
    )


def parse_revocation(value: Any) -> Revocation:
    """The body of `registry/revocation`."""
    body = _own(value)
    return Revocation(
        members.hash_(body, "key"), members.text(body, "reason"), members.time(body, "effective")
    )


def parse_erasure(value: Any) -> Erasure:
    """The body of `registry/erasure`."""
    body = _own(value)
    replacement = body.get("replacement")
    return Erasure(
        members.hash_(body, "body"),
        None if replacement is None else members.hash_(body, "replacement"),
        members.text(body, "legalBasis"),
    )


def parse_anchor_place(value: Any) -> AnchorPlace:
    """The body of `registry/anchor`."""
    body = _own(value)
    return AnchorPlace(
        members.integer(body, "chainId"),
        members.hex0x(body, "genesis", 32).lower(),
        members.hex0x(body, "contract", 20).lower(),
        members.hash_(body, "log"),
        members.integer(body, "fromSize"),
    )


def parse_remark(value: Any) -> Remark:
    """The body of `note`."""
    body = _own(value)
    about = members.texts(body, "about")
    if not about:
        raise Unacceptable("a note is about at least one earlier entry")
    for each in about:
        members.check_hash(each, "about")
    source = body.get("source")
    if source is not None:
        _source(source)
    if body.get("documents") is not None:
        for document in members.items(body, "documents"):
            _document(document)
    return Remark(about, members.text(body, "text"), source)


def _source(value: Any) -> None:
    source = members.members(value, "member 'source'")
    members.text(source, "url")
    members.time(source, "retrieved")
    members.hash_(source, "sha256")


def _document(value: Any) -> None:
    document = members.members(value, "a document")
    members.hash_(document, "sha256")
    members.text(document, "title")
    members.integer(document, "size")


def check_org(org: str) -> str:
    """An organisation id: 1-200 characters of 0x21-0x7E without `/`. Raises Unacceptable."""
    if not _ORG.fullmatch(org):
        raise Unacceptable(
            f"{org[:200]!r} is no organisation id: 1-200 printable characters, no blanks or '/'",
            "write an id, as ID-3273-PU; the name is recorded with the institution",
        )
    return org


def _own(value: Any) -> Mapping[str, Any]:
    body = members.members(value)
    members.salt(body)
    return body
