"""An import killed at any moment loses nothing it has acknowledged, and is completed by a second.

`JEJAK_KILL_ROUNDS` says how often (default 5); moments are random, the seed is not.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.source import open_source
from audit.verify import verify
from ledger import deployment, settings, store
from ledger.keys import SigningKey
from ledger.log import Log, Outcome, Recorded, Submission
from ledger.settings import Settings
from ledger.tick import Ticker
from procurement import importing
from procurement.importing import import_files
from procurement.kinds import KINDS
from tests.audit.verdicts import program
from tests.ledger.test_log import check_chain
from tests.procurement.sets import real_lines

ROUNDS = int(os.environ.get("JEJAK_KILL_ROUNDS", "5"))
ROOT = Path(__file__).parent.parent.parent
ORIGIN, ORG = "salinan.jejak.example", "ID-SALIN-1"
RELEASES, GROUP = 120, 10


@dataclass
class Place:
    """A data folder, its log on one of the databases, and the importer's key file."""

    settings: Settings
    log: Log
    key: SigningKey
    key_file: Path

    def tick_and_verify(self) -> None:
        """The next tick succeeds, and an outsider finds nothing wrong."""
        size = Ticker(self.log, self.settings, None).tick().size
        assert size == check_chain(self.log)
        trust = deployment.read_trust(self.settings.trust)
        report = verify(open_source(str(self.settings.public)), KINDS, trust=trust, workers=1)
        assert (report.size, list(report.lines())[-1]) == (size, "verify: holds")

    def import_(self, path: Path) -> importing.ImportReport:
        """Import to the end."""
        return import_files(self.log, [path], key=self.key, org=ORG)

    def releases(self) -> Counter[tuple[str, str]]:
        """How often each release stands in the log, by subject and body."""
        said = (record.entry.statement for record in self.log.records())
        return Counter((s.subject, s.body) for s in said if s.kind == "ocds/release")


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A log with an importer, on each database."""
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("JEJAK_DATABASE_URL", database_url)
    own = Settings(tmp_path / "data", ORIGIN, demonstration=True)
    registrar = SigningKey(secrets.token_bytes(32))
    log = deployment.found(own, KINDS, None, registrar)
    key_file = own.folder / "keys" / "importer.key"
    settings.write_secret(key_file, secrets.token_bytes(32))
    key = SigningKey(settings.read_secret(key_file))
    public = deployment.public_member(key)
    named: dict[str, Any] = {"org": ORG, "office": "Kantor Salinan", "covers": ["*"]}
    deployment.enrol(own, log, [registrar], public, roles=["importer"], **named)
    made = Place(own, log, key, key_file)
    yield made
    made.log.close()


def releases_under_new_ids(data: Path, count: int, name: str) -> list[bytes]:
    """Real releases repeated under new ids, as the lines of a file."""
    real = [json.loads(line) for line in real_lines(data / "ca-buyandsell")]
    lines = []
    for number in range(count):
        release = real[number % len(real)]
        named = {"ocid": f"ocds-{name}-{number}", "id": f"{name}-{number}"}
        lines.append(json.dumps(release | named).encode())
    return lines


def write_lines(path: Path, lines: Sequence[bytes]) -> Path:
    """A file that says some of its lines twice, once in other spelling."""
    again = json.dumps(json.loads(lines[3]), indent=None, separators=(", ", " : ")).encode()
    path.write_bytes(b"\n".join([*lines[:60], lines[5], again, *lines[60:]]) + b"\n")
    return path


class Telling(Log):
    """A log that tells a pipe what it has acknowledged."""

    pipe: int

    def append(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Tell each outcome, once it is durable."""
        outcomes = super().append(submissions)
        for outcome in outcomes:
            assert isinstance(outcome, Recorded), outcome
            os.write(self.pipe, b"%d %s\n" % (outcome.index, outcome.leaf_hash.hex().encode()))
        return outcomes


def import_in_child(place: Place, path: Path, pipe: int) -> None:
    """Import in a process of its own, in small groups."""
    place.log.engine.dispose(close=False)
    importing.GROUP = GROUP
    log = Telling(store.open_engine(place.settings.database_url, store.SCHEMA), ORIGIN, KINDS)
    log.pipe = pipe
    import_files(log, [path], key=place.key, org=ORG)


def killed(place: Place, path: Path, chance: random.Random) -> list[tuple[int, str]]:
    """Kill an import at a random moment; what it had acknowledged."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        import_in_child(place, path, writer)
        os._exit(0)
    os.close(writer)
    answered, wanted = b"", chance.randrange(0, RELEASES - GROUP)
    while answered.count(b"\n") < wanted and (more := os.read(reader, 256)):
        answered += more
    time.sleep(chance.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reader, 65536):
        answered += more
    os.close(reader)
    lines = answered.decode().split("\n")[:-1]
    return [(int(index), leaf) for index, leaf in map(str.split, lines)]


def test_killed_while_importing(place: Place, shared_data: Path) -> None:
    """Every acknowledged entry is there, the log goes on, and nothing is in it twice."""
    chance = random.Random(23)
    expected: set[str] = set()
    for round_ in range(ROUNDS):
        lines = releases_under_new_ids(shared_data, RELEASES, f"r{round_}")
        path = write_lines(place.settings.folder / f"round-{round_}.jsonl", lines)
        acknowledged = killed(place, path, chance)
        check_chain(place.log)
        for index, leaf in acknowledged:
            assert place.log.record(index).leaf_hash.hex() == leaf
        place.tick_and_verify()
        report = place.import_(path)
        assert (report.read, report.refused) == (RELEASES + 2, [])
        assert report.recorded + report.repeated == RELEASES + 2
        expected |= {f"ocds-r{round_}-{number}" for number in range(RELEASES)}
    found = place.releases()
    assert {subject for subject, _ in found} == expected
    assert set(found.values()) == {1}
    assert len(found) == RELEASES * ROUNDS
    place.tick_and_verify()


def test_program_killed_while_importing(place: Place, shared_data: Path) -> None:
    """The same with the command line: killed, it is simply called again."""
    chance = random.Random(29)
    rounds = max(1, ROUNDS // 5)
    data = ("--data", place.settings.folder)
    for round_ in range(rounds):
        lines = releases_under_new_ids(shared_data, 700, f"p{round_}")
        path = write_lines(place.settings.folder / f"program-{round_}.jsonl", lines)
        kill_program(place, [*data, "import", path, "--key", place.key_file], chance)
        check_chain(place.log)
        place.tick_and_verify()
        code, said = program(*data, "import", path, "--key", place.key_file)
        assert (code, said["refused"]) == (0, [])
        assert said["recorded"] + said["repeated"] == said["read"] == len(lines) + 2
    assert program(*data, "status")[1]["index"] == place.log.size
    assert (len(place.releases()), set(place.releases().values())) == (700 * rounds, {1})
    place.tick_and_verify()


def kill_program(place: Place, arguments: Sequence[Any], chance: random.Random) -> None:
    """Start the program and kill it a random while after its first group is in the log."""
    size = place.log.size
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, ROOT / "jejak.py", *arguments], env=environment)
    while place.log.size == size and child.poll() is None:
        time.sleep(0.005)
    time.sleep(chance.random() * 0.5)
    child.kill()
    child.wait()
