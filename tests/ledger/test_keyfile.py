"""Keys at rest: encrypted with a passphrase that is never on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import keyfile
from ledger.errors import Malformed, Unacceptable
from ledger.keyfile import format_key_file, parse_key_file
from tests.ledger import offices
from tests.ledger.commands import run

SEED = offices.key("anggaran").seed
PASSPHRASE = b"kuda benar baterai"


@pytest.fixture(scope="module")
def encrypted() -> bytes:
    """A key file."""
    return format_key_file(SEED, PASSPHRASE)


def test_passphrase_opens_what_it_has_closed(encrypted: bytes):
    """And no other does."""
    assert parse_key_file(encrypted, PASSPHRASE) == SEED
    for wrong in (b"kuda benar baterei", b"", None):
        with pytest.raises(Malformed):
            parse_key_file(encrypted, wrong)


def test_key_is_not_in_the_file(encrypted: bytes):
    """Two files of one key have nothing in common that tells the key."""
    again = format_key_file(SEED, PASSPHRASE)
    assert again.splitlines()[2:-1] != encrypted.splitlines()[2:-1]


def test_short_passphrase_is_refused():
    """Nine characters are guessed, however many bytes they take; ten are enough."""
    for short in ("123456789", "ééééééééé", "🔑🔑🔑"):
        with pytest.raises(Unacceptable):
            format_key_file(SEED, short.encode())
    assert format_key_file(SEED, "éééééééééé".encode())


def test_openssl_opens_the_file(encrypted: bytes, tmp_path: Path):
    """The format is PKCS #8: whoever has the passphrase needs no program of ours."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    (tmp_path / "key").write_bytes(encrypted)
    (tmp_path / "pass").write_bytes(PASSPHRASE + b"\n")
    where = ["-in", str(tmp_path / "key"), "-passin", f"file:{tmp_path / 'pass'}"]
    assert output(openssl, "pkey", *where, "-outform", "DER")[-32:] == SEED
    assert f"{keyfile.ROUNDS:X}".encode() in output(openssl, "asn1parse", *where[:2])


def output(*command: str) -> bytes:
    """What a command that ends well prints."""
    return subprocess.run(command, check=True, capture_output=True).stdout


@given(st.binary(max_size=200))
def test_damaged_file_raises_only_malformed(noise: bytes):
    """Whatever lies there, the answer is a reason."""
    with pytest.raises(Malformed):
        parse_key_file(b"-----BEGIN PRIVATE KEY-----\n" + noise, None)


def test_key_is_made_encrypted_and_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The passphrase comes from a file; without it the key opens nothing."""
    secret, key, root = tmp_path / "pass", tmp_path / "r.key", tmp_path / "root.json"
    secret.write_bytes(PASSPHRASE + b"\n")
    monkeypatch.setenv("JEJAK_PASSPHRASE_FILE", str(secret))
    assert run("key", "new", key) == 0
    assert keyfile.is_encrypted(key.read_bytes())
    assert key.stat().st_mode & 0o777 == 0o600
    assert run("root", "new", root, "--origin", "a.example", "--registrar", f"{key}.pub") == 0
    assert run("root", "sign", root, "--key", key) == 0
    secret.write_bytes(b"another passphrase\n")
    assert run("root", "sign", root, "--key", key) == 2


def test_key_without_passphrase_needs_to_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Nobody gets an unencrypted key by accident; one that is asked for is its owner's alone."""
    monkeypatch.delenv("JEJAK_PASSPHRASE_FILE", raising=False)
    assert run("key", "new", tmp_path / "a.key") == 2
    assert "JEJAK_PASSPHRASE_FILE" in capsys.readouterr().err
    assert not (tmp_path / "a.key").exists()
    assert run("key", "new", tmp_path / "b.key", "--unencrypted") == 0
    assert (tmp_path / "b.key").stat().st_mode & 0o777 == 0o600


def test_key_is_never_overwritten(tmp_path: Path):
    """A second `key new` would make the first key's entries nobody's."""
    key = tmp_path / "a.key"
    assert run("key", "new", key, "--unencrypted") == 0
    before = key.read_bytes()
    assert run("key", "new", key, "--unencrypted") == 2
    assert key.read_bytes() == before


def test_plain_pkcs8_of_other_tools_is_read(tmp_path: Path):
    """A system's key made by openssl signs too."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key = tmp_path / "system.key"
    made = [openssl, "genpkey", "-algorithm", "ed25519", "-out", str(key)]
    output(*made)
    assert run("key", "new", tmp_path / "r.key", "--unencrypted") == 0
    listed = ("--registrar", tmp_path / "r.key.pub")
    assert run("root", "new", tmp_path / "root", "--origin", "a.example", *listed) == 0
    assert run("act", "sign", tmp_path / "root", "--key", key) == 0
    assert len(json.loads((tmp_path / "root").read_bytes())["signatures"]) == 1
