"""The story of two officers by the command line and the API alone: real processes, a real port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.audit.verdicts import ROOT
from tests.ledger.commands import Town
from tests.web.test_serve import Served, free_port, wait_for_answer

ORG, PREFIX, LINE = "ID-DINAS", "ocds-cerita-", "ID-DINAS/2026/1.03.10"
OCID = f"{PREFIX}001"
ORIGIN = "a.example"


@dataclass
class Machine:
    """An officer's own machine: a key file with its passphrase, and no data folder."""

    folder: Path

    def jejak(self, *arguments: Any, code: int = 0) -> dict[str, Any]:
        """What a command says, in a process of its own that ends with this code."""
        done = subprocess.run(
            [sys.executable, ROOT / "jejak.py", "--json", *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=self.folder,
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "JEJAK_PASSPHRASE_FILE": str(self.folder / "passphrase")},
        )
        assert done.returncode == code, done.stderr.decode()
        said: dict[str, Any] = json.loads(done.stdout or done.stderr)
        return said

    def key(self) -> Path:
        """Make the officer's key; the file that goes to the registrars."""
        (self.folder / "passphrase").write_text(f"kata sandi {self.folder.name}\n")
        self.jejak("key", "new", "officer.key")
        return self.folder / "officer.key.pub"


def machine(folder: Path, name: str) -> Machine:
    """A new machine."""
    (folder / name).mkdir()
    return Machine(folder / name)


def enrol(town: Town, public: Path, office: str, *roles: str) -> None:
    """Two of three registrars enrol an office's key by a file that goes from one to the other."""
    act = town.folder / "enrolment.json"
    named = [part for role in roles for part in ("--role", role)]
    mandate = ("--org", ORG, "--office", office, "--legal-basis", "SK 7/2026")
    town.does("key", "enrol", public, *mandate, *named, "--act", act)
    town.does("act", "submit", town.signed(act, "a", "c"))


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Town:
    """A log of three registrars with one institution."""
    made = Town(tmp_path, capsys, tmp_path / "data")
    made.found()
    act = made.folder / "institution.json"
    named = ("--name-id", "Dinas Jalan", "--ocid", PREFIX)
    made.does("institution", "add", ORG, *named, "--act", act)
    made.does("act", "submit", made.signed(act, "a", "b"))
    return made


@pytest.fixture
def server(town: Town) -> Iterator[Served]:
    """`jejak serve` in a process of its own."""
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, ROOT / "jejak.py", "--data", town.data, "serve", "--port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    served = Served(town.data, f"http://127.0.0.1:{port}")
    try:
        wait_for_answer(child, served)
        yield served
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=60)


def appropriation(amount: str) -> dict[str, Any]:
    """Money for the line."""
    line = {"id": LINE, "fiscalYear": "2026", "title": "Jalan kabupaten", "org": ORG}
    return {
        "line": {**line, "classifications": {}},
        "amount": {"amount": amount, "currency": "IDR"},
        "legalBasis": "Perda 9/2025",
        "salt": "0123456789abcdef0123456789abcdef",
    }


def tender(amount: int) -> dict[str, Any]:
    """A tender that takes its money from the line."""
    value = {"amount": amount, "currency": "IDR"}
    return {
        "ocid": OCID,
        "id": "1",
        "date": "2026-03-02T10:00:00+07:00",
        "tag": ["planning", "tender"],
        "initiationType": "tender",
        "buyer": {"id": ORG, "name": "Dinas Jalan"},
        "planning": {"budget": {"id": LINE, "amount": value}},
        "tender": {"id": "T-1", "title": "Jalan Melati", "status": "active", "value": value},
    }


def written(path: Path, body: dict[str, Any]) -> Path:
    """A body in a file."""
    path.write_text(json.dumps(body))
    return path


def ask(server: Served, what: str, act: Path) -> dict[str, Any]:
    """What the API answers to the file, sent without our software."""
    headers = {"Content-Type": "application/json"}
    url = f"{server.url}/api/v1/{what}"
    answer = httpx.post(url, content=act.read_bytes(), headers=headers, verify=False)
    said: dict[str, Any] = answer.raise_for_status().json()
    return said


