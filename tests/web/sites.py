"""Sites for tests: a data folder with a log, its projections, and a server on 127.0.0.1."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from ledger import deployment
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.settings import Settings
from ledger.tick import Ticker
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index
from procurement.publish import publish_body
from web.api.limits import Limits
from web.app import create_app
from web.commands import server_options

LANGUAGES = ("id", "en")
COPIER = "XX-COPIER"


@dataclass
class Deployed:
    """A data folder in use: log, projections, registrar, and where its pages are served."""

    settings: Settings
    log: Log
    index: Projections
    registrar: SigningKey
    url: str = ""

    def follow(self) -> None:
        """Bring projections and public tree up to the log."""
        Follower(self.log, self.index).run()
        Ticker(self.log, self.settings, None).tick()

    def client(self, language: str | None = None) -> httpx.Client:
        """A reader of this site, who asks for a language or for none."""
        return reader(self.url, language)

    def key(self, org: str, *roles: str, covers: tuple[str, ...] = ()) -> SigningKey:
        """A new key of an office of `org`."""
        key = SigningKey(secrets.token_bytes(32))
        deployment.enrol(
            self.settings,
            self.log,
            [self.registrar],
            deployment.public_member(key),
            org=org,
            office=f"Office of {org}",
            roles=list(roles),
            covers=list(covers or (org,)),
            valid_from="2020-01-01T00:00:00Z",
        )
        return key

    def publish(self, key: SigningKey, kind: str, subject: str, body: dict[str, Any]) -> int:
        """Sign and append a body; its index."""
        salted = body if kind == "ocds/release" else {**body, "salt": secrets.token_hex(16)}
        raw = json.dumps(salted, ensure_ascii=False).encode()
        return publish_body(self.log, [key], kind, subject, raw).index

    def erase(self, *digests: str) -> None:
        """The registrar's act for each body."""
        for digest in digests:
            body = {"body": digest, "replacement": None, "legalBasis": "Putusan 7/2026"}
            signed = deployment.compose(
                self.settings.origin,
                "registry/erasure",
                digest,
                deployment.REGISTRARS,
                deployment.body_bytes(body),
                [self.registrar],
            )
            self.log.append_one(signed)


def reader(url: str, language: str | None = None) -> httpx.Client:
    """Somebody who reads a site, and asks for a language or for none."""
    headers = {"Accept-Language": language} if language else {}
    # Loading certificates for plain HTTP would cost more than the pages.
    return httpx.Client(base_url=url, headers=headers, timeout=60, verify=False)


def found(folder: Path, **chosen: Any) -> Deployed:
    """A log with its root entry, in a new folder."""
    registrar = SigningKey(secrets.token_bytes(32))
    settings = Settings(folder, "test.jejak.example", **chosen)
    log = deployment.found(settings, KINDS, None, registrar)
    return Deployed(settings, log, open_index(settings.index_url), registrar)


@contextmanager
def served(
    deployed: Deployed, limits: Limits | None = None, proxies: Sequence[str] = ()
) -> Iterator[Deployed]:
    """The pages of a deployment on a free port of 127.0.0.1; log and projections end with them."""
    app = create_app(deployed.log, deployed.index, deployed.settings, limits)
    try:
        with serving(app, proxies) as deployed.url:
            yield deployed
    finally:
        deployed.log.close()
        deployed.index.engine.dispose()


@contextmanager
def serving(app: Any, proxies: Sequence[str] = ()) -> Iterator[str]:
    """The URL of an application on a free port of 127.0.0.1, served as `jejak serve` does."""
    options = {**server_options(proxies), "log_level": "error"}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server has not come up"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
