"""A small town for tests: its log, its offices, and projections that follow it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger import deployment, store
from ledger.envelope import percent_encode
from ledger.keys import SigningKey
from ledger.log import Log, Submission, create_log
from procurement.follower import Follower, reindex
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index
from procurement.queries import latest
from procurement.rules import Tolerances

ORIGIN = "town.jejak.example"
ORG = "ID-TOWN"
OTHER = "ID-OTHER"
SALT = "0123456789abcdef0123456789abcdef"
OFFICES = {
    "budget": (ORG, ["budget"], [ORG]),
    "treasury": (ORG, ["treasury"], [ORG]),
    "procurement": (ORG, ["procurement"], [ORG]),
    "importer": ("XX-COPY", ["importer"], ["*"]),
    "stranger": (OTHER, ["procurement", "budget", "treasury"], [OTHER]),
}


def key(name: str) -> SigningKey:
    """The signing key of an office."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def money(amount: str, currency: str = "IDR") -> dict[str, str]:
    """Money as our own bodies have it."""
    return {"amount": amount, "currency": currency}


def value(amount: Any, currency: str = "IDR") -> dict[str, Any]:
    """Money as OCDS has it."""
    return {"amount": amount, "currency": currency}


@dataclass
class Town:
    """Publishes and follows."""

    log: Log
    index: Projections
    follower: Follower
    hashes: list[str] = field(default_factory=list)

    def publish(self, office: str, kind: str, subject: str, said: Any, **more: Any) -> int:
        """Sign and append a body; the index of its entry."""
        submission = self.signed(office, kind, subject, said, **more)
        recorded = self.log.append_one(submission)
        return recorded.index

    def signed(
        self, office: str, kind: str, subject: str, said: Any, replaces: int | None = None
    ) -> Submission:
        """A signed body, ready to be appended."""
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        return deployment.compose(
            ORIGIN,
            kind,
            percent_encode(subject),
            OFFICES[office][0],
            raw,
            [key(office)],
            replaces=None if replaces is None else self.log.record(replaces).leaf_hash.hex(),
        )

    def registrar(self, kind: str, subject: str, said: dict[str, Any]) -> int:
        """An act of the registrar."""
        raw = json.dumps({"salt": SALT, **said}).encode()
        registrars = deployment.REGISTRARS
        act = deployment.compose(ORIGIN, kind, subject, registrars, raw, [key("registrar")])
        return self.log.append_one(act).index

    def erase(self, index: int) -> str:
        """An order of the registrar to erase the body of an entry; the body's digest."""
        digest = self.log.record(index).entry.statement.body
        body = {"body": digest, "replacement": None, "legalBasis": "UU 27/2022"}
        self.registrar("registry/erasure", digest, body)
        return digest

    def appropriate(self, line: str, amount: str, title: str = "Jalan", **more: Any) -> int:
        """Give a line money."""
        org, year, _ = line.split("/", 2)
        body = {
            "salt": SALT,
            "line": {
                "id": line,
                "fiscalYear": year,
                "title": title,
                "org": org,
                "classifications": {"functional": "04.5"},
            },
            "amount": money(amount),
            "legalBasis": "Perda 1",
        }
        return self.publish("budget", "budget/appropriation", line, body, **more)

    def revise(self, number: str, line: str, change: str, **more: Any) -> int:
        """Change a line."""
        body = {
            "salt": SALT,
            "id": number,
            "line": {"id": line},
            "change": money(change),
            "reason": "perubahan",
            "legalBasis": "Perda 2",
        }
        return self.publish("budget", "budget/revision", line, body, **more)

    def transfer(self, number: str, source: str, target: str, amount: str) -> int:
        """Move money between lines."""
        body = {
            "salt": SALT,
            "id": number,
            "from": {"id": source},
            "to": {"id": target},
            "amount": money(amount),
            "reason": "pergeseran",
            "legalBasis": "Perbup 3",
        }
        return self.publish("budget", "budget/transfer", source, body)

    def pay(
        self,
        number: str,
        *items: tuple[str | None, str],
        contract: tuple[str, str] | None = None,
        reverses: str | None = None,
        day: str = "2026-06-01",
        payee: tuple[str, str] = ("ID-NPWP-1", "PT Satu"),
        **more: Any,
    ) -> int:
        """Pay."""
        body = {
            "salt": SALT,
            "id": number,
            "date": day,
            "method": "LS",
            "payee": {"id": payee[0], "name": payee[1]},
            "items": [
                {"amount": money(amount), **({"line": {"id": line}} if line else {})}
                for line, amount in items
            ],
            "net": money(items[0][1]),
            "contract": {"ocid": contract[0], "id": contract[1]} if contract else None,
            "reverses": reverses,
        }
        return self.publish("treasury", "budget/payment", number, body, **more)

    def release(self, said: dict[str, Any], office: str = "procurement", **more: Any) -> int:
        """Publish a release."""
        return self.publish(office, "ocds/release", said["ocid"], said, **more)

    def follow(self, limit: int = 500) -> None:
        """Project all that is new, in groups of `limit`."""
        while self.follower.step(limit):
            pass

    def again(self) -> None:
        """Build the projections anew."""
        reindex(self.log, self.index, self.follower.tolerances)

    def close(self) -> None:
        """Close both databases."""
        self.index.close()
        self.log.close()

    def marks(self, entry: int) -> list[str]:
        """The marks of an entry."""
        return next(e.marks for e in latest(self.index, 1000) if e.index == entry)


def found_town(folder: Path, tolerances: Tolerances | None = None, url: str | None = None) -> Town:
    """A town with all its offices enrolled and projections that have followed so far."""
    if url is not None and url.startswith("sqlite"):
        url = None
    engine = store.open_engine(url or store.sqlite_url(folder / "log.db"), store.SCHEMA)
    create_log(engine)
    log = Log(engine, ORIGIN, KINDS)
    index = open_index(url or store.sqlite_url(folder / "index.db"))
    town = Town(log, index, Follower(log, index, tolerances))
    log.append_one(deployment.demonstration_root(ORIGIN, key("registrar")))
    for name, (org, roles, covers) in OFFICES.items():
        public = deployment.public_member(key(name))
        town.registrar(
            "registry/key",
            public["key"],
            {
                **public,
                "org": org,
                "office": name,
                "roles": roles,
                "for": covers,
                "validFrom": "2020-01-01T00:00:00Z",
                "validUntil": None,
                "legalBasis": "SK 1",
            },
        )
    town.follow()
    return town
