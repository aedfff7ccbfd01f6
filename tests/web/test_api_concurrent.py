"""Two servers on one database and many clients: no entry lost, none double, no gap.

JEJAK_PUBLISHES and JEJAK_CLIENTS set the numbers; the full ones are 20,000 and 200.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledger import deployment
from ledger.envelope import format_statement
from ledger.log import Log, Submission
from ledger.publication import format_publication
from ledger.tick import Ticker
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.projections import open_index
from tests.audit.verdicts import ROOT, program
from tests.web.publishers import JSON, ORG, Publisher, number
from tests.web.sites import Deployed, found
from tests.web.test_serve import Served, free_port, wait_for_answer

PUBLISHES = int(os.environ.get("JEJAK_PUBLISHES", "120"))
CLIENTS = int(os.environ.get("JEJAK_CLIENTS", "12"))
OFFICES = 4
PATIENCE = 120.0
RATES = ("--address-per-minute", "100000000", "--key-per-minute", "100000000")


@pytest.fixture
def site(tmp_path: Path, database_url: str, monkeypatch) -> Iterator[Deployed]:
    """A log without entries of offices, on SQLite or on PostgreSQL."""
    if database_url.startswith("postgresql"):
        monkeypatch.setenv("JEJAK_DATABASE_URL", database_url)
    deployed = found(tmp_path / "data")
    yield deployed
    deployed.log.close()
    deployed.index.close()


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`jejak serve` as a process: its address and the process."""
    port = free_port()
    named = ("--data", str(folder), "serve", "--port", str(port), *RATES)
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "jejak.py"), *named],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_answer(child, Served(folder, f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}", child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        child.wait(timeout=PATIENCE)


@dataclass
class Answers:
    """What the clients were told of each publication, by its number."""

    indices: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    new: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    retries: int = 0
    wrong: list[tuple[int, bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, which: int, status: int, raw: bytes) -> None:
        """An answer that is no refusal for want of room."""
        with self.lock:
            if status not in (200, 201):
                self.wrong.append((status, raw[:300]))
                return
            self.indices[which].add(json.loads(raw)["index"])
            self.new[which] += status == 201


class Client:
    """One client: a connection to one server, kept, and made again when it breaks."""

    def __init__(self, url: str, answers: Answers) -> None:
        target = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            str(target.hostname), target.port, timeout=PATIENCE
        )
        self._answers = answers

    def publish(self, which: int, raw: bytes) -> None:
        """Publish, again and again while the server has no room or hangs up."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self._connection.request("POST", "/api/v1/entries", raw, JSON)
                response = self._connection.getresponse()
                said = response.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                self._again(0.1)
                continue
            if response.status != 503:
                self._answers.note(which, response.status, said)
                return
            self._again(float(response.headers["Retry-After"]) * random.random())
        raise AssertionError(f"publication {which} was not answered")

    def _again(self, pause: float) -> None:
        with self._answers.lock:
            self._answers.retries += 1
        time.sleep(pause)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def publish_all(urls: list[str], publications: list[bytes]) -> Answers:
    """Every publication from one client, every fourth from three at once, in random order."""
    answers = Answers()
    drawn = random.Random(4)
    shares: list[list[int]] = [[] for _ in range(CLIENTS)]
    for which in range(len(publications)):
        for client in drawn.sample(range(CLIENTS), 3 if which % 4 == 0 else 1):
            shares[client].append(which)
    threads = [
        threading.Thread(target=_work, args=(urls[n % len(urls)], share, publications, answers))
        for n, share in enumerate(shares)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _work(url: str, share: list[int], publications: list[bytes], answers: Answers) -> None:
    client = Client(url, answers)
    try:
        for which in share:
            client.publish(which, publications[which])
    except AssertionError as error:
        answers.wrong.append((0, str(error).encode()))
    finally:
        client.close()


def signed(site: Deployed, many: int) -> list[bytes]:
    """Payments of several offices, ready to be sent."""
    offices = [Publisher(site, site.key(ORG, "treasury")) for _ in range(OFFICES)]
    return [format_publication(offices[n % OFFICES].payment(number())) for n in range(many)]


@pytest.mark.timeout(3600)
def test_two_servers_and_many_clients(site, tmp_path, capsys):
    """Each publication is one entry with one index, all indices follow, and the log verifies."""
    publications = signed(site, PUBLISHES)
    before = site.log.size
    folder = site.settings.folder
    began = time.monotonic()
    with server(folder) as (one, _), server(folder) as (two, _):
        began = time.monotonic()
        answers = publish_all([one, two], publications)
        took = time.monotonic() - began
    assert answers.wrong == []
    assert all(len(found_) == 1 for found_ in answers.indices.values())
    given = sorted(index for found_ in answers.indices.values() for index in found_)
    assert given == list(range(before, before + PUBLISHES))
    assert site.log.size == before + PUBLISHES
    news = [answers.new[which] for which in range(PUBLISHES)]
    assert max(news) == 1
    assert answers.retries or min(news) == 1
    bodies = {record.body for record in site.log.records(before)}
    assert len(bodies) == PUBLISHES
    verified(site)
    if PUBLISHES > 1000:
        with capsys.disabled():
            print(
                f"\n{PUBLISHES} publishes by {CLIENTS} clients: {took:.1f} s, "
                f"{PUBLISHES / took:.0f} a second, {answers.retries} retries"
            )


def verified(site: Deployed) -> None:
    """Chain, tree, signatures and bodies hold, as an outsider finds from the files."""
    Ticker(site.log, site.settings, None).tick()
    folder = site.settings.folder
    code, said = program("verify", folder, "--trust", site.settings.trust)
    assert (code, said["holds"], said["size"]) == (0, True, site.log.size)


def test_what_was_answered_survives_a_kill(site):
    """A server killed the moment it has answered has the entry on disk: the index stays its own."""
    publications = signed(site, 3)
    for which, raw in enumerate(publications):
        answers = Answers()
        with server(site.settings.folder) as (url, child):
            client = Client(url, answers)
            client.publish(which, raw)
            child.kill()
            child.wait(timeout=PATIENCE)
            client.close()
        (index,) = answers.indices[which]
        log: Log = deployment.open_log(site.settings, KINDS)
        assert format_of(log, index) == raw
        log.close()


def format_of(log: Log, index: int) -> bytes:
    """An entry as it was published."""
    record = log.record(index)
    entry = record.entry
    assert record.body is not None
    return format_publication(
        Submission(format_statement(entry.statement), entry.signatures, record.body)
    )


def test_pages_follow_what_two_servers_recorded(site):
    """The follower reaches the last entry, whichever server recorded it."""
    publications = signed(site, 20)
    folder = site.settings.folder
    with server(folder) as (one, _), server(folder) as (two, _):
        publish_all([one, two], publications)
        for url in (one, two):
            Served(folder, url).wait_for("index", site.log.size)
    index = open_index(site.settings.index_url)
    assert Follower(site.log, index).position() == site.log.size
    index.close()
