"""Settings of a data folder: what is written is read, and what is wrong is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import settings
from ledger.errors import Conflict, Malformed, NotFound
from ledger.settings import Settings


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """Every setting comes back."""
    saved = Settings(tmp_path, "a.example", "devchain", "0x11", "0x22", 7, demonstration=True)
    settings.save(saved)
    assert settings.load(tmp_path) == saved


@pytest.mark.parametrize("name", ["nodes", "auditors"])
def test_addresses_that_pages_name(tmp_path: Path, name: str) -> None:
    """They come back by name; what is no plain address would reach a page or its policy."""
    chosen: Any = {name: {"Auditor": "https://node.example:8545/rpc"}}
    saved = Settings(tmp_path, "a.example", **chosen)
    settings.save(saved)
    assert settings.load(tmp_path) == saved
    for wrong in ("ws://a.example", "https://a.example; script-src *", "https://a'b", 5, None):
        content = json.dumps({"origin": "a.example", name: {"x": wrong}})
        (tmp_path / "settings.json").write_text(content)
        with pytest.raises(Malformed):
            settings.load(tmp_path)


def test_a_folder_without_a_log(tmp_path: Path) -> None:
    """The remedy names the command that makes one."""
    with pytest.raises(NotFound) as caught:
        settings.load(tmp_path)
    assert "jejak init" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"origin": 1, "other": 2}', b"\xff"])
def test_a_broken_settings_file(tmp_path: Path, content: bytes) -> None:
    """It is named, and nothing else is raised."""
    (tmp_path / "settings.json").write_bytes(content)
    with pytest.raises(Malformed, match=r"settings\.json"):
        settings.load(tmp_path)


def test_only_postgresql_takes_the_place_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One SQLite file for log and projections would mix their tables."""
    monkeypatch.setenv(settings.DATABASE_VARIABLE, "sqlite:///x.db")
    with pytest.raises(Malformed, match="PostgreSQL"):
        _ = Settings(tmp_path, "a.example").database_url


def test_secrets_are_private_and_never_overwritten(tmp_path: Path) -> None:
    """Mode 0600, and a second write fails."""
    path = tmp_path / "keys" / "a.key"
    settings.write_secret(path, bytes(32))
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.read_secret(path) == bytes(32)
    with pytest.raises((Conflict, FileExistsError)):
        settings.write_secret(path, bytes(32))