def test_two_officers_publish_by_the_command_line(
    town: Town, server: Served, tmp_path: Path
) -> None:
    """A is stopped by a rule, mends and signs; B signs the file; the public sees both."""
    a, b, public = (machine(tmp_path, name) for name in ("A", "B", "reader"))
    enrol(town, a.key(), "PPK Bina Marga", "procurement", "budget")
    enrol(town, b.key(), "Pokja Pemilihan", "procurement")
    to = ("--to", server.url, "--log", ORIGIN)

    budget = written(a.folder / "budget.json", appropriation("900000000.00"))
    line = ("--kind", "budget/appropriation", "--subject", LINE)
    a.jejak("publish", budget, *line, "--key", "officer.key", *to)

    # Stopped: the tender takes more than the line has. Nothing is signed or written.
    draft = written(a.folder / "tender.json", tender(1_250_000_000))
    release = ("--kind", "ocds/release", "--subject", OCID)
    said = a.jejak("draft", "check", draft, *release, "--key", "officer.key", *to, code=1)
    assert said["acceptable"]
    assert {(each["code"], each["status"]) for each in said["warnings"]} >= {
        ("line-overcommitted", "broken")
    }
    size = said["size"]

    # Mended: the line is given more, and nothing stands against the tender any more.
    more = written(
        a.folder / "revision.json",
        {
            "id": "P-1",
            "line": {"id": LINE},
            "change": {"amount": "400000000.00", "currency": "IDR"},
            "reason": "Perubahan APBD",
            "legalBasis": "Perda 2/2026",
            "salt": "00" * 16,
        },
    )
    revision = ("--kind", "budget/revision", "--subject", LINE)
    assert a.jejak("publish", more, *revision, "--key", "officer.key", *to)["index"] == size
    server.wait_for("index", size + 1)
    a.jejak("draft", "check", draft, *release, "--key", "officer.key", *to)

    # A signs a file; B reads it on a machine of their own, signs it, and hands it in.
    act = a.folder / "act.json"
    signed = ("publish", draft, *release, "--key", "officer.key")
    assert a.jejak(*signed, *to, "--act", act)["signatures"] == 1
    handed = b.folder / "act.json"
    handed.write_bytes(act.read_bytes())
    assert json.loads(b.jejak("act", "show", handed)["body"])["ocid"] == OCID
    assert len(b.jejak("act", "sign", handed, "--key", "officer.key")["signatures"]) == 2
    checked = ask(server, "check", handed)
    assert (checked["acceptable"], checked["signed"], checked["published"]) == (True, True, None)
    answer = b.jejak("act", "submit", handed, "--to", server.url)
    assert (answer["index"], answer["repeated"]) == (size + 1, False)
    # The file is what the API takes: sent by another program, it is the same entry.
    assert ask(server, "entries", handed)["index"] == answer["index"]

    index = answer["index"]
    server.wait_for("checkpoint", index + 1)
    server.wait_for("index", index + 1)
    told_to_everybody(town, server, public, index)


def told_to_everybody(town: Town, server: Served, public: Machine, index: int) -> None:
    """The receipt verifies, the log verifies, and the process page names both offices."""
    trust = public.folder / "trust.json"
    trust.write_bytes((town.data / "trust.json").read_bytes())
    receipt = public.folder / "receipt.json"
    public.jejak("--data", town.data, "receipt", index, "-o", receipt)
    assert server.ask(f"/e/{index}.receipt.json").content == receipt.read_bytes()
    assert public.jejak("check-receipt", receipt, "--trust", trust)["holds"]
    verdict = public.jejak("verify", server.url, "--trust", trust)
    assert (verdict["holds"], verdict["pinned"]) == (True, True)
    for path in (f"/process/{OCID}", f"/e/{index}"):
        page = server.ask(path).text
        assert "PPK Bina Marga" in page
        assert "Pokja Pemilihan" in page
