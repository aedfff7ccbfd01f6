"""Publishers for tests: offices of a small town, what they sign, and how it is sent."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from ledger import deployment
from ledger.keys import SigningKey
from ledger.log import Submission
from ledger.publication import format_publication
from tests.web.sites import Deployed

ORG = "ID-DINAS"
JSON = {"Content-Type": "application/json"}


@dataclass
class Publisher:
    """An office with its key, and the site it publishes to."""

    site: Deployed
    key: SigningKey
    org: str = ORG

    def signed(self, body: bytes, kind: str, subject: str, **said: Any) -> Submission:
        """A statement about a body, signed; `said`: log, org, signers, time, replaces."""
        return deployment.compose(
            said.pop("log", self.site.settings.origin),
            kind,
            subject,
            said.pop("org", self.org),
            body,
            said.pop("signers", [self.key]),
            **said,
        )

    def payment(self, number: str, **said: Any) -> Submission:
        """An advance of the treasury."""
        return self.signed(payment_body(number), "budget/payment", number, **said)

    def appropriation(self, code: str, org: str = ORG, **said: Any) -> Submission:
        """Money for a line."""
        line = f"{org}/2026/{code}"
        members = {"id": line, "fiscalYear": "2026", "title": "Jalan", "org": org}
        body = deployment.body_bytes(
            {
                "line": {**members, "classifications": {}},
                "amount": {"amount": "1000.00", "currency": "IDR"},
                "legalBasis": "Perda 1",
            }
        )
        return self.signed(body, "budget/appropriation", line, **said)


def payment_body(number: str, **members: Any) -> bytes:
    """The body of an advance, or of a payment."""
    body = {
        "id": number,
        "date": "2026-01-05",
        "method": "SP2D-UP",
        "payee": {"id": ORG, "name": "Bendahara"},
        "items": [{"amount": {"amount": "10.00", "currency": "IDR"}}],
        "net": {"amount": "10.00", "currency": "IDR"},
        "contract": None,
        "reverses": None,
    }
    return deployment.body_bytes({**body, **members})


def send(client: httpx.Client, submission: Submission, to: str = "entries") -> httpx.Response:
    """Publish by the API, or check."""
    content = format_publication(submission)
    return client.post(f"/api/v1/{to}", content=content, headers=JSON)


def number() -> str:
    """A payment's number that nobody has used."""
    return f"SP2D-{secrets.token_hex(8)}"


def revoke(site: Deployed, key: SigningKey) -> None:
    """End a key."""
    body = {"key": key.id, "reason": "hilang", "effective": deployment.now()}
    raw = deployment.body_bytes(body)
    act = ("registry/revocation", key.id, deployment.REGISTRARS)
    site.log.append_one(deployment.compose(site.settings.origin, *act, raw, [site.registrar]))
