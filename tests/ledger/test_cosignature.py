"""Cosignatures of witnesses, and the policies that ask for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cosignature import (
    cosign,
    cosigner,
    format_cosigner,
    parse_cosigner,
    verify_cosignatures,
)
from ledger.errors import BadSignature, Malformed
from ledger.note import (
    Checkpoint,
    Note,
    SignatureLine,
    Signer,
    format_checkpoint,
    format_vkey,
    parse_note,
)
from ledger.policy import Policy, parse_policy
from tests.ledger.offices import parses_or_refuses

TEXT = format_checkpoint(Checkpoint("jejak.example.go.id", 7, bytes(32)))
WITNESSES = [Signer(f"w{at}.example.org", bytes([at + 1]) * 32) for at in range(4)]
KEYS = [cosigner(each) for each in WITNESSES]


def signed(*lines: SignatureLine) -> Note:
    """The checkpoint with these lines."""
    return Note(TEXT, lines)


def policy(*lines: str, count: int = 3) -> Policy:
    """A policy that names the first witnesses w0, w1, …, and goes on with these lines."""
    named = [f"witness w{at} {format_cosigner(KEYS[at])}" for at in range(count)]
    return parse_policy("\n".join([*named, *lines]))


@given(st.integers(1, 2**63 - 1))
def test_cosignatures_verify(seconds: int):
    """A line verifies with its time, and nobody else's key."""
    line = cosign(TEXT, WITNESSES[0], seconds)
    assert verify_cosignatures(signed(line), KEYS) == {KEYS[0]: seconds}
    assert verify_cosignatures(signed(line), KEYS[1:]) == {}


@given(st.data())
def test_a_changed_line_refuses(data: st.DataObject):
    """A line of a known witness with any bit changed refuses the whole note."""
    line = cosign(TEXT, WITNESSES[0], 1_772_352_000)
    at = data.draw(st.integers(0, 8 * len(line.signature) - 1))
    raw = bytearray(line.signature)
    raw[at // 8] ^= 1 << at % 8
    changed = SignatureLine(line.name, line.key_id, bytes(raw))
    with pytest.raises(BadSignature):
        verify_cosignatures(signed(cosign(TEXT, WITNESSES[1], 5), changed), KEYS)


@pytest.mark.parametrize("payload", [b"", bytes(8), bytes(72), b"\xff" * 72, b"\x01" * 73])
def test_lines_out_of_form(payload: bytes):
    """A line too short or too long, of no time or of one beyond all, refuses."""
    with pytest.raises(BadSignature):
        verify_cosignatures(signed(SignatureLine(KEYS[0].name, KEYS[0].key_id, payload)), KEYS)


def test_another_checkpoint_is_not_cosigned():
    """A line for one checkpoint is worth nothing under another."""
    line = cosign(TEXT, WITNESSES[0], 5)
    with pytest.raises(BadSignature):
        verify_cosignatures(Note(TEXT.replace("7", "8"), (line,)), KEYS)


def test_keys_of_witnesses():
    """A witness's vkey survives its text; one of the plain type names the same witness."""
    assert parse_cosigner(format_cosigner(KEYS[0])) == KEYS[0]
    assert parse_cosigner(format_vkey(WITNESSES[0].verifier())) == KEYS[0]
    with pytest.raises(Malformed):
        parse_cosigner(format_cosigner(KEYS[0]).replace("w0", "w1"))


def test_published_cosignatures(shared_vectors: Path):
    """Checkpoints that a public witness cosigned verify with its published key."""
    mirror = shared_vectors / "tlog-tiles-sunlight-witness-mirror"
    for name in ("witness", "witness2"):
        told = json.loads((mirror / name / "witness.v0.json").read_text())
        keys = [parse_cosigner(each) for each in told["verifier_keys"]]
        paths = [
            each for each in (mirror / name).glob("*/checkpoint") if len(each.parent.name) == 64
        ]
        found = [verify_cosignatures(parse_note(each.read_bytes()), keys) for each in paths]
        assert found
        assert all(set(each) == set(keys) for each in found)


@pytest.mark.parametrize(
    ("lines", "enough"),
    [
        (["quorum none"], [[], [0]]),
        (["quorum w1"], [[1], [0, 1]]),
        (["group g all w0 w1", "quorum g"], [[0, 1], [0, 1, 2]]),
        (["group g any w0 w1", "quorum g"], [[0], [1]]),
        (["group g 2 w0 w1 w2", "quorum g"], [[0, 2], [1, 2]]),
        (["group g any w0 w1", "group h all g w2", "quorum h"], [[0, 2], [1, 2]]),
    ],
)
def test_quorums(lines: list[str], enough: list[list[int]]):
    """The quorum is met by those who suffice, and by nobody fewer."""
    found = policy(*lines)
    for present in enough:
        assert found.is_met({KEYS[at]: 1 for at in present})
    assert found.is_met({}) == (lines == ["quorum none"])
    assert not policy("group g all w0 w1 w2", "quorum g").is_met(KEYS[:2])


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum g"],
        ["quorum none", "quorum none"],
        ["group g all w0 nobody", "quorum g"],
        ["group g 3 w0 w1", "quorum g"],
        ["group g 0 w0 w1", "quorum g"],
        ["group g all w0 w0", "quorum g"],
        ["group g all w0", "group h all w0", "quorum h"],
        ["group g all", "quorum g"],
        ["group w0 all w1", "quorum w0"],
        ["group none all w1", "quorum none"],
        [f"witness again {format_cosigner(KEYS[0])}", "quorum none"],
        ["witness x", "quorum none"],
        ["log x", "quorum none"],
        ["wit w0", "quorum none"],
    ],
)
def test_policies_out_of_form(lines: list[str]):
    """No quorum or two, names unknown or taken, members twice, keys twice: refused by line."""
    with pytest.raises(Malformed, match="policy"):
        policy(*lines)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            ["log ", "witness ", "group ", "quorum ", "none", "any ", "2 ", "w0 ", "\n", "#", "\t"]
        )
    ).map("".join)
)
def test_any_policy_is_read_or_malformed(text: str):
    """Whatever stands in a policy, it is read or refused."""
    parses_or_refuses(parse_policy, text, Malformed)


@pytest.mark.parametrize(("number", "good"), [(0, True), (1, True), (2, False), (3, False)])
def test_published_policies(shared_vectors: Path, number: int, good: bool):
    """Published policies are read; those in which two witnesses have one key are refused."""
    path = shared_vectors / "tlog-policy-samples" / f"policy-0{number}.txt"
    text = path.read_text()
    if not good:
        with pytest.raises(Malformed, match="one key"):
            parse_policy(text)
        return
    found = parse_policy(text)
    assert [each.name for each in found.witnesses] == ["w1", "w2"]
    assert found.is_met(found.keys())
    assert not found.is_met(found.keys()[:1])
