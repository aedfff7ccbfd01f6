"""Logs for practice: what is signed there is nothing elsewhere, and only they are thrown away."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from audit.receipt_check import check_receipt
from ledger import deployment, settings
from ledger.clearing import clear_training
from ledger.commands import found_demonstration
from ledger.errors import Conflict, Malformed, Unacceptable, Unavailable
from ledger.keys import SigningKey
from ledger.kinds import KINDS
from ledger.proving import make_receipt
from ledger.receipt import format_receipt, parse_receipt
from ledger.settings import DEVCHAIN, Settings
from ledger.tick import Ticker
from ledger.training import NOTICE, is_training, training_origin
from tests.ledger.commands import run

REAL = "jejak.example.go.id"
TRAINING = "training.jejak.example.go.id"
OFFICER = SigningKey(b"\x07" * 32)


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log for practice with an office's key in it, and a checkpoint."""
    folder = tmp_path_factory.mktemp("practised") / "training"
    found_demonstration(Settings(folder, TRAINING, DEVCHAIN, demonstration=True))
    _staff(folder)
    return folder


@pytest.fixture
def training(practised: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(practised, tmp_path / "training"))


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A real log in which the same key is enrolled for the same office."""
    folder = tmp_path / "real"
    (tmp_path / "keys").mkdir()
    registrar = SigningKey(b"\x09" * 32)
    deployment.found(Settings(folder, REAL), KINDS, None, registrar).close()
    settings.write_secret(folder / "registrar.key", registrar.seed)
    _staff(folder, folder / "registrar.key")
    return folder


def _staff(folder: Path, registrar: Path | None = None) -> None:
    own = settings.load(folder)
    key = SigningKey(settings.read_secret(registrar or folder / "keys" / "registrar.key"))
    log = deployment.open_log(own, KINDS)
    public = deployment.public_member(OFFICER)
    mandate = {"org": "ID-1", "office": "Pemeriksa", "roles": ["auditor"], "covers": ["ID-1"]}
    deployment.enrol(own, log, [key], public, **mandate)
    Ticker(log, own, None).tick()
    log.close()


def _remark(folder: Path, origin: str):
    """A remark on entry 0 of the log in the folder, stated and signed for `origin`."""
    log = deployment.open_log(settings.load(folder), KINDS)
    about = log.record(0).leaf_hash.hex()
    log.close()
    said = {"about": [about], "text": "latihan", "source": None, "documents": []}
    return deployment.compose(origin, "note", about, "ID-1", deployment.body_bytes(said), [OFFICER])


def test_a_name_says_whether_a_log_is_for_practice():
    """One label in front; naming it twice changes nothing, and other names are no practice."""
    assert training_origin(REAL) == training_origin(training_origin(REAL)) == TRAINING
    assert is_training(TRAINING)
    assert not any(map(is_training, (REAL, "atraining.example", "a.training.example", "training")))


def test_no_real_log_has_the_name_of_one_for_practice(tmp_path: Path, capsys):
    """So that a reader never takes the one for the other."""
    key = tmp_path / "r.key"
    assert run("key", "new", key, "--unencrypted") == 0
    named = ("--origin", TRAINING)
    assert run("root", "new", tmp_path / "root", *named, "--registrar", f"{key}.pub") == 0
    assert run("root", "sign", tmp_path / "root", "--key", key) == 0
    data = ("--data", tmp_path / "data")
    assert run(*data, "init", *named, "--root", tmp_path / "root") == 2
    assert "for practice only" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_what_is_signed_for_practice_is_nothing_in_the_real_log(training: Path, real: Path):
    """The same key, office and body: the name of the log in the statement makes the difference."""
    for folder, foreign, own in ((real, TRAINING, REAL), (training, REAL, TRAINING)):
        log = deployment.open_log(settings.load(folder), KINDS)
        with pytest.raises(Unacceptable, match="log"):
            log.append_one(_remark(folder, foreign))
        assert log.append_one(_remark(folder, own)).index == log.size - 1
        log.close()


def test_whoever_signs_is_told_that_it_is_for_practice(training: Path, tmp_path: Path, capsys):
    """Before the passphrase is asked for."""
    act = tmp_path / "act.json"
    data = ("--data", training)
    key = training / "keys" / "registrar.key"
    assert run("key", "new", tmp_path / "o.key", "--unencrypted") == 0
    mandate = ("--org", "ID-1", "--office", "PPK", "--role", "budget", "--act", act)
    assert run(*data, "key", "enrol", tmp_path / "o.key", *mandate) == 0
    capsys.readouterr()
    assert run("act", "sign", act, "--key", key) == 0
    assert capsys.readouterr().err.startswith(NOTICE)


def _receipt(folder: Path):
    log = deployment.open_log(settings.load(folder), KINDS)
    made = make_receipt(log, 1)
    log.close()
    return made


def test_a_receipt_says_in_its_file_that_it_is_for_practice(training: Path, real: Path):
    """In both languages, in a format of its own, and what it says comes back."""
    for folder, says in ((training, True), (real, False)):
        made = _receipt(folder)
        raw = format_receipt(made)
        assert parse_receipt(raw) == made
        assert (NOTICE in raw.decode()) == says
        trust = deployment.read_trust(folder / "trust.json")
        report = check_receipt(raw, trust)
        assert report.holds
        assert next(report.lines()).startswith(NOTICE) == says


def test_a_receipt_that_hides_or_feigns_its_practice_fails(training: Path, real: Path):
    """Relabelled, it is no longer consistent with the entry in it; nor is it of another log."""
    for folder, other in ((training, real), (real, training)):
        made = _receipt(folder)
        relabelled = format_receipt(replace(made, training=not made.training))
        assert not check_receipt(relabelled).holds
        trust = deployment.read_trust(other / "trust.json")
        assert not check_receipt(format_receipt(made), trust).holds


@pytest.mark.parametrize(
    "changes",
    [
        {"notice": "resmi"},
        {"notice": None},
        {"format": "jejak/receipt/1"},
        {"notice": NOTICE, "more": 1},
    ],
)
def test_the_notice_of_a_receipt_is_fixed(training: Path, changes):
    """Nothing else stands in its place."""
    found = json.loads(format_receipt(_receipt(training)))
    with pytest.raises(Malformed):
        parse_receipt(json.dumps(found | changes).encode())


def test_a_log_for_practice_keeps_out_of_the_database_of_the_real_one(training: Path, monkeypatch):
    """JEJAK_DATABASE_URL is the real log's; practice lies in its own folder whatever it says."""
    url = "postgresql+psycopg://real@db.example/jejak"
    monkeypatch.setenv("JEJAK_DATABASE_URL", url)
    assert Settings(training, REAL).database_url == url
    own = settings.load(training)
    assert {own.database_url, own.index_url} == {
        f"sqlite:///{training / 'log.db'}",
        f"sqlite:///{training / 'index.db'}",
    }


