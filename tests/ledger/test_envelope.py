"""Envelope JSON: one form for every statement and entry, and nothing else is read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from ledger import envelope
from ledger.envelope import (
    BatchSignature,
    Ed25519Signature,
    Entry,
    Statement,
    WebAuthnSignature,
)
from ledger.errors import Malformed
from tests.ledger.offices import parses_or_refuses

NAMES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=200)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIMES = st.datetimes(timezones=st.just(UTC)).map(envelope.format_time)
BASE64 = st.binary(max_size=80).map(envelope.format_base64)

STATEMENTS = st.builds(
    Statement,
    body=HASHES,
    kind=NAMES,
    log=NAMES,
    org=NAMES,
    replaces=HASHES | st.just(msgspec.UNSET),
    subject=NAMES,
    time=TIMES,
    v=st.just("jejak/1"),
)
PLACES = st.integers(2, 1024).flatmap(
    lambda size: st.tuples(st.integers(0, size - 1).map(str), st.just(str(size)))
)
PATHS = st.lists(st.binary(min_size=32, max_size=32).map(envelope.format_base64), max_size=10).map(
    tuple
)
BATCHES = st.builds(
    lambda place, **members: BatchSignature(index=place[0], size=place[1], **members),
    PLACES,
    authenticator=BASE64,
    client=BASE64,
    key=HASHES,
    path=PATHS,
    sig=BASE64,
)
SIGNATURES = (
    st.builds(Ed25519Signature, key=HASHES, sig=BASE64)
    | st.builds(WebAuthnSignature, authenticator=BASE64, client=BASE64, key=HASHES, sig=BASE64)
    | BATCHES
)
ENTRIES = st.builds(
    Entry,
    at=TIMES,
    prev=HASHES,
    signatures=st.lists(SIGNATURES, min_size=1, max_size=8, unique_by=lambda each: each.key).map(
        lambda listed: tuple(sorted(listed, key=lambda each: each.key))
    ),
    statement=STATEMENTS,
)

PLAIN = {
    "body": "ab" * 32,
    "kind": "ocds/release",
    "log": "jejak.example.go.id",
    "org": "ID-KAB-7300",
    "subject": "ocds-a1-1",
    "time": "2026-03-02T12:00:00Z",
    "v": "jejak/1",
}
SIGNATURE = {"alg": "ed25519", "key": "01" * 32, "sig": "AAAA"}
ENTRY = {
    "at": "2026-03-02T12:00:01Z",
    "prev": "00" * 32,
    "signatures": [SIGNATURE],
    "statement": PLAIN,
}


def compact(value: Any) -> bytes:
    """Canonical bytes by the library that is the reference for RFC 8785."""
    return rfc8785.dumps(value)


@given(STATEMENTS)
def test_statement_is_what_rfc8785_makes_of_it(statement: Statement):
    """A stranger with any RFC 8785 library signs the same bytes."""
    raw = envelope.format_statement(statement)
    assert compact(json.loads(raw)) == raw
    assert envelope.parse_statement(raw) == statement
    assert envelope.signed_bytes(statement) == b"jejak/statement/1\n" + raw


@given(ENTRIES)
def test_entry_is_what_rfc8785_makes_of_it(entry: Entry):
    """A stranger with any RFC 8785 library hashes the same leaf."""
    raw = envelope.format_entry(entry)
    assert compact(json.loads(raw)) == raw
    assert envelope.parse_entry(raw) == entry


@given(ENTRIES)
def test_leaf_put_together_from_its_place_and_what_is_said_is_the_same(entry: Entry):
    """What is said is encoded before the place is known; the leaf is the one form of its entry."""
    said = envelope.format_said(entry.signatures, envelope.format_statement(entry.statement))
    assert envelope.format_entry(entry) == envelope.format_leaf(entry.at, entry.prev, said)


@given(ENTRIES, st.data())
def test_entry_has_one_form_only(entry: Entry, data: st.DataObject):
    """Any byte changed, left out or put in gives another entry or none, never the same."""
    raw = envelope.format_entry(entry)
    at, byte = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.binary(max_size=2))
    changed = raw[:at] + byte + raw[at + data.draw(st.integers(0, 2)) :]
    parsed = parses_or_refuses(envelope.parse_entry, changed, Malformed)
    assert (parsed == entry) == (changed == raw)
    assert parsed is None or envelope.format_entry(parsed) == changed


@given(st.binary(max_size=300))
def test_random_bytes_raise_only_malformed(raw: bytes):
    """Whatever arrives, the parsers answer with a value or with Malformed."""
    for parse in (envelope.parse_statement, envelope.parse_entry, envelope.parse_base64):
        parses_or_refuses(parse, raw, Malformed)


@given(st.text(max_size=100) | st.text(st.characters(categories=["Cs"])))
def test_random_text_raises_only_malformed(text: str):
    """Also text that no encoding takes."""
    for parse in (envelope.parse_time, envelope.parse_hash, envelope.parse_base64):
        parses_or_refuses(parse, text, Malformed)


ODD_BYTES = {
    "empty": b"",
    "white space": compact(PLAIN) + b"\n",
    "space inside": json.dumps(PLAIN).encode(),
    "keys in another order": json.dumps(
        dict(reversed(PLAIN.items())), separators=(",", ":")
    ).encode(),
    "duplicate key": compact(PLAIN).replace(b'"v":', b'"v":"jejak/1","v":'),
    "escape that is not needed": compact(PLAIN).replace(b"ocds-a1-1", b"ocds\\u002da1-1"),
    "escaped slash": compact(PLAIN).replace(b"jejak/1", b"jejak\\/1"),
    "other letters": compact(PLAIN | {"subject": "ocds-é"}),
    "DEL": compact(PLAIN | {"subject": "ocds-\x7f"}),
    "nested 100,000 deep": b'{"x":' + b"[" * 100_000,
    "array": b"[]",
    "null": b"null",
    "byte order mark": b"\xef\xbb\xbf" + compact(PLAIN),
}


@pytest.mark.parametrize("raw", ODD_BYTES.values(), ids=ODD_BYTES.keys())
def test_statement_in_another_form_is_malformed(raw: bytes):
    """There is one way to write a statement."""
    with pytest.raises(Malformed):
        envelope.parse_statement(raw)


@pytest.mark.parametrize(
    "change",
    [
        {"v": "jejak/2"},
        {"v": 1},
        {"note": "x"},
        {"kind": ""},
        {"kind": "a b"},
        {"org": "x" * 201},
        {"log": "a\tb"},
        {"subject": None},
        {"subject": "a b"},
        {"body": "AB" * 32},
        {"body": "ab" * 31},
        {"replaces": None},
        {"replaces": ""},
        {"replaces": "0x" + "ab" * 31},
        {"time": "2026-03-02T12:00:00.0Z"},
    ],
)
def test_statement_with_an_odd_member_is_malformed(change: dict[str, Any]):
    """Every member has its form, and there are no others."""
    with pytest.raises(Malformed):
        envelope.parse_statement(compact(PLAIN | change))


@pytest.mark.parametrize("missing", sorted(PLAIN))
def test_statement_without_a_member_is_malformed(missing: str):
    """All members but `replaces` are required."""
    with pytest.raises(Malformed):
        envelope.parse_statement(compact({k: v for k, v in PLAIN.items() if k != missing}))


def test_names_of_two_hundred_characters_are_accepted():
    """Limits are inclusive."""
    raw = compact(PLAIN | dict.fromkeys(("kind", "log", "org", "subject"), "~" * 200))
    assert envelope.parse_statement(raw).subject == "~" * 200


WEBAUTHN = {
    "alg": "webauthn-es256",
    "authenticator": "AAAA",
    "client": "e30=",
    "key": "02" * 32,
    "sig": "AAAA",
}


HASH = "AAAA" * 10 + "AAA="
BATCH = WEBAUTHN | {"alg": "webauthn-es256-batch", "index": "2", "path": [HASH], "size": "3"}


@pytest.mark.parametrize(
    "change",
    [
        {"size": "1", "index": "0", "path": []},
        {"size": "0"},
        {"size": "1025"},
        {"size": "2"},
        {"size": "03"},
        {"size": "+3"},
        {"size": "3 "},
        {"size": "٣"},
        {"size": 3},
        {"index": "3"},
        {"index": "-1"},
        {"index": "02"},
        {"index": ""},
        {"index": "1_0", "size": "20"},
        {"path": ""},
        {"path": [HASH] * 11},
        {"path": ["AAAA"]},
        {"path": [HASH[:-1]]},
        {"path": [HASH[:-2] + "B="]},
        {"path": [None]},
        {"client": "%%%%"},
        {"authenticator": "AA"},
        {"alg": "webauthn-es256"},
        {"root": HASH},
    ],
)
def test_batch_signature_with_an_odd_member_is_malformed(change: dict[str, Any]):
    """A place in a batch of 2 to 1,024 has one spelling, and its path whole hashes."""
    assert envelope.parse_entry(compact(ENTRY | {"signatures": [BATCH]})).signatures[0].key
    with pytest.raises(Malformed):
        envelope.parse_entry(compact(ENTRY | {"signatures": [BATCH | change]}))


def test_eight_batch_signatures_with_the_longest_paths_fit_an_entry():
    """Two offices, or eight, sign 1,024 records each by one gesture."""
    client = "A" * 400
    long = BATCH | {"client": client, "path": [HASH] * 10, "index": "1023", "size": "1024"}
    listed = [long | {"key": f"{n:064x}", "authenticator": "A" * 52} for n in range(8)]
    raw = compact(ENTRY | {"signatures": listed})
    assert len(raw) < envelope.MAX_ENTRY
    assert len(envelope.parse_entry(raw).signatures) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-02-30T00:00:00Z"},
        {"prev": ""},
        {"prev": "00" * 33},
        {"index": 0},
        {"statement": PLAIN | {"v": "jejak/0"}},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": [SIGNATURE, SIGNATURE]},
        {"signatures": [WEBAUTHN, SIGNATURE]},
        {"signatures": [SIGNATURE | {"key": f"{n:064x}"} for n in range(9)]},
        {"signatures": [SIGNATURE | {"alg": "rsa"}]},
        {"signatures": [SIGNATURE | {"key": "AB" * 32}]},
        {"signatures": [SIGNATURE | {"key": "ab"}]},
        {"signatures": [SIGNATURE | {"sig": "AAA"}]},
        {"signatures": [SIGNATURE | {"sig": "AAB="}]},
        {"signatures": [SIGNATURE | {"sig": "AA-_"}]},
        {"signatures": [SIGNATURE | {"sig": "AAAA\nAAAA"}]},
        {"signatures": [SIGNATURE | {"client": "AAAA"}]},
        {"signatures": [WEBAUTHN | {"client": "%%%%"}]},
        {"signatures": [WEBAUTHN | {"authenticator": "AA"}]},
        {"signatures": [{k: v for k, v in SIGNATURE.items() if k != "alg"}]},
    ],
)
def test_entry_with_an_odd_member_is_malformed(change: dict[str, Any]):
    """Every member has its form; signatures are 1 to 8, of distinct keys, sorted by key id."""
    with pytest.raises(Malformed):
        envelope.parse_entry(compact(ENTRY | change))


def test_eight_signatures_of_both_kinds_are_accepted():
    """Limits are inclusive."""
    listed = [(SIGNATURE | {"key": f"{n:064x}"}) for n in range(7)] + [WEBAUTHN]
    entry = envelope.parse_entry(compact(ENTRY | {"signatures": listed}))
    assert [type(each).__name__ for each in entry.signatures].count("WebAuthnSignature") == 1
    assert entry.statement.replaced is None


def test_entry_is_at_most_16384_bytes():
    """A leaf fits its bundle; the limit is inclusive."""

    def of_size(size: int) -> bytes:
        bare = len(compact(ENTRY | {"signatures": [WEBAUTHN | {"client": ""}]}))
        room = size - bare
        client = "A" * (room - room % 4)
        subject = PLAIN["subject"] + "x" * (room % 4)
        return compact(
            ENTRY
            | {
                "signatures": [WEBAUTHN | {"client": client}],
                "statement": PLAIN | {"subject": subject},
            }
        )

    largest, larger = of_size(16_384), of_size(16_385)
    assert (len(largest), len(larger)) == (16_384, 16_385)
    assert envelope.format_entry(envelope.parse_entry(largest)) == largest
    with pytest.raises(Malformed):
        envelope.parse_entry(larger)


# Times


@given(st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
def test_time_survives_its_text(moment: datetime):
    """Every second of every year has one text."""
    text = envelope.format_time(moment)
    assert len(text) == 20
    assert envelope.parse_time(text) == moment
    assert envelope.format_time(envelope.parse_time(text)) == text


def test_time_of_another_zone_is_written_in_utc():
    """The fraction is dropped, the zone is converted."""
    jakarta = timezone(timedelta(hours=7))
    moment = datetime(2026, 3, 2, 6, 59, 59, 999_999, tzinfo=jakarta)
    assert envelope.format_time(moment) == "2026-03-01T23:59:59Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T12:00:00",
        "2026-03-02T12:00:00+00:00",
        "2026-03-02t12:00:00z",
        "2026-03-02 12:00:00Z",
        "2026-03-02T12:00:00.000Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T23:60:00Z",
        "2026-06-30T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "+2026-3-2T12:00:00Z",
        "2026-03-02T12:00:00Z\n",
        "２026-03-02T12:00:00Z",
    ],
)
def test_time_in_another_form_is_malformed(text: str):
    """A real date, no fraction, no leap second, no other zone."""
    with pytest.raises(Malformed):
        envelope.parse_time(text)


# Hashes, base64, percent-encoding


@pytest.mark.parametrize("text", ["", "ab" * 31, "AB" * 32, "ab" * 32 + "\n", "٣" * 64, "0x" * 32])
def test_hash_in_another_form_is_malformed(text: str):
    """64 lower-case hexadecimal digits of ASCII."""
    with pytest.raises(Malformed):
        envelope.parse_hash(text)


@given(st.binary(max_size=100))
def test_base64_survives(raw: bytes):
    """Standard alphabet, padded."""
    assert envelope.parse_base64(envelope.format_base64(raw)) == raw
    assert envelope.parse_base64(base64.b64encode(raw)) == raw


@pytest.mark.parametrize(
    "text",
    ["A", "AA", "AA=", "AAA", "AB==", "AAB=", "AA==A", "A A=", "AAAA\n", "-_-_", "====", "é"],
)
def test_base64_in_another_form_is_malformed(text: str):
    """RFC 4648 section 4: padded, zero pad bits, nothing else."""
    with pytest.raises(Malformed):
        envelope.parse_base64(text)


@given(st.binary(min_size=62, max_size=66), st.integers(0, 87), st.characters(codec="ascii"))
def test_signature_is_base64_in_canonical_form(raw: bytes, at: int, other: str):
    """A signature of any length is taken as parse_base64 takes it, and refused with its words."""
    text = envelope.format_base64(raw)
    for sig in (text, text[:at] + other + text[at + 1 :], text + "\n"):
        signed = (Ed25519Signature(key="a" * 64, sig=sig),)
        form = _refusal(envelope.check_signature_form, signed)
        assert form == _refusal(envelope.parse_base64, sig)


def _refusal(check: Callable[[Any], object], value: Any) -> str | None:
    try:
        check(value)
    except Malformed as error:
        return str(error)
    return None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_percent_encoding_is_of_the_bytes_outside_0x21_to_0x7e(text: str):
    """Those bytes and `%` itself become upper-case %XX; nothing else changes; it is reversible."""
    expected = "".join(
        chr(byte) if 0x21 <= byte <= 0x7E and byte != 0x25 else f"%{byte:02X}"
        for byte in text.encode()
    )
    assert envelope.percent_encode(text) == expected


def test_percent_encoding_of_known_ids():
    """Examples for strangers."""
    encoded = [envelope.percent_encode(text) for text in ("a b", "100%", "café/1", "\x7f", "[~]")]
    assert encoded == ["a%20b", "100%25", "caf%C3%A9/1", "%7F", "[~]"]
