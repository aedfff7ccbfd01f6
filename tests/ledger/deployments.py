"""A small deployment for tests: one registrar, one officer, a clock that the test moves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger import deployment, store
from ledger import settings as settings_
from ledger.keys import SigningKey
from ledger.kinds import KINDS
from ledger.log import Log, Submission
from ledger.settings import Settings
from ledger.tick import Ticker, TickReport
from ledger.trust import Trust

ORIGIN = "test.jejak.example"
ORG = "ID-TEST"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        """The time now."""
        return self.at

    def move(self, **by: float) -> None:
        """Go forward (or back)."""
        self.at += timedelta(**by)


@dataclass
class Deployed:
    """A data folder with its log, its registrar and its officer."""

    settings: Settings
    log: Log
    registrar: SigningKey
    officer: SigningKey
    clock: Clock

    def note(self, text: str, **said: Any) -> Submission:
        """A note of the officer about entry 0."""
        about = self.log.record(0).leaf_hash.hex()
        body = {"about": [about], "text": text}
        raw = deployment.body_bytes(body)
        return deployment.compose(ORIGIN, "note", about, ORG, raw, [self.officer], **said)

    def notes(self, count: int, start: int = 0) -> list[Submission]:
        """Different notes."""
        return [self.note(f"note {start + at}") for at in range(count)]

    def erase(self, index: int) -> None:
        """An order of the registrar to erase the body of an entry."""
        digest = self.log.record(index).entry.statement.body
        body = {"body": digest, "replacement": None, "legalBasis": "order 7"}
        named = (ORIGIN, "registry/erasure", digest, deployment.REGISTRARS)
        raw = deployment.body_bytes(body)
        self.log.append_one(deployment.compose(*named, raw, [self.registrar]))

    def tick(self) -> TickReport:
        """Publish what the log holds, without a chain."""
        return Ticker(self.log, self.settings, None, self.clock).tick()

    def grow(self, count: int) -> None:
        """Append so many notes and publish them."""
        self.log.append(self.notes(count, self.log.size))
        self.tick()

    def trust(self) -> Trust:
        """A reader's trust file, which names no chain."""
        return Trust(ORIGIN, self.settings.log_verifiers(), self.log.record(0).leaf_hash)


def deploy(folder: Path, database_url: str | None = None) -> Deployed:
    """A log of two entries: the root and the officer's key."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(folder, ORIGIN)
    for name in ("log.key", "publisher.key"):
        settings_.write_secret(folder / name, secrets.token_bytes(32))
    settings_.save(settings)
    clock = Clock()
    log = open_log(folder, database_url, clock)
    registrar = SigningKey(secrets.token_bytes(32))
    officer = SigningKey(secrets.token_bytes(32))
    log.append_one(deployment.demonstration_root(ORIGIN, registrar))
    deployment.enrol(
        settings,
        log,
        [registrar],
        deployment.public_member(officer),
        org=ORG,
        office="Inspectorate",
        roles=["auditor"],
        covers=[ORG],
        valid_from="2020-01-01T00:00:00Z",
    )
    return Deployed(settings, log, registrar, officer, clock)


def open_log(folder: Path, database_url: str | None, clock: Clock) -> Log:
    """The log of a folder, or of a database."""
    url = database_url or store.sqlite_url(folder / "log.db")
    engine = store.open_engine(url, store.SCHEMA)
    deployment.create_log(engine)
    return Log(engine, ORIGIN, KINDS, clock)
