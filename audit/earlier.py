"""What admission must know of the entries before a place, in flat memory.

SQLite keeps it: in a private temporary file which nobody else sees and which goes with the audit
(audit.passing), or in one that stays, for an audit that goes on another day (audit.lasting).
"""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.ordinary import Ordinary, entry_at
from audit.reads import GroupRead
from ledger.admission import Known
from ledger.envelope import Statement
from ledger.registry import Registry

TABLES = {
    "claim": "claim TEXT PRIMARY KEY, hash TEXT",
    "process": "ocid TEXT PRIMARY KEY, org TEXT",
    "absent": 'digest TEXT, "index" INTEGER, PRIMARY KEY (digest, "index")',
    "act": '"index" INTEGER PRIMARY KEY, kind TEXT, subject TEXT, value TEXT',
}
INSERTS = {
    "claim": "INSERT OR REPLACE INTO claim VALUES (?, ?)",
    "process": "INSERT OR IGNORE INTO process VALUES (?, ?)",
}
"""What is written for a group of entries at once, for a third of what one by one costs."""

_ASKED = 500


@dataclass(frozen=True)
class Since:
    """Entries of a key since a time: how many, and the first."""

    count: int
    index: int


@dataclass(frozen=True)
class _Group:
    """The group that is taken in; its stretches from place to place, as far as these are new."""

    first: int
    read: GroupRead
    ordinary: Ordinary
    recent: list[tuple[int, int]] = field(default_factory=list)
    unpacked: list[tuple[int, int]] = field(default_factory=list)


_NONE = _Group(
    0,
    GroupRead([], None, None, None, b"", {}, b"", None, []),
    Ordinary([], [], [], [], [], [], [], {}),
)


