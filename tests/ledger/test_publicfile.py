"""Public key files: what an office hands to the registrars."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.keys import key_id
from ledger.publicfile import format_public_file, key_members, parse_public_file
from tests.ledger import offices
from tests.ledger.commands import Town
from tests.ledger.test_keys import ENROLLED, ORDER_8, spki

OFFICER = offices.key("anggaran").public


@pytest.mark.parametrize("key", [OFFICER, ENROLLED], ids=["ed25519", "passkey"])
def test_public_file_is_read_as_it_was_written(key: Any):
    """A passkey with its relying party and origin, too."""
    assert parse_public_file(format_public_file(key)) == key


@pytest.mark.parametrize(
    "change",
    [
        {"key": "ab" * 32},
        {"alg": "webauthn-es256"},
        {"alg": "rsa"},
        {"public": "AAAA"},
        {"public": None},
        {"rpId": "jejak.example.go.id", "origin": "https://jejak.example.go.id"},
        {"office": "Bendahara"},
    ],
)
def test_public_file_out_of_form_is_refused(change: dict[str, Any]):
    """Another id, another algorithm, members that do not belong to the key."""
    with pytest.raises(Malformed):
        parse_public_file(json.dumps(key_members(OFFICER) | change).encode())


@pytest.mark.parametrize(
    ("rp_id", "origin"),
    [
        ("jejak.example.go.id", "http://jejak.example.go.id"),
        ("jejak.example.go.id", "https://evil.example"),
        ("jejak.example.go.id", "https://eviljejak.example.go.id"),
        ("jejak.example.go.id", 'https://jejak.example.go.id","x":"'),
        ("jejak.example.go.id", "https://jejak.example.go.id/"),
        ("", "https://jejak.example.go.id"),
        ("*", "https://jejak.example.go.id"),
    ],
)
def test_passkey_of_another_place_is_refused(rp_id: str, origin: str):
    """The origin is a secure one of the relying party's domain, and nothing else is in it."""
    with pytest.raises(Malformed):
        parse_public_file(format_public_file(replace(ENROLLED, rp_id=rp_id, origin=origin)))


@pytest.mark.parametrize("y", [0, 1, ORDER_8])
def test_ed25519_key_of_small_order_is_refused_at_enrolment(
    y: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Its signatures would be good for many messages."""
    town = Town(tmp_path, capsys, tmp_path / "data")
    town.found()
    der = spki(y.to_bytes(32, "little"))
    public = tmp_path / "weak.pub"
    public.write_bytes(format_public_file(replace(OFFICER, id=key_id(der), der=der)))
    mandate = ("--org", "ID-1", "--office", "x", "--role", "budget", "--act", tmp_path / "act")
    assert "small order" in town.refused("key", "enrol", public, *mandate)


def test_passkey_is_enrolled(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The registry holds its relying party and origin."""
    town = Town(tmp_path, capsys, tmp_path / "data")
    town.found()
    public = tmp_path / "passkey.pub"
    public.write_bytes(format_public_file(ENROLLED))
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    mandate = ("--org", "ID-1", "--office", "PPK", "--role", "procurement")
    index = town.does("key", "enrol", public, *mandate, *both)["index"]
    assert town.does("key", "list")["keys"][0]["alg"] == "webauthn-es256"
    assert index == 1


@given(st.binary(max_size=300))
def test_noise_raises_only_malformed(noise: bytes):
    """A file from a stranger is refused with a reason."""
    with pytest.raises(Malformed):
        parse_public_file(noise)
