"""Envelope JSON: statements, signatures and entries, and the texts inside them.

RFC 8785 restricted to objects with exactly the keys named here, arrays, and strings of printable
ASCII. The fields of each structure stand in alphabetical order, so that encoding one gives the
canonical form; every parser ends by encoding again and comparing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar
from urllib.parse import quote

import msgspec

from ledger.errors import Malformed
from ledger.merkle import HASH_SIZE

MAX_ENTRY = 16_384
MAX_SIGNATURES = 8
MIN_BATCH, MAX_BATCH = 2, 1024
MAX_PATH = 10
VERSION = "jejak/1"
SIGNED_PREFIX = b"jejak/statement/1\n"

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,3}")
_64_BYTES = re.compile(r"[A-Za-z0-9+/]{85}[AQgw]==")
_NAMES = re.compile(r"[\x21-\x7e]{1,200}(?: [\x21-\x7e]{1,200}){3}")
_NAMES_AND_BODY = re.compile(_NAMES.pattern + " " + _HASH.pattern)
_AS_IT_IS = re.compile(r"[\x21-\x24\x26-\x7e]*")
_PRINTABLE = bytes(range(0x20, 0x7F))


class Statement(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """Who says what about which subject, and the SHA-256 (hex) of the body: what is signed."""

    body: str
    kind: str
    log: str
    org: str
    replaces: str | msgspec.UnsetType = msgspec.UNSET
    subject: str
    time: str
    v: str

    @property
    def replaced(self) -> str | None:
        """Leaf hash (hex) of the entry this one corrects, or None."""
        return None if self.replaces is msgspec.UNSET else self.replaces


class Ed25519Signature(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="ed25519",
    tag_field="alg",
    gc=False,
):
    """An Ed25519 signature (base64) by the key with this id (hex)."""

    key: str
    sig: str


class WebAuthnSignature(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="webauthn-es256",
    tag_field="alg",
    gc=False,
):
    """A WebAuthn assertion whose challenge is the SHA-256 of the signed bytes."""

    authenticator: str
    client: str
    key: str
    sig: str


class BatchSignature(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="webauthn-es256-batch",
    tag_field="alg",
    gc=False,
):
    """A WebAuthn assertion over many statements: this one is leaf `index` of a tree of `size`.

    `path` is its inclusion proof (base64), `index` and `size` are decimal.
    """

    authenticator: str
    client: str
    index: str
    key: str
    path: tuple[str, ...]
    sig: str
    size: str

    @property
    def place(self) -> tuple[int, int]:
        """`index` and `size` as numbers. Raises Malformed."""
        if not (_DECIMAL.fullmatch(self.index) and _DECIMAL.fullmatch(self.size)):
            raise Malformed("index or size of a batch is not a plain decimal number")
        return int(self.index), int(self.size)


Signature = Ed25519Signature | WebAuthnSignature | BatchSignature


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One leaf of the log: a statement, its signatures, the log's time, the link back."""

    at: str
    prev: str
    signatures: tuple[Signature, ...]
    statement: Statement


_T = TypeVar("_T", Statement, Entry)
_encode = msgspec.json.Encoder().encode
_decode_statement = msgspec.json.Decoder(Statement).decode
_decode_entry = msgspec.json.Decoder(Entry).decode


