"""What of a group of entries holds whatever stood before it: form, links, bodies, signatures.

It needs nothing but bytes and keys, so that any process can do it; what is found is judged in order
by audit.groups and audit.entries. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from audit.files import Body, Fault, Mark, read_leaves, unpacked
from audit.hashes import leaf_hashes, span_of
from audit.ordinary import apart, pack
from audit.reads import REGISTRY, BodyRead, EntryRead, GroupRead
from ledger.acts import parse_enrolment, parse_root
from ledger.admission import read_meaning, verify_signatures
from ledger.body import digest, parse_body
from ledger.collection import uncollected
from ledger.envelope import Entry, Statement, parse_entry, signed_bytes
from ledger.errors import BadSignature, InvalidInput, JejakError, Malformed
from ledger.keys import PublicKey
from ledger.kinds import Kinds
from ledger.merkle import HASH_SIZE
from ledger.merkle import root as tree_root
from ledger.tiles import WIDTH

_NAMELESS = bytes(HASH_SIZE)


class RawGroup(msgspec.Struct, frozen=True):
    """The bytes of a group of `width` entries; `bodies` as they are packed, or each by itself."""

    width: int
    bundle: bytes | None
    bodies: bytes | Fault | Sequence[Body]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(GroupRead).decode


def read_packed(raw: RawGroup, kinds: Kinds, keys: Mapping[str, PublicKey]) -> bytes:
    """What read_group finds, in the fewest bytes to send from one process to another."""
    with uncollected():
        return _encode(read_group(raw, kinds, keys))


def unpack_read(packed: bytes) -> GroupRead:
    """What read_packed has packed."""
    return _decode(packed)


def read_group(raw: RawGroup, kinds: Kinds, keys: Mapping[str, PublicKey]) -> GroupRead:
    """Read a group. Signatures are verified where all the `keys` that they name are there."""
    leaves, fault = read_leaves(raw.bundle or b"", raw.width)
    hashes = leaf_hashes(leaves)
    span = span_of(leaves, hashes) if len(leaves) == raw.width else None
    bodies = [] if raw.bundle is None else _bodies(raw.bodies)
    entries = [_entry(leaf) for leaf in leaves]
    # One after the other: each finds its own in the processor's caches.
    read = [_body_of(entry, body, kinds) for entry, body in zip(entries, bodies, strict=False)]
    found = [
        entry if isinstance(entry, str) else _verified(entry, body, keys)
        for entry, body in zip(entries, read, strict=False)
    ]
    ordinary, others = apart(found)
    return GroupRead(
        hashes,
        tree_root(hashes) if len(hashes) == WIDTH else None,
        span,
        fault,
        b"".join([_NAMELESS if isinstance(each, str) else each.name for each in found]),
        others,
        pack(ordinary),
        next((each.what for each in bodies[WIDTH:] if isinstance(each, Fault)), None),
        [key for each in others.values() if isinstance(each, EntryRead) for key in _brought(each)],
    )


def read_body(entry: Entry, body: Body, kinds: Kinds) -> BodyRead:
    """What the body of an entry comes to."""
    if isinstance(body, Fault):
        return BodyRead(fault=body.what)
    if isinstance(body, Mark):
        return BodyRead(body)
    if digest(body) != entry.statement.body:
        return BodyRead(fault="the body is not the one whose SHA-256 the statement names")
    try:
        value = parse_body(body)
    except JejakError as error:
        return BodyRead(fault=error.message)
    return _meant(entry.statement, body, value, kinds)


def _bodies(packed: bytes | Fault | Sequence[Body]) -> Sequence[Body]:
    return list(unpacked(packed)) if isinstance(packed, bytes | Fault) else packed


def _entry(leaf: bytes) -> Entry | str:
    try:
        return parse_entry(leaf)
    except Malformed as error:
        return error.message


def _body_of(entry: Entry | str, body: Body, kinds: Kinds) -> BodyRead:
    return BodyRead() if isinstance(entry, str) else read_body(entry, body, kinds)


def _brought(read: EntryRead) -> Iterable[PublicKey]:
    """The keys that an act names, if its body is in form."""
    kind, body = read.entry.statement.kind, read.body
    if body.meaning is None or body.raw is None:
        return ()
    if kind == "registry/key":
        return (parse_enrolment(parse_body(body.raw)).public,)
    return parse_root(parse_body(body.raw)).keys.values() if kind == "registry/root" else ()


def _meant(statement: Statement, body: bytes, value: Any, kinds: Kinds) -> BodyRead:
    raw = body if statement.kind.startswith(REGISTRY) else None
    if statement.kind not in kinds:
        return BodyRead(raw=raw)
    try:
        return BodyRead(None, None, None, read_meaning(statement, value, kinds)[1], raw)
    except InvalidInput as error:
        return BodyRead(unfit=error.message, raw=raw)


def _verified(entry: Entry, body: BodyRead, keys: Mapping[str, PublicKey]) -> EntryRead:
    name = name_of(entry.statement)
    known = [keys[each.key] for each in entry.signatures if each.key in keys]
    if len(known) < len(entry.signatures):
        return EntryRead(entry, body, name)
    try:
        verify_signatures(signed_bytes(entry.statement), entry.signatures, known)
    except BadSignature as error:
        return EntryRead(entry, body, name, False, error.message)
    return EntryRead(entry, body, name, True)


def name_of(statement: Statement) -> bytes:
    """What makes a publication the same as another, by its hash."""
    org, kind, subject, body = statement.org, statement.kind, statement.subject, statement.body
    # None of them holds a space.
    said = f"{org} {kind} {subject} {body} {statement.replaced or ''}"
    return hashlib.sha256(said.encode()).digest()