class EarlierEntries(ABC):
    """The Facts of ledger.admission, and what else an audit remembers of each entry."""

    def __init__(self, database: sqlite3.Connection, inserts: Mapping[str, str]) -> None:
        """`inserts` write the rows of each table that is written by the group."""
        self._database, self._inserts = database, inserts
        self._run = database.execute
        self._folded, self._acting = (-1, Registry()), False
        self._known: dict[bytes, int] = {}
        self._claims: dict[str, str | None] = {}
        self._recent: dict[bytes, Known] = {}
        self._group = _NONE
        self._new: dict[str, list[tuple[Any, ...]]] = {each: [] for each in inserts}

    @abstractmethod
    def _publish(self, first: int, read: GroupRead) -> set[int]:
        """Take in what entries publish; the places of those of which the same was there before."""

    @abstractmethod
    def _stored(self, hashed: bytes) -> Known | None:
        """An entry that was taken in with an earlier group, or singly."""

    @abstractmethod
    def _replace(self, hashed: bytes) -> None:
        """What has this leaf hash is corrected."""

    @abstractmethod
    def _take_stretch(self, start: int, stop: int) -> None:
        """Take in ordinary entries of the group, but for their claims."""

    @abstractmethod
    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """Kinds of the earlier entries with this body."""

    @abstractmethod
    def served_at(self, digest: str) -> int | None:
        """The first entry whose body with this digest is there."""

    @abstractmethod
    def add(self, index: int, hashed: bytes, statement: Statement, served: bool) -> None:
        """Take in an entry, whatever has been found about it; `served` if its body is there."""

    @abstractmethod
    def add_signer(self, key: str, at: str, index: int) -> None:
        """Remember who signed an entry, and when the log recorded it."""

    @abstractmethod
    def signed_since(self, key: str, at: str) -> Since:
        """The entries a key has signed at or after a time."""

    def expect(
        self,
        first: int,
        read: GroupRead,
        ordinary: Ordinary,
        claims: Sequence[str],
        needs: Sequence[str],
    ) -> Collection[int]:
        """This group comes next: what was before it is asked for all at once.

        `claims` and `needs` are those of the entries that are not ordinary. Returns the places of
        ordinary entries whose name or claim is not free, or is met more than once in the group.
        """
        self._group = _Group(first, read, ordinary)
        named = self._publish(first, read)
        claims = [*ordinary.claims, *claims]
        found = dict(self._found("claim", "claim", [*claims, *needs]))
        self._claims = dict.fromkeys((*claims, *needs)) | found
        if not found and len(set(claims)) == len(claims):
            return named
        counts = Counter(claims)
        return named | {
            at
            for claim, at in zip(ordinary.claims, ordinary.claiming, strict=True)
            if claim in found or counts[claim] > 1
        }

    def settle(self) -> None:
        """Write what was taken in since the last time."""
        for table, rows in self._new.items():
            if rows:
                self._write(table)
        self._recent.clear()
        self._known.clear()
        self._claims.clear()
        self._group = _NONE

    def entry(self, leaf_hash: str) -> Known | None:
        """The earlier entry with this leaf hash (hex)."""
        hashed = bytes.fromhex(leaf_hash)
        return self._recently(hashed) or self._stored(hashed)

    def holder(self, claim: str) -> str | None:
        """Leaf hash (hex) of the earlier entry that holds a claim."""
        if claim not in self._claims:
            self._claims |= {claim: None} | dict(self._found("claim", "claim", [claim]))
        return self._claims[claim]

    def publication(self, index: int, name: bytes) -> int | None:
        """Where the same was published before what stands at an index, or None."""
        first = self._known.get(name, index)
        return None if first == index else first

    def admit_stretch(self, start: int, stop: int) -> None:
        """Take in ordinary entries of the group that were found in order, from place to place."""
        ordinary, hashes = self._group.ordinary, self._group.read.hashes
        self._group.recent.append((start, stop))
        self._take_stretch(start, stop)
        begin = bisect_left(ordinary.claiming, start)
        for at in range(begin, bisect_left(ordinary.claiming, stop, begin)):
            holder = hashes[ordinary.claiming[at]].hex()
            self._claims[ordinary.claims[at]] = holder
            self._new["claim"].append((ordinary.claims[at], holder))

    def admit(self, hashed: bytes, statement: Statement, claims: Sequence[str]) -> None:
        """Take in what an entry that was found in order uses up."""
        holder = hashed.hex()
        for claim in claims:
            self._claims[claim] = holder
            self._new["claim"].append((claim, holder))
        if statement.replaced is not None:
            self._recent.clear()
            self._group.recent.clear()
            self._replace(bytes.fromhex(statement.replaced))

    def add_process(self, ocid: str, org: str) -> None:
        """Remember who published the first entry of a process."""
        self._new["process"].append((ocid, org))

    def owner_by_entry(self, ocid: str) -> str:
        """The org of the first entry of a process that was added."""
        self._write("process")
        row = self._run("SELECT org FROM process WHERE ocid = ?", (ocid,)).fetchone()
        return str(row[0])

    def miss(self, digest: str, index: int) -> None:
        """Remember an entry whose body is not there."""
        self._run("INSERT OR IGNORE INTO absent VALUES (?, ?)", (digest, index))

    def missed(self) -> Iterator[tuple[str, int]]:
        """Digest and index of the entries whose body is not there."""
        return iter(self._run('SELECT digest, "index" FROM absent'))

    def add_act(self, index: int, statement: Statement, value: Any) -> None:
        """Remember a registry entry that took effect."""
        self._acting = True
        row = (index, statement.kind, statement.subject, json.dumps(value, ensure_ascii=False))
        self._run("INSERT OR REPLACE INTO act VALUES (?, ?, ?, ?)", row)

    def acts(self, since: int) -> list[tuple[int, str, str]]:
        """Index, kind and subject of the registry entries from an index on."""
        query = 'SELECT "index", kind, subject FROM act WHERE "index" >= ? ORDER BY "index"'
        return [(row[0], row[1], row[2]) for row in self._run(query, (since,))]

    def registry(self) -> Registry:
        """The registry after all acts remembered, for the caller to change.

        Of acts that are kept the fold is kept too: it costs what is new.
        """
        after, registry = self._folded
        registry = registry.copy()
        rows = self._run(
            'SELECT "index", kind, value FROM act WHERE "index" > ? ORDER BY "index"', (after,)
        )
        for after, kind, value in rows.fetchall():
            registry.apply(after, kind, json.loads(value))
        if not self._acting:
            self._folded = after, registry.copy()
        return registry

    def _drop(self) -> None:
        """Take in nothing of what was not written yet."""
        self._recent.clear()
        self._group = _NONE
        for rows in self._new.values():
            rows.clear()

    def close(self) -> None:
        """Let the database go."""
        self._database.close()

    def _recently(self, hashed: bytes) -> Known | None:
        """An entry of the group that was taken in."""
        known, group = self._recent.get(hashed), self._group
        for start, stop in group.recent:
            if hashed in group.read.hashes[start:stop]:
                at = group.read.hashes.index(hashed, start, stop)
                if known is None or group.first + at < known.index:
                    return Known(*entry_at(group.ordinary, group.first, at))
        return known

    def _write(self, table: str) -> None:
        """Before a question about a table."""
        rows = self._new[table]
        if rows:
            self._database.executemany(self._inserts[table], rows)
            rows.clear()

    def _found(self, table: str, column: str, names: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """The rows of a table of two columns whose first, `column`, is one of these."""
        for at in range(0, len(names), _ASKED):
            some = names[at : at + _ASKED]
            marks = ",".join("?" * len(some))
            yield from self._run(f"SELECT * FROM {table} WHERE {column} IN ({marks})", some)  # noqa: S608
