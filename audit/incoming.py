"""A public tree read from its origin once: what is new lies in a folder until it is judged.

Whoever reads again, after a crash too, finds it there, or in the copy that was judged before. It is
believed in neither place: the audit that reads through here checks every byte.
"""

from __future__ import annotations

from pathlib import Path

from audit.source import Folder, Source
from ledger.durable import write_file
from ledger.errors import NotFound

CHANGING = ("log.json", "anchors/latest")


class Incoming:
    """A Source: `copies` first, then what has come in, then the origin.

    `said` holds the files that change, as they were read last; a pass reads each of them once.
    """

    def __init__(self, origin: Source, folder: Path, *copies: Path) -> None:
        self.where = origin.where
        self.folder = folder
        self.said: dict[str, bytes] = {}
        self.fetched = self.octets = 0
        """Files and bytes that came from the origin."""
        self._origin = origin
        self._near = [Folder(each) for each in (*copies, folder)]

    def read(self, path: str, limit: int) -> bytes:
        """See Source."""
        if path == "checkpoint":
            # A pass begins with it.
            self.said.clear()
            return self._fetch(path, limit)
        if path in CHANGING:
            if path not in self.said:
                self.said[path] = self._fetch(path, limit)
            return self.said[path]
        for folder in self._near:
            try:
                return folder.read(path, limit)
            except NotFound:
                continue
        raw = self._fetch(path, limit)
        write_file(self.folder / path, raw)
        return raw

    def _fetch(self, path: str, limit: int) -> bytes:
        raw = self._origin.read(path, limit)
        self.fetched += 1
        self.octets += len(raw)
        return raw
