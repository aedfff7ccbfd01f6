"""Registrars, offices and a book they write in: an in-memory log for tests of the pure core."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger import admission, body, merkle
from ledger.admission import Known, Place
from ledger.envelope import Entry, Statement, format_base64, format_entry, signed_bytes
from ledger.errors import InvalidInput, JejakError
from ledger.keys import SigningKey
from ledger.kinds import KINDS, Kind, Meaning
from ledger.registry import Registry

ORIGIN = "jejak.example.go.id"
NOON = "2026-03-02T12:00:00Z"
ORG = "ID-KAB-7300"
SALT = "0123456789abcdef0123456789abcdef"


def key(name: str) -> SigningKey:
    """The signing key of whoever bears this name."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def root_key(signer: SigningKey) -> dict[str, Any]:
    """A registrar as a root lists it."""
    return {
        "key": signer.id,
        "alg": "ed25519",
        "public": format_base64(signer.public.der),
        "rpId": None,
    }


def root(threshold: int, *registrars: SigningKey) -> dict[str, Any]:
    """The body of a `registry/root`."""
    listed = [root_key(each) for each in registrars]
    return {"keys": listed, "threshold": threshold, "predecessor": None, "salt": SALT}


def enrolment(signer: SigningKey, **changes: Any) -> dict[str, Any]:
    """The body of a `registry/key`."""
    plain = {
        "org": ORG,
        "office": "Bidang Anggaran",
        "roles": ["budget"],
        "for": [ORG],
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": None,
        "legalBasis": "SK 1/2026",
        "salt": SALT,
    }
    return root_key(signer) | plain | changes


def institution(identifier: str, *prefixes: str, name: str = "Dinas") -> dict[str, Any]:
    """The body of a `registry/institution`."""
    return {
        "id": identifier,
        "names": {"id": name, "en": name},
        "parent": None,
        "ocids": list(prefixes),
        "validFrom": "2026-01-01T00:00:00Z",
        "salt": SALT,
    }


def revocation(signer: SigningKey, effective: str = NOON) -> dict[str, Any]:
    """The body of a `registry/revocation`."""
    return {"key": signer.id, "reason": "hilang", "effective": effective, "salt": SALT}


def erasure(digest: str, replacement: str | None = None) -> dict[str, Any]:
    """The body of a `registry/erasure`."""
    basis = "UU 27/2022"
    return {"body": digest, "replacement": replacement, "legalBasis": basis, "salt": SALT}


def remark(*about: str) -> dict[str, Any]:
    """The body of a `note`."""
    return {"about": list(about), "text": "diperiksa", "salt": SALT}


def _read_event(value: Any) -> Meaning:
    return Meaning(
        value["id"],
        tuple(value.get("owners", ())),
        tuple(value.get("claims", ())),
        tuple(value.get("needs", ())),
    )


# The ledger does not know what a budget event is: these two stand for what packages above bring.
EVENT_KINDS: Mapping[str, Kind] = KINDS | {
    "budget/event": Kind(frozenset({"budget"}), _read_event, owned=True),
    "ocds/event": Kind(frozenset({"procurement", "importer"}), _read_event),
}

_SUBJECTS = {
    "registry/root": lambda said: "root",
    "registry/institution": lambda said: said["id"],
    "registry/key": lambda said: said["key"],
    "registry/revocation": lambda said: said["key"],
    "registry/erasure": lambda said: said["body"],
    "registry/anchor": lambda said: said["log"],
    "note": lambda said: said["about"][0],
}


def encode(said: Any) -> bytes:
    """A body's bytes."""
    return json.dumps(said).encode()


@dataclass
class Book:
    """An in-memory log that admits, records and answers what admission asks."""

    at: str = NOON
    origin: str = ORIGIN
    registry: Registry = field(default_factory=Registry)
    known: dict[str, Known] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, frozenset[str]] = field(default_factory=dict)

    def entry(self, leaf_hash: str) -> Known | None:
        """As Facts."""
        return self.known.get(leaf_hash)

    def holder(self, claim: str) -> str | None:
        """As Facts."""
        return self.claims.get(claim)

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """As Facts."""
        return self.bodies.get(digest, frozenset())

    def publish(self, kind: str, said: Any, *signers: SigningKey, **changes: Any) -> str:
        """Admit, verify and record; the leaf hash in hex. Raises what admission raises."""
        raw = encode(said)
        subject = _SUBJECTS.get(kind, lambda said: said.get("id", "?"))(said)
        plain = {
            "body": body.digest(raw),
            "kind": kind,
            "log": self.origin,
            "org": ORG,
            "subject": subject,
            "time": self.at,
            "v": "jejak/1",
        }
        statement = Statement(**(plain | changes))
        signatures = sorted((each.sign(statement) for each in signers), key=lambda each: each.key)
        place = Place(len(self.known), self.origin, self.at, self.registry, self)
        parsed = body.parse_body(raw)
        meaning = admission.admit(place, statement, signatures, parsed, EVENT_KINDS)
        public = admission.signing_keys(self.registry, statement, signatures, parsed)
        admission.verify_signatures(signed_bytes(statement), signatures, public)
        return self._record(
            Entry(at=self.at, prev="0" * 64, signatures=tuple(signatures), statement=statement),
            meaning,
            parsed,
        )

    def _record(self, entry: Entry, meaning: Meaning, parsed: Any) -> str:
        statement = entry.statement
        index, leaf = len(self.known), merkle.leaf_hash(format_entry(entry)).hex()
        self.known[leaf] = Known(index, statement.kind, statement.org, statement.subject)
        if statement.replaced is not None:
            old = self.known[statement.replaced]
            self.known[statement.replaced] = Known(old.index, old.kind, old.org, old.subject, True)
        self.claims.update(dict.fromkeys(meaning.claims, leaf))
        kinds = self.kinds_of_body(statement.body)
        self.bodies[statement.body] = kinds | {statement.kind}
        if statement.kind.startswith("registry/"):
            self.registry.apply(index, statement.kind, parsed)
        return leaf


A, B, C, D = (key(name) for name in ("sekda", "inspektur", "bpkad", "kominfo"))
OFFICER, SECOND, STRANGER = (key(name) for name in ("anggaran", "verifikator", "asing"))
LATER = "2026-03-02T13:00:00Z"


def opened(threshold: int = 2, *registrars: Any) -> Book:
    """A book whose entry 0 names the registrars."""
    book, registrars = Book(), registrars or (A, B, C)
    book.publish("registry/root", root(threshold, *registrars), *registrars[:threshold])
    return book


def staffed(**changes: Any) -> Book:
    """A book with one budget officer, threshold 2 of three registrars."""
    book = opened()
    book.publish("registry/key", enrolment(OFFICER, **changes), A, B)
    return book


def event(identifier: str = "1", **members: Any) -> dict[str, Any]:
    """A budget event."""
    return {"id": identifier, "salt": SALT} | members


def refused(book: Book, kind: str, said: Any, *signers: SigningKey, **changes: Any) -> JejakError:
    """The error with which the book refuses this, having changed nothing."""
    before = (len(book.known), book.registry.copy())
    try:
        book.publish(kind, said, *signers, **changes)
    except JejakError as error:
        assert (len(book.known), book.registry) == before
        return error
    raise AssertionError(f"{kind} was admitted")


def parses_or_refuses(parse: Any, value: Any, error: type[InvalidInput]) -> Any:
    """What the parser makes of the value, None when it refuses it; any other error escapes."""
    try:
        return parse(value)
    except error:
        return None
