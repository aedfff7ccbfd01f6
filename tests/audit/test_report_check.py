"""`jejak report --check`: an earlier report made again, and held to what it said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jejak import cli
from ledger.keys import SigningKey
from ledger.publicfile import format_public_file
from ledger.settings import write_secret
from tests.audit.genuine import served_chain
from tests.audit.test_report_samples import ALL, announce, printed

BY = "Inspektorat Kabupaten, tim 3"


def check(where: Path, *words: Any) -> tuple[int, Any]:
    """What the check of a report says, and its exit code."""
    asked = ["--data", where, "--json", "report", "--check", *words]
    result = CliRunner().invoke(cli, [str(each) for each in asked], standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture(scope="module")
def grown(district: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A log, and a report of when it was shorter, signed by an auditor whom it enrols."""
    folder = tmp_path_factory.mktemp("grown")
    data, report = folder / "data", folder / "report"
    shutil.copytree(district, data)
    announce(data, "jejak sample --at 100 --count 3 --currency IDR")
    write_secret(folder / "auditor.key", b"\x09" * 32)
    words = ("-o", report, "--by", BY, "--key", folder / "auditor.key")
    printed("--data", data, "report", *ALL, *words)
    code, told = check(data, report / "report.json")
    assert (code, told["grown"], told["differences"]) == (0, 0, [])
    announce(data, "Lain.")
    return data, report


def test_a_report_still_holds_when_the_log_has_grown(grown: tuple[Path, Path]) -> None:
    """Counts of the evidence have grown; all else is the same; the signer is named by the log."""
    data, report = grown
    code, told = check(data, report / "report.json")
    assert told["differences"] == []
    assert (code, told["holds"]) == (0, True)
    assert told["same"] > 20
    assert 0 < told["grown"] < 8
    assert "Pemeriksa, ID-BPK-1" in told["signature"]
    page = (report / "report.html").read_text("utf-8")
    assert f"<dt>Oleh</dt><dd>{BY}</dd>" in page
    assert json.loads((report / "report.json").read_bytes())["by"] == BY


def test_a_stranger_checks_what_the_operator_reports(
    grown: tuple[Path, Path], tmp_path: Path
) -> None:
    """With exported files, trust file and chain of his own; without, what differs."""
    data, report = grown
    printed("--data", data, "export", tmp_path / "tree")
    file, tree = report / "report.json", tmp_path / "tree"
    with served_chain(data) as chain:
        words = (file, tree, "--trust", data / "trust.json", "--chain", chain)
        code, told = check(tmp_path, *words)
    assert (code, told["differences"]) == (0, [])
    code, told = check(tmp_path, file, tree)
    assert code == 1
    assert "pinned" in {each["where"] for each in told["differences"]}


def _statement(told: Any, code: str, at: int = 0) -> Any:
    return next(each for each in told["sections"] if each["code"] == code)["statements"][at]


def _lie(told: Any) -> None:
    statement = _statement(told, "rules")
    statement["prints"][0] = statement["prints"][0].replace("broken 0", "broken 7")
    statement["table"]["rows"][0][4] = "7"


def _soften(told: Any) -> None:
    _statement(told, "rules")["text"]["en"] = "Every money rule holds:"


def _leave_out(told: Any) -> None:
    del next(each for each in told["sections"] if each["code"] == "flags")["statements"][1]


def _overstate(told: Any) -> None:
    checks = _statement(told, "evidence", 3)
    checks["prints"] = [each.replace("1 checked", "999999 checked") for each in checks["prints"]]


def _another_root(told: Any) -> None:
    told["verified"]["root"] = "ab" * 32


def _twice(told: Any) -> None:
    told["sections"].append({**told["sections"][2], "statements": []})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_lie, "rules 1"),
        (_soften, "rules 1"),
        (_leave_out, "flags"),
        (_overstate, "evidence"),
        (_another_root, "verified"),
        (_twice, "sections"),
    ],
)
def test_what_the_log_does_not_bear_out_is_named(
    grown: tuple[Path, Path], tmp_path: Path, change: Callable[[Any], None], where: str
) -> None:
    """A figure, a sentence, a statement left out or a count too high: exit code 1, and which."""
    data, report = grown
    told = json.loads((report / "report.json").read_bytes())
    before = json.dumps(told)
    change(told)
    assert json.dumps(told) != before
    (tmp_path / "report.json").write_text(json.dumps(told))
    code, found = check(data, tmp_path / "report.json")
    assert (code, found["holds"]) == (1, False)
    assert any(each["where"].startswith(where) for each in found["differences"])


def test_another_log_bears_nothing_out(grown: tuple[Path, Path], district: Path) -> None:
    """The district without what the report is about has another root."""
    code, found = check(district, grown[1] / "report.json")
    assert code == 1
    assert {"size", "root"} <= {each["where"] for each in found["differences"]}


def test_a_signature_is_checked(grown: tuple[Path, Path], tmp_path: Path) -> None:
    """By whom it must be; about these very bytes; by a key that somebody knows."""
    data, report = grown
    folder = tmp_path / "report"
    shutil.copytree(report, folder)
    for name, seed in (("own", b"\x09"), ("other", b"\x0a")):
        public = SigningKey(seed * 32).public
        (tmp_path / f"{name}.pub").write_bytes(format_public_file(public))
    file = folder / "report.json"
    assert check(data, file, "--signed-by", tmp_path / "own.pub")[0] == 0
    code, told = check(data, file, "--signed-by", tmp_path / "other.pub")
    assert (code, told["differences"], told["signature"][:5]) == (1, [], "FAILS")
    file.write_bytes(file.read_bytes() + b"\n")
    code, told = check(data, file)
    assert (code, told["signature"]) == (1, "FAILS: the signature is about another report")
    (folder / "report.note").unlink()
    assert check(data, file)[1]["signature"] == "none"
    code, told = check(data, file, "--signed-by", tmp_path / "own.pub")
    assert (code, told["signature"]) == (1, "none, but one was asked for")


@pytest.mark.parametrize(
    "words",
    [
        ["--check", "x", "--by", "Y"],
        ["--check", "x", "-o", "y"],
        ["--from", "2026-01-01", "--until", "2026-12-31"],
        [*ALL, "-o", "x", "--by", "A\u202eB"],
        [*ALL, "-o", "x", "--by", "A" * 201],
        [*ALL, "-o", "x", "--signed-by", "x"],
    ],
)
def test_what_cannot_be_asked(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report is made or checked, and a name can be seen."""
    monkeypatch.chdir(tmp_path)
    Path("x").write_text("{}")
    assert CliRunner().invoke(cli, ["report", *words]).exit_code == 2
