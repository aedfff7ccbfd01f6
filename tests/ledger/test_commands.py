"""Founding a log by the command line: who may look into its folder, and what a beginner is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import jejak


def run(*arguments: object) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        jejak.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def root_file(tmp_path: Path) -> Path:
    """A root file that nobody has signed yet; its registrar's key is r.key."""
    key, root = tmp_path / "r.key", tmp_path / "root.json"
    assert run("key", "new", key, "--unencrypted") == 0
    assert run("root", "new", root, "--origin", "a.example", "--registrar", f"{key}.pub") == 0
    return root


def init(folder: Path, root: Path) -> int:
    """Found a log from a root file."""
    return run("--data", folder, "init", "--origin", "a.example", "--root", root)


def test_unsigned_root(tmp_path: Path, root_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The remedy names the command that signs it."""
    assert init(tmp_path / "data", root_file) == 2
    assert "jejak root sign" in capsys.readouterr().err


def test_data_folder_is_its_owners(tmp_path: Path, root_file: Path) -> None:
    """Others on the machine see neither databases nor keys."""
    assert run("root", "sign", root_file, "--key", tmp_path / "r.key") == 0
    assert init(tmp_path / "data", root_file) == 0
    assert run("--data", tmp_path / "demo", "init", "--demo") == 0
    for name in ("data", "demo"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_a_log_without_a_contract_is_signed(
    tmp_path: Path, root_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tick signs and publishes, and says what the anchor waits for."""
    run("root", "sign", root_file, "--key", tmp_path / "r.key")
    chain = ("--chain", "http://127.0.0.1:9")
    folder = ("--data", tmp_path / "data")
    assert run(*folder, "init", "--origin", "a.example", "--root", root_file, *chain) == 0
    assert run(*folder, "tick") == 0
    assert "jejak anchor deploy" in capsys.readouterr().out


def test_a_damaged_database(
    tmp_path: Path, root_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with a remedy, no trace of the program."""
    run("root", "sign", root_file, "--key", tmp_path / "r.key")
    init(tmp_path / "data", root_file)
    damaged = tmp_path / "damaged"
    # A copy without its journal: what the first command still holds open is not touched.
    shutil.copytree(tmp_path / "data", damaged, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    (damaged / "log.db").write_bytes(b"garbage" * 1000)
    assert run("--data", damaged, "tick") == 2
    told = capsys.readouterr().err
    assert "damaged" in told
    assert "Traceback" not in told
