"""Samples announced in the log, in the audit report: named with their seed, and drawn again."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audit.announcing import announcements
from audit.assertions import holds, row_line
from jejak import cli
from ledger import deployment, settings
from ledger.keys import SigningKey
from ledger.settings import read_secret
from ledger.tick import Ticker
from procurement.kinds import KINDS
from procurement.publish import publish_body

BOARD = "ID-BPK-1"
ALL = ("--from", "2020-01-01", "--until", "2030-12-31")


def announce(folder: Path, *lines: str) -> tuple[int, int]:
    """A note of an auditor with these lines, then an anchor; the note's index, the size."""
    own = settings.load(folder)
    log = deployment.open_log(own, KINDS)
    auditor = SigningKey(b"\x09" * 32)
    public = deployment.public_member(auditor)
    registrar = SigningKey(read_secret(folder / "keys" / "registrar.key"))
    named = {"org": BOARD, "office": "Pemeriksa", "roles": ["auditor"], "covers": [BOARD]}
    since = {"valid_from": "2020-01-01T00:00:00Z"}
    deployment.enrol(own, log, [registrar], public, **named, **since)
    about = log.record(0).leaf_hash.hex()
    text = "\n".join(lines)
    body = {"about": [about], "text": text, "source": None, "documents": [], "salt": "0" * 32}
    at = publish_body(log, [auditor], "note", about, json.dumps(body).encode()).index
    with deployment.open_chain(own) as chain:
        size = Ticker(log, own, chain).tick(anchor=True).size
    log.close()
    return at, size


def printed(*arguments: Any) -> list[str]:
    """What a command prints."""
    result = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def _section(folder: Path) -> Any:
    told = json.loads((folder / "report.json").read_bytes())
    return next(each for each in told["sections"] if each["code"] == "samples")


def _unsupported(statement: Any) -> Iterator[str]:
    """What of a statement its command does not print."""
    lines = printed(*shlex.split(statement["command"])[1:])
    yield from set(statement["prints"]) - set(lines)
    yield from (v for v in statement["values"].values() if not any(holds(x, v) for x in lines))
    for row in statement.get("table", {"rows": []})["rows"]:
        if row_line(row, lines) is None:
            yield str(row)


def test_a_report_names_the_samples_announced(district: Path, tmp_path: Path) -> None:
    """The announcement, block, hash, population and list; what came too late; what is to come."""
    folder = tmp_path / "data"
    shutil.copytree(district, folder)
    size = json.loads(printed("--data", folder, "--json", "status")[0])["size"]
    drawn, late = f"jejak sample --at {size} --count 5 --currency IDR", "--count 3 --currency IDR"
    lines = (
        "Triwulan IV.",
        drawn,
        f"jejak sample --at 100 {late}",
        f"jejak sample --at 10000000 {late}",
    )
    index, _ = announce(folder, *lines, f"jejak sample --at {size} --count 3 --currency USD")
    printed("--data", folder, "report", *ALL, "-o", tmp_path / "report")
    section = _section(tmp_path / "report")
    listed, sample, known = section["statements"]
    assert [row[:1] + row[3:] for row in listed["table"]["rows"]] == [
        [str(index), str(size), "5", "IDR"],
        [str(index), "100", "3", "IDR"],
        [str(index), "10000000", "3", "IDR"],
        [str(index), str(size), "3", "USD"],
    ]
    own = json.loads(printed("--data", folder, "--json", *shlex.split(drawn)[1:])[0])
    assert [row[0] for row in sample["table"]["rows"]] == [each["payment"] for each in own["drawn"]]
    assert sample["values"]["seed"] == own["seed"]
    assert sample["values"]["population"] == str(own["population"])
    assert sample["values"]["root"] == own["root"]
    assert str(index) in sample["text"]["en"]
    assert known["kind"] == "fails"
    assert [str(index) in note["en"] for note in section["notes"]] == [False, True, True]
    for statement in section["statements"]:
        assert list(_unsupported(statement)) == []
    page = (tmp_path / "report" / "report.en.html").read_text("utf-8")
    assert own["seed"] in page


def test_a_report_says_that_none_was_announced(district: Path, tmp_path: Path) -> None:
    """Where no note of the period announces a sample, that is said, and how to see it."""
    printed("--data", district, "report", *ALL, "-o", tmp_path)
    (statement,) = _section(tmp_path)["statements"]
    assert statement["text"]["en"] == "No sample of payments was announced in this period."
    assert list(_unsupported(statement)) == []


@pytest.mark.parametrize(
    "text",
    [
        "we shall run jejak sample --at 12 --count 3 --currency IDR",
        "jejak sample --at 12 --count 3",
        "jejak sample --at 012 --count 3 --currency IDR",
        "jejak sample --at 12 --count 100001 --currency IDR",
        "jejak sample --at 12 --count 3 --currency IDR --seed 0x00",
        "jejak sample --at 1٢ --count 3 --currency IDR",
    ],
)
def test_what_is_no_announcement(text: str) -> None:
    """Only a line that is the command, whole and without a seed, announces a sample."""
    assert list(announcements(text)) == []
    assert list(announcements(f"{text}\n  jejak sample --at 12 --count 3 --currency IDR\r")) == [
        {"size": 12, "count": 3, "currency": "IDR"}
    ]
