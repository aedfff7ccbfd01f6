"""Hostile files are refused by name, place and reason, and what is good beside them goes in."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import deployment, settings
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.settings import Settings
from procurement.importing import ImportReport, import_files
from procurement.kinds import KINDS
from tests.audit.verdicts import program
from tests.procurement import hostile
from tests.procurement.hostile import HOSTILE, MIB, good

ORG = "ID-SALIN-1"


class Place:
    """A log with an importer, whose key lies in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder, "salinan.jejak.example", demonstration=True)
        registrar = SigningKey(secrets.token_bytes(32))
        self.log: Log = deployment.found(self.settings, KINDS, None, registrar)
        settings.write_secret(folder / "keys" / "importer.key", secrets.token_bytes(32))
        self.key = SigningKey(settings.read_secret(folder / "keys" / "importer.key"))
        deployment.enrol(
            self.settings,
            self.log,
            [registrar],
            deployment.public_member(self.key),
            org=ORG,
            office="Kantor Salinan",
            roles=["importer"],
            covers=["*"],
        )

    def run(self, *paths: Path) -> ImportReport:
        """Import files."""
        return import_files(self.log, paths, key=self.key, org=ORG)

    def subjects(self) -> list[str]:
        """The releases that are in the log."""
        said = (record.entry.statement for record in self.log.records())
        return [each.subject for each in said if each.kind == "ocds/release"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A fresh log."""
    made = Place(tmp_path / "data")
    yield made
    made.log.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_line(place: Place, tmp_path: Path, name: str) -> None:
    """Each is refused at its line for its own reason; the lines around it are recorded."""
    body, pattern = HOSTILE[name]
    report = place.run(hostile.write_lines(tmp_path / "x.jsonl", [good(1), body, good(2)]))
    ((file, position, reason),) = report.refused
    assert (file, position) == ("x.jsonl", "line 2")
    assert re.search(pattern, reason)
    assert len(reason) < 1000
    assert place.subjects() == ["ocds-good-1", "ocds-good-2"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_release_in_a_package(place: Place, tmp_path: Path, name: str) -> None:
    """In a package too nothing is recorded but what is good, and every refusal has its reason."""
    path = tmp_path / "package.json"
    path.write_bytes(b'{"releases":[' + b",".join([good(1), HOSTILE[name][0], good(2)]) + b"]}")
    report = place.run(path)
    assert report.refusals >= 1
    assert all(file == "package.json" and reason for file, _, reason in report.refused)
    assert set(place.subjects()) <= {"ocds-good-1", "ocds-good-2"}


def test_program_names_each(place: Place, tmp_path: Path) -> None:
    """The command line names every hostile line of a file, and records the rest."""
    lines = [good(1), *(body for body, _ in HOSTILE.values()), good(2)]
    path = hostile.write_lines(tmp_path / "x.jsonl", lines)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(hostile.bomb(16 * MIB))
    last = hostile.write_lines(tmp_path / "last.jsonl", [good(3)])
    data = ("--data", place.settings.folder)
    code, said = program(*data, "import", path, bomb, last, "--key", "importer")
    assert code == 0
    reasons = {(file, position): reason for file, position, reason in said["refused"]}
    assert "times its size" in reasons.pop(("bomb.json.gz", ""))
    assert len(reasons) == len(HOSTILE)
    for number, (_, pattern) in enumerate(HOSTILE.values(), start=2):
        assert re.search(pattern, reasons["x.jsonl", f"line {number}"])
    assert place.subjects() == ["ocds-good-1", "ocds-good-2", "ocds-good-3"]


def test_gzip_bomb_behind_a_good_line(place: Place, tmp_path: Path) -> None:
    """What stood before the bomb is recorded; the file is named, and not read on."""
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(hostile.bomb(16 * MIB, good(1) + b"\n"))
    report = place.run(path)
    ((file, _, reason),) = report.refused
    assert file == "x.jsonl.gz"
    assert "bytes" in reason or "times its size" in reason
    assert place.subjects() == ["ocds-good-1"]


def test_tar_bomb(place: Place, tmp_path: Path) -> None:
    """Bombs, links and devices in an archive are named; the members around them are recorded."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(hostile.tar_bomb())
    report = place.run(path)
    refused = {file: reason for file, _, reason in report.refused}
    assert set(refused) == {
        f"x.tar.gz:{name}" for name in ("bomb.json.gz", "link.json", "device.json")
    }
    assert "times its size" in refused["x.tar.gz:bomb.json.gz"]
    assert sorted(place.subjects()) == ["ocds-good-1", "ocds-good-2", "ocds-good-3"]
    assert not list(tmp_path.parent.rglob("escaped.json"))


def test_tar_that_blows_up_as_a_whole(place: Place, tmp_path: Path) -> None:
    """An archive that is small only while it is packed is named."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(hostile.blown_up_tar())
    report = place.run(path)
    assert report.refused
    assert all("times its size" in reason for _, _, reason in report.refused)
    assert place.subjects() == []


def test_tar_cut_short(place: Place, tmp_path: Path) -> None:
    """An archive that ends too early is named; its whole members are recorded."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(hostile.cut_tar())
    report = place.run(path)
    assert report.refusals == 1
    assert report.refused[0][0].startswith("x.tar.gz")
    assert place.subjects() == ["ocds-good-1"]


def test_refusals_are_listed_up_to_a_bound_and_all_counted(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of nothing but bad lines does not fill the memory with reasons."""
    monkeypatch.setattr("procurement.importing.MAX_LISTED", 10)
    path = hostile.write_lines(tmp_path / "x.jsonl", [b"{}"] * 50 + [good(1)])
    report = place.run(path)
    assert (report.refusals, len(report.refused), place.subjects()) == (50, 10, ["ocds-good-1"])
    assert json.dumps(report.refused)