@lru_cache(maxsize=4096)
def parse_time(text: str) -> datetime:
    """`YYYY-MM-DDTHH:MM:SSZ`, a real date, to an aware UTC datetime. Raises Malformed."""
    if not _TIME.fullmatch(text):
        raise Malformed(f"not a UTC time of the form YYYY-MM-DDTHH:MM:SSZ: {text[:40]!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"not a real date and time: {text!r}") from error


def format_time(moment: datetime) -> str:
    """An aware datetime to `YYYY-MM-DDTHH:MM:SSZ`, the fraction dropped."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def parse_hash(text: str) -> bytes:
    """64 lower-case hex digits to 32 bytes. Raises Malformed."""
    check_hash(text)
    return bytes.fromhex(text)


def check_hash(text: str) -> None:
    """64 lower-case hex digits. Raises Malformed."""
    if not _HASH.fullmatch(text):
        raise Malformed(f"not 64 lower-case hexadecimal digits: {text[:80]!r}")


def parse_base64(text: str | bytes) -> bytes:
    """RFC 4648 section 4, padded, zero pad bits. Raises Malformed."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        decoded = binascii.a2b_base64(raw)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
    if binascii.b2a_base64(decoded, newline=False) != raw:
        raise Malformed("not canonical base64")
    return decoded


def format_base64(raw: bytes) -> str:
    """Bytes to padded standard base64."""
    return base64.b64encode(raw).decode("ascii")


def percent_encode(text: str) -> str:
    """UTF-8 bytes outside 0x21-0x7E, and `%` itself, as upper-case %XX."""
    if _AS_IT_IS.fullmatch(text):
        return text
    return quote(text, safe="!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")


def parse_statement(raw: bytes) -> Statement:
    """A statement from its canonical bytes. Raises Malformed."""
    statement = _decoded(_decode_statement, raw)
    _check_statement(statement)
    return _canonical(statement, raw, "statement")


def format_statement(statement: Statement) -> bytes:
    """The canonical bytes of a statement."""
    return _encode(statement)


def signed_bytes(statement: Statement) -> bytes:
    """What a person or a system signs."""
    return SIGNED_PREFIX + _encode(statement)


def format_said(signatures: tuple[Signature, ...], statement: bytes) -> bytes:
    """The part of an entry's leaf bytes that is the same wherever it stands.

    `statement` is in canonical form.
    """
    return b'","signatures":%b,"statement":%b}' % (_encode(signatures), statement)


def format_leaf(at: str, prev: str, said: bytes) -> bytes:
    """The leaf bytes of an entry from its place, and from what `format_said` made of it."""
    return f'{{"at":"{at}","prev":"{prev}'.encode() + said


def parse_entry(raw: bytes) -> Entry:
    """An entry from its leaf bytes. Raises Malformed."""
    if len(raw) > MAX_ENTRY:
        raise Malformed(f"entry of {len(raw)} bytes; at most {MAX_ENTRY} are allowed")
    entry = _decoded(_decode_entry, raw)
    parse_time(entry.at)
    check_hash(entry.prev)
    check_signature_form(entry.signatures)
    _check_statement(entry.statement)
    return _canonical(entry, raw, "entry")


def format_entry(entry: Entry) -> bytes:
    """The leaf bytes of an entry."""
    return _encode(entry)


def check_signature_form(signatures: tuple[Signature, ...]) -> None:
    """One to eight signatures, distinct keys, sorted by key id. Raises Malformed."""
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise Malformed(f"{len(signatures)} signatures; 1 to {MAX_SIGNATURES} are allowed")
    if len(signatures) > 1 and any(one.key >= next_.key for one, next_ in pairwise(signatures)):
        raise Malformed("signatures are not sorted by distinct key ids")
    for signature in signatures:
        check_hash(signature.key)
        if not _64_BYTES.fullmatch(signature.sig):
            parse_base64(signature.sig)
        if not isinstance(signature, Ed25519Signature):
            _check_assertion(signature)


def _check_assertion(signature: WebAuthnSignature | BatchSignature) -> None:
    parse_base64(signature.authenticator)
    parse_base64(signature.client)
    if isinstance(signature, BatchSignature):
        _check_batch(signature)


def _check_batch(signature: BatchSignature) -> None:
    index, size = signature.place
    if not MIN_BATCH <= size <= MAX_BATCH or index >= size:
        raise Malformed(f"no place {index} in a batch of {size}; {MIN_BATCH} to {MAX_BATCH} fit")
    if len(signature.path) > MAX_PATH:
        raise Malformed(f"a path of {len(signature.path)} hashes; {MAX_PATH} are enough")
    if any(len(parse_base64(each)) != HASH_SIZE for each in signature.path):
        raise Malformed("a hash of the path is not 32 bytes")


def _check_statement(statement: Statement) -> None:
    if statement.v != VERSION:
        raise Malformed(f"statement version {statement.v[:20]!r}; {VERSION!r} is the one known")
    # None of them holds a space, so one match of all five is a match of each.
    names = f"{statement.kind} {statement.log} {statement.org} {statement.subject}"
    if not _NAMES_AND_BODY.fullmatch(f"{names} {statement.body}"):
        if not _NAMES.fullmatch(names):
            raise Malformed("kind, log, org or subject is not 1-200 characters of 0x21-0x7E")
        check_hash(statement.body)
    if statement.replaces is not msgspec.UNSET:
        check_hash(statement.replaces)
    parse_time(statement.time)


def _decoded(decode: Callable[[bytes], _T], raw: bytes) -> _T:
    try:
        return decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not an envelope: {error}") from error


def _canonical(value: _T, raw: bytes, what: str) -> _T:
    if _encode(value) != raw or raw.translate(None, _PRINTABLE):
        raise Malformed(f"{what} is not in canonical form", "serialise it by RFC 8785")
    return value