def test_practice_is_thrown_away_with_its_keys(training: Path):
    """What the console is asked stays, so that the next practice is found where the last was."""
    (training / "console.json").write_text('{"url": "https://training.example"}')
    clear_training(training)
    assert [each.name for each in training.iterdir()] == ["console.json"]


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.suffix not in (".db-wal", ".db-shm")
    }


def _rename(folder: Path, origin: str) -> None:
    path = folder / "settings.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"origin": origin}))


@pytest.mark.parametrize("named", [REAL, TRAINING])
def test_a_real_log_is_never_thrown_away(real: Path, named: str):
    """Not even when somebody has written the name of a log for practice into its settings."""
    _rename(real, named)
    before = _files(real)
    with pytest.raises(Conflict):
        clear_training(real)
    assert _files(real) == before


def test_practice_with_anything_else_beside_it_stays(training: Path, real: Path, tmp_path: Path):
    """A file of somebody's, a real log further down, a link: nothing is touched."""
    (training / "mine.txt").write_text("catatan")
    with pytest.raises(Conflict, match=r"mine\.txt"):
        clear_training(training)
    (training / "mine.txt").unlink()
    shutil.move(real, training / "real")
    with pytest.raises(Conflict, match="real"):
        clear_training(training)
    shutil.move(training / "real", real)
    link = tmp_path / "link"
    link.symlink_to(training)
    with pytest.raises(Conflict, match="link"):
        clear_training(link)
    assert (training / "log.key").exists()


def test_nothing_is_taken_away_from_under_a_server(training: Path, monkeypatch):
    """Whoever serves the practice holds its chain; stop it first."""
    from ledger.devchain import publish_devchain

    monkeypatch.setattr("ledger.clearing.PATIENCE_SECONDS", 0.0)
    with publish_devchain(training), pytest.raises(Unavailable):
        clear_training(training)
    assert (training / "log.key").exists()
