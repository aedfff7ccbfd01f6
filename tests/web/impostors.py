"""Officers without a browser: forms sent by a program, assertions made by a key in memory."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ledger import deployment
from ledger.envelope import WebAuthnSignature, format_base64
from ledger.keys import key_id
from tests.web.officers import ORG, TENDER

ANSWERS = {**TENDER, "value": "500000000", "category": "works", "method": "open", "step": "preview"}


class Impostor:
    """A client that makes its own assertions: an officer when enrolled, an attacker when not."""

    def __init__(
        self,
        office: Any,
        enrolled: bool = True,
        title: str = "PPK Jalan",
        roles: tuple[str, ...] = ("procurement",),
    ) -> None:
        self.office = office
        self.url = office.url.replace("127.0.0.1", "localhost")
        self.web = httpx.Client(base_url=self.url, timeout=60, verify=False)
        self.web.headers["Origin"] = self.url
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key = key_id(self.der)
        if enrolled:
            self.enrol(title, roles)

    def enrol(self, title: str, roles: tuple[str, ...]) -> None:
        """Have the registrar enrol the key."""
        public = {"key": self.key, "alg": "webauthn-es256", "public": format_base64(self.der)}
        deployment.enrol(
            self.office.settings,
            self.office.log,
            [self.office.registrar],
            public | {"rpId": "localhost", "origin": self.url},
            org=ORG,
            office=title,
            roles=list(roles),
            covers=[ORG],
            valid_from="2020-01-01T00:00:00Z",
        )

    def assertion(self, signed: bytes, **forged: Any) -> dict[str, str]:
        """The form fields of an assertion over the SHA-256 of these bytes."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(signed).digest()).rstrip(b"=").decode()
        origin = forged.get("origin", self.url)
        client = f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"}}'.encode()
        party = hashlib.sha256(forged.get("rp", "localhost").encode()).digest()
        authenticator = party + bytes([forged.get("flags", 0x05)]) + bytes(4)
        sig = self.private.sign(
            authenticator + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256())
        )
        found = {"authenticator": authenticator, "client": client, "sig": sig}
        return {"credential": self.key[:20]} | {k: format_base64(v) for k, v in found.items()}

    def signature(self, signed: bytes) -> WebAuthnSignature:
        """The same as a signature."""
        fields = self.assertion(signed)
        del fields["credential"]
        return WebAuthnSignature(key=self.key, **fields)

    def challenge(self) -> str:
        """The challenge of a fresh sign-in page."""
        return hidden(self.web.get("/console/sign-in").text, "challenge")

    def sign_in(self, challenge: str | None = None, **forged: Any) -> httpx.Response:
        """Send the sign-in form."""
        challenge = challenge or self.challenge()
        signed = f"jejak/sign-in/1\n{self.office.log.origin}\n{challenge}".encode()
        fields = self.assertion(forged.pop("signed", signed), **forged)
        return self.web.post("/console/sign-in", data={"challenge": challenge, **fields})

    def csrf(self) -> str:
        """The token of the session's forms."""
        return hidden(self.web.get("/console").text, "csrf")

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the session."""
        return self.web.post(path, data={"csrf": self.csrf(), **fields})

    def upload(self, path: str, file: bytes, **fields: str) -> httpx.Response:
        """Send a form of the session with a file."""
        files = {"file": ("tabel.xlsx", file)}
        return self.web.post(path, data={"csrf": self.csrf(), **fields}, files=files)

    def fixed(self) -> str:
        """A draft fixed for signing; its address."""
        address = self.send("/console/drafts", form="tender").headers["location"]
        assert self.send(address, **ANSWERS).status_code == 303
        return str(address)

    def sign(self, address: str, **forged: Any) -> httpx.Response:
        """Send the signature of a fixed draft."""
        page = self.web.get(f"{address}/sign").text
        statement = re.search(r'data-statement="([^"]*)"', page)
        assert statement is not None
        said = unescape(statement[1]).encode()
        signed = forged.pop("signed", b"jejak/statement/1\n" + said)
        digest = forged.pop("digest", hidden(page, "digest"))
        return self.send(f"{address}/sign", digest=digest, **self.assertion(signed, **forged))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page[:500]
    return found[1]
