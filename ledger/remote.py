"""A server, reached by its API.

Nothing that it says is signed or believed. What it answers is bounded in bytes and time, and shown
without control characters.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ledger import errors
from ledger.envelope import parse_hash
from ledger.errors import JejakError, Malformed, NotFound, Unacceptable, Unavailable
from ledger.publication import format_publication
from ledger.submission import Submission

CONNECT_SECONDS = 5.0
READ_SECONDS = 90.0
TOTAL_SECONDS = 180.0
MAX_ANSWER = 256 * 1024

_AGAIN = "try again; the same publication stays one entry"
_ORG = re.compile(r"[!-.0-~]{1,200}")  # an organisation id of docs/format.md, section 1


@dataclass(frozen=True)
class Answer:
    """Where the server says the entry is; `receipt` is the address of its receipt."""

    index: int
    leaf_hash: str
    repeated: bool
    receipt: str

    def told(self) -> dict[str, Any]:
        """The same, for whoever published."""
        return {
            "index": self.index,
            "leafHash": self.leaf_hash,
            "repeated": self.repeated,
            "receipt": self.receipt,
        }


class Server:
    """The API of a server at `url`, its root address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Malformed(f"{url!r} is not the address of a server", "as https://jejak.example")
        self.url = url.rstrip("/")
        self.host = parts.hostname
        self._session = requests.Session()
        # No proxy or stored password of the environment has any business with a loopback address.
        self._session.trust_env = self.host not in ("127.0.0.1", "localhost", "::1")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def org_of(self, key: str) -> str:
        """The organisation that a key speaks for, as the server says. Raises NotFound."""
        try:
            found = self._ask("GET", f"/api/v1/keys/{key}")
        except NotFound as error:
            raise NotFound(
                f"{self.host} knows no key {key[:16]}",
                "have it enrolled there, or name the organisation with --org",
            ) from error
        org = found.get("org")
        if not isinstance(org, str) or not _ORG.fullmatch(org):
            raise Malformed(f"{self.host} does not say whose the key is", "name it with --org")
        return org

    def publish(self, submission: Submission) -> Answer:
        """Publish; the answer comes when the entry is durable. Raises the server's reason."""
        found = self._ask("POST", "/api/v1/entries", format_publication(submission))
        index, leaf, receipt = found.get("index"), found.get("leafHash"), found.get("receipt")
        if type(index) is not int or not isinstance(leaf, str) or not isinstance(receipt, str):
            raise Malformed(f"{self.host} answers in another form", "see that it is a Jejak server")
        parse_hash(leaf)
        return Answer(index, leaf, found.get("repeated") is True, self.url + plain(receipt))

    def check(self, submission: Submission) -> dict[str, Any]:
        """What publishing would be answered, as the server says it; nothing is written."""
        return self._ask("POST", "/api/v1/check", format_publication(submission))

    def entry(self, index: int) -> bytes:
        """What the server says the entry's bytes are: hash and read them. Raises NotFound."""
        status, raw = self._exchange("GET", f"/e/{index}.entry.json", None)
        if status != 200:
            raise self._refusal(status, _members(raw) or {})
        return raw

    def _ask(self, method: str, path: str, content: bytes | None = None) -> dict[str, Any]:
        status, raw = self._exchange(method, path, content)
        found = _members(raw)
        if status in (200, 201) and found is not None:
            return found
        raise self._refusal(status, found or {})

    def _exchange(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._session.request(
                method,
                self.url + path,
                data=content,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                # A redirected POST would be sent again as something else, or to somebody else.
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, _bounded(response)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unavailable(
                f"{self.url} does not answer ({type(error).__name__})", _AGAIN
            ) from error

    def _refusal(self, status: int, said: dict[str, Any]) -> JejakError:
        """The server's problem details as an error of ours, so that exit codes stay the same."""
        detail, remedy = plain(said.get("detail")), plain(said.get("remedy"))
        if status in (408, 429) or status >= 500:
            return Unavailable(detail or f"{self.host} answers {status}", remedy or _AGAIN)
        found = _BY_CODE.get(str(said.get("code")))
        if found is not None and detail:
            return found(detail, remedy)
        if 300 <= status < 400:
            return Unacceptable(
                f"{self.host} sends on to another address, which is not followed",
                "name the server by its own address",
            )
        if status == 404:
            return NotFound(f"{self.host} has no such address", "see that it is a Jejak server")
        return Unacceptable(detail or f"{self.host} answers {status}", remedy)


def plain(text: object) -> str:
    """A text of the server for a terminal: no control characters, not endless."""
    if not isinstance(text, str):
        return ""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:1000])


_BY_CODE = {
    each.code: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, JejakError)
}


def _bounded(response: requests.Response) -> bytes:
    deadline = time.monotonic() + TOTAL_SECONDS
    parts, size = [], 0
    for part in response.iter_content(8192):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER or time.monotonic() > deadline:
            raise Unavailable("the server's answer is too long or too slow", _AGAIN)
    return b"".join(parts)


def _members(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
