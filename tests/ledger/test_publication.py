"""Publications: what a log is sent, and what no sender gets past the parser."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.deployment import compose
from ledger.errors import Malformed
from ledger.keys import SigningKey
from ledger.publication import MAX_PUBLICATION, format_publication, parse_publication

KEYS = [SigningKey(bytes([each]) * 32) for each in range(3)]
BODY = b'{"ocid": "ocds-x-1",\n "id": 1.50, "text": "Jalan \xc3\xa9"}'


def signed(body: bytes = BODY, signers: list[SigningKey] = KEYS):
    """A submission signed by several keys."""
    return compose("log.example", "ocds/release", "ocds-x-1", "ID-X", body, signers)


@given(body=st.binary(max_size=300), signers=st.sampled_from([KEYS, KEYS[:1], []]))
def test_a_publication_is_read_as_it_was_written(body, signers):
    """Statement, signatures and every byte of the body come back."""
    submission = signed(body, signers)
    assert parse_publication(format_publication(submission)) == submission


def test_the_order_of_members_is_free():
    """What is signed is the canonical statement, however a program wrote its JSON."""
    submission = signed()
    members = json.loads(format_publication(submission))
    turned = {
        "statement": dict(reversed(members["statement"].items())),
        "body": members["body"],
        "signatures": members["signatures"],
    }
    assert parse_publication(json.dumps(turned, indent=2).encode()) == submission


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_malformed_or_a_publication(raw):
    """The parser raises Malformed and nothing else."""
    with pytest.raises(Malformed):
        parse_publication(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    where=st.sampled_from(["body", "signatures", "statement"]),
    inner=st.sampled_from([None, "alg", "key", "sig", "subject", "time", "v", "replaces"]),
    value=_JSON,
)
def test_any_member_may_be_anything(where, inner, value):
    """A wrong member is Malformed; what is still well formed comes back as it was."""
    members = json.loads(format_publication(signed()))
    if inner is None or where == "body":
        members[where] = value
    else:
        target = members["signatures"][0] if where == "signatures" else members["statement"]
        target[inner] = value
    try:
        found = parse_publication(json.dumps(members).encode())
    except Malformed:
        return
    assert parse_publication(format_publication(found)) == found


def changed(old: bytes, new: bytes) -> bytes:
    """A publication with some of its bytes changed."""
    raw = format_publication(signed())
    assert old in raw
    return raw.replace(old, new, 1)


@pytest.mark.parametrize(
    "raw",
    [
        changed(b'{"body"', b'{"body":"","body"'),
        changed(b'"v":"jejak/1"', b'"v":"jejak/1","v":"jejak/1"'),
        changed(b'"v":"jejak/1"', b'"v":"jejak/2"'),
        changed(b'"v":"jejak/1"', b'"v":1e999'),
        changed(b'"v":"jejak/1"', b'"v":NaN'),
        changed(b'"v":"jejak/1"', b'"v":"jejak/1","extra":""'),
        changed(b'"subject":"ocds-x-1"', b'"subject":"\\ud800"'),
        changed(b'"subject":"ocds-x-1"', b'"subject":"a b"'),
        changed(b"ed25519", b"rsa"),
        changed(b'=="', b'="'),
        format_publication(signed()).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + format_publication(signed()),
        b"[" * 100_000,
        b'{"body":"' + b"A" * MAX_PUBLICATION,
    ],
)
def test_what_is_no_publication(raw):
    """Duplicate members, other versions, numbers, extra members, other encodings: refused."""
    with pytest.raises(Malformed):
        parse_publication(raw)


def test_signatures_stand_in_the_order_of_entries():
    """Signatures twice or out of order are refused before any is verified."""
    members = json.loads(format_publication(signed()))
    members["signatures"].reverse()
    with pytest.raises(Malformed):
        parse_publication(json.dumps(members).encode())
