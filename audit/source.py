"""Where a public tree is read from: a folder, or a server; nothing it holds is believed.

Every read is bounded in bytes and in time. The evidence being bad is one thing, not getting it is
another: Unavailable says that a server did not answer, and says nothing about the log.
"""

from __future__ import annotations

import http.client
import io
import os
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from audit.anchors import MAX_ROWS, AnchorRow, rows_in
from audit.report import Check
from ledger.errors import Malformed, NotFound, Unavailable
from ledger.note import MAX_NOTE, MAX_SIZE

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 120.0
"""Of one resource, however slowly it drips."""

MAX_REDIRECTS = 3

_CHUNK = 65_536


class Gone(NotFound):
    """The server says that the thing has been taken away (HTTP 410): an erased body."""

    code = "gone"


class TooLarge(Malformed):
    """The resource is larger than its kind can be."""

    code = "too-large"


class Source(Protocol):
    """A public tree."""

    where: str

    def read(self, path: str, limit: int) -> bytes:
        """The bytes at a path below the log's prefix, at most `limit`.

        Raises NotFound, Gone (410), TooLarge, Unavailable.
        """


class Folder:
    """A public tree in a folder, as `jejak export` writes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.where = str(root)

    def read(self, path: str, limit: int) -> bytes:
        """See Source."""
        try:
            # Not to wait for ever on a pipe that somebody put in a file's place.
            descriptor = os.open(self.root / path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"{path} is missing") from error
        except OSError as error:
            raise Unavailable(f"{path} could not be read: {error.strerror}") from error
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise NotFound(f"{path} is not a file")
        with os.fdopen(descriptor, "rb") as file:
            # Room for what is read is made first: as much as the file has, not as it might.
            return _bounded(file.read(min(limit, found.st_size) + 1), path, limit)


class _Ending(io.RawIOBase):
    """What a server sends, head and all, until its time is up."""

    def __init__(self, raw: io.RawIOBase, seconds: float) -> None:
        super().__init__()
        self._raw, self._end = raw, time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        if time.monotonic() > self._end:
            raise TimeoutError("the answer came too slowly")
        return self._raw.readinto(into)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose head, too, may not drip for ever."""

    def __init__(self, *arguments: Any, seconds: float, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fp = io.BufferedReader(_Ending(self.fp.detach(), seconds))


class _Adapter(HTTPAdapter):
    """Connections whose answers end in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **named: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*arguments, **named)
        if not hasattr(pool.ConnectionCls, "ending"):
            answer = staticmethod(partial(_Answer, seconds=self._seconds))
            members = {"response_class": answer, "ending": True}
            pool.ConnectionCls = type("Ending", (pool.ConnectionCls,), members)
        return pool


class _Session(requests.Session):
    """Follows nobody by itself: what stands in a redirect is not read, however long it is."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        return None


class Server:
    """A public tree served over HTTP below `prefix`.

    Redirects are followed on the same host only: a log's server has no business in the network of
    whoever reads it.
    """

    def __init__(
        self,
        prefix: str,
        *,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
    ) -> None:
        """Seconds to connect, between two bytes, and for a whole resource."""
        self.where = prefix.rstrip("/") + "/"
        self._timeout = (connect, read)
        self._total = total
        self._session = _Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(total))
        if urlsplit(prefix).hostname in ("127.0.0.1", "localhost", "::1"):
            # The environment's proxy has no business with a loopback address.
            self._session.trust_env = False

    def read(self, path: str, limit: int) -> bytes:
        """See Source."""
        try:
            return self._read(path, limit)
        except (requests.ConnectionError, HTTPError):
            # A kept-alive connection that the server has closed looks like this once.
            return self._again(path, limit)
        except (requests.RequestException, OSError) as error:
            raise self._silent(path, error) from error

    def _again(self, path: str, limit: int) -> bytes:
        try:
            return self._read(path, limit)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._silent(path, error) from error

    def _silent(self, path: str, error: Exception) -> Unavailable:
        return Unavailable(
            f"{self.where}{path} could not be read ({type(error).__name__})",
            "see that the server runs and can be reached, and try again",
        )

    def _read(self, path: str, limit: int) -> bytes:
        deadline = time.monotonic() + self._total
        with self._get(self.where + path) as response:
            if response.status_code == 410:
                raise Gone(f"{path} has been taken away")
            if response.status_code == 404:
                raise NotFound(f"{path} is missing")
            if response.status_code != 200:
                raise Unavailable(f"{self.where}{path} was answered with {response.status_code}")
            # A group of bodies is gzip itself; whatever else is coded so is coded for the way.
            decode = not path.startswith("bodies/")
            parts, size = [], 0
            while size <= limit and (part := response.raw.read1(_CHUNK, decode_content=decode)):
                parts.append(part)
                size += len(part)
                if time.monotonic() > deadline:
                    raise Unavailable(f"{self.where}{path} came too slowly")
            return _bounded(b"".join(parts), path, limit)

    def _get(self, url: str) -> requests.Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._session.get(url, timeout=self._timeout, stream=True)
            if not response.is_redirect:
                return response
            response.close()
            url = _near(url, response.headers["location"])
            if not url:
                told = f"{self.where} sends its readers to another server"
                raise Unavailable(told, "if you believe that one, name it")
        raise Unavailable(f"{self.where} sends its readers round and round")


def _near(url: str, location: str) -> str:
    """Where a redirect leads on the same server; "" to another. To HTTPS its port is the usual."""
    try:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        same = (after.scheme, after.port) == (before.scheme, before.port)
        safer = (before.scheme, after.scheme, after.port) == ("http", "https", None)
    except ValueError:
        return ""
    return target if (same or safer) and after.hostname == before.hostname else ""


def shown_rows(source: Source, size: int = MAX_SIZE) -> Iterator[AnchorRow]:
    """The anchors that a public tree shows; whether they hold is for `jejak verify` to say."""
    return rows_in(Check("anchors"), lambda path: source.read(path, MAX_ROWS), size)


def open_source(where: str | Path) -> Source:
    """The public tree at a URL (a server's root, or its /log/ prefix) or in a folder.

    A folder may be an export or a data directory, which holds the tree as `log`.

    Raises:
        NotFound: there is no checkpoint there.
        Unavailable: the server does not answer.
    """
    text = str(where)
    if text.startswith(("http://", "https://")):
        candidates: list[Source] = [Server(text.rstrip("/") + "/log"), Server(text)]
        if urlsplit(text).path.rstrip("/").endswith("/log"):
            candidates.reverse()
    else:
        candidates = [Folder(Path(text)), Folder(Path(text) / "log")]
    for source in candidates:
        try:
            source.read("checkpoint", MAX_NOTE)
        except NotFound:
            continue
        except TooLarge:
            pass
        return source
    raise NotFound(
        f"there is no log's public tree at {text}",
        "name a server's address, or a folder written by jejak export",
    )


def _bounded(raw: bytes, path: str, limit: int) -> bytes:
    if len(raw) > limit:
        raise TooLarge(f"{path} is larger than {limit} bytes")
    return raw
