"""What admission must know of the entries before a place, in flat memory.

SQLite keeps it in a private temporary file which nobody else sees and which goes with the audit;
or in a file that stays, for an audit that goes on another day. What was taken in is then kept up to
a mark (`keep`) or not at all (`forget`): never a half of it.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit import earlier_tables as tables
from audit.ordinary import ROWS_OF, Ordinary, entry_at
from audit.packs import Packs, find_entry, rows_of
from audit.reads import GroupRead
from ledger.admission import Known
from ledger.envelope import Statement
from ledger.errors import Unavailable
from ledger.registry import Registry

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


class EarlierEntries:
    """The Facts of ledger.admission, and what else an audit remembers of each entry."""

    def __init__(self, path: Path | None = None) -> None:
        """Remember until closed; or in a file, of which one audit at a time makes use."""
        self._database = sqlite3.connect(path or "", isolation_level=None, timeout=1)
        self._run = self._database.execute
        self._packed = set() if path else set(tables.PACKED)
        self._folded, self._acting = (-1, Registry()), False
        self._known: dict[bytes, int] = {}
        self._claims: dict[str, str | None] = {}
        self._recent: dict[bytes, Known] = {}
        self._group = _NONE
        self._new: dict[str, list[tuple[Any, ...]]] = {each: [] for each in tables.INSERTS}
        try:
            self._database.executescript(
                (tables.LASTING if path else tables.PASSING) + tables.PLACES
            )
            for name, columns in tables.TABLES.items():
                if name in self._packed and name in tables.APPENDED:
                    self._run(f"CREATE TABLE {name} ({tables.APPENDED[name][1]})")
                else:
                    self._run(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) WITHOUT ROWID")
            if path:
                self._run('CREATE INDEX IF NOT EXISTS entry_at ON entry ("index")')
            self._packs = None if path else Packs(self._database)
            self._run("BEGIN IMMEDIATE" if path else "BEGIN")
        except sqlite3.OperationalError as error:
            self._database.close()
            raise Unavailable(f"{path} is in use by another audit", "let it end") from error

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
        if self._packs is not None:
            self._packs.expect(first, read)
        named = self._publish(first, read)
        claims = [*ordinary.claims, *claims]
        found = dict(self._found("claim", [*claims, *needs]))
        self._claims = dict.fromkeys((*claims, *needs)) | found
        if not found and len(set(claims)) == len(claims):
            return named
        counts = Counter(claims)
        return named | {
            at
            for claim, at in zip(ordinary.claims, ordinary.claiming, strict=True)
            if claim in found or counts[claim] > 1
        }

    def _publish(self, first: int, read: GroupRead) -> set[int]:
        """Take in what entries publish; the places of those of which the same was there before."""
        unformed = {at for at, each in read.others.items() if isinstance(each, str)}
        formed = [at for at in range(len(read)) if at not in unformed]
        before = self._database.total_changes
        if unformed:
            rows = [(read.name(at), first + at) for at in formed]
            self._database.executemany(tables.INSERTS["published"], rows)
        else:
            self._run(tables.PUBLISH, (read.names, first, len(read)))
        self._known = {}
        if self._database.total_changes - before == len(formed):
            return set()
        self._known = dict(self._found("published", [read.name(at) for at in formed]))
        return {at for at in formed if self._known[read.name(at)] != first + at}

    def settle(self) -> None:
        """Write what was taken in since the last time."""
        self._pack()
        for table, rows in self._new.items():
            if rows:
                self._database.executemany(tables.INSERTS[table], rows)
                rows.clear()
        self._recent.clear()
        self._known.clear()
        self._claims.clear()
        self._group = _NONE

    def entry(self, leaf_hash: str) -> Known | None:
        """The earlier entry with this leaf hash (hex)."""
        hashed = bytes.fromhex(leaf_hash)
        if recent := self._recently(hashed):
            return recent
        if self._packs is not None:
            return self._packed_entry(self._packs, hashed)
        self._write("entry")
        query = 'SELECT "index", kind, org, subject, replaced FROM entry WHERE hash = ? '
        row = self._run(query + 'ORDER BY "index" LIMIT 1', (hashed,)).fetchone()
        return None if row is None else Known(row[0], row[1], row[2], row[3], bool(row[4]))

    def holder(self, claim: str) -> str | None:
        """Leaf hash (hex) of the earlier entry that holds a claim."""
        if claim not in self._claims:
            self._claims |= {claim: None} | dict(self._found("claim", [claim]))
        return self._claims[claim]

    def kinds_of_body(self, digest: str) -> frozenset[str]:
        """Kinds of the earlier entries with this body."""
        self._write("body")
        rows = self._run("SELECT kind FROM body WHERE digest = ?", (digest,))
        return frozenset(row[0] for row in rows)

    def publication(self, index: int, name: bytes) -> int | None:
        """Where the same was published before what stands at an index, or None."""
        first = self._known.get(name, index)
        return None if first == index else first

    def add(self, index: int, hashed: bytes, statement: Statement, served: bool) -> None:
        """Take in an entry, whatever has been found about it; `served` if its body is there."""
        kind, org, subject = statement.kind, statement.org, statement.subject
        self._new["entry"].append((hashed, index, kind, org, subject))
        self._new["body"].append((statement.body, kind, index if served else None))
        self._recent.setdefault(hashed, Known(index, kind, org, subject))

    def add_signer(self, key: str, at: str, index: int) -> None:
        """Remember who signed an entry, and when the log recorded it."""
        self._new["signed"].append((key, at, index))

    def admit_stretch(self, start: int, stop: int) -> None:
        """Take in ordinary entries of the group that were found in order, from place to place."""
        group = self._group
        read, ordinary = group.read, group.ordinary
        group.recent.append((start, stop))
        group.unpacked.append((start, stop))
        for table in ROWS_OF:
            if table not in self._packed:
                self._new[table] += rows_of(table, ordinary, group.first, [(start, stop)])
        if self._packs is None:
            for at in range(start, stop):
                row = read.hashes[at], *entry_at(ordinary, group.first, at)
                self._new["entry"].append(row)
        begin = bisect_left(ordinary.claiming, start)
        for at in range(begin, bisect_left(ordinary.claiming, stop, begin)):
            holder = read.hashes[ordinary.claiming[at]].hex()
            self._claims[ordinary.claims[at]] = holder
            self._new["claim"].append((ordinary.claims[at], holder))

    def admit(self, hashed: bytes, statement: Statement, claims: Sequence[str]) -> None:
        """Take in what an entry that was found in order uses up."""
        holder = hashed.hex()
        for claim in claims:
            self._claims[claim] = holder
            self._new["claim"].append((claim, holder))
        if statement.replaced is not None:
            replaced = bytes.fromhex(statement.replaced)
            self._recent.clear()
            self._group.recent.clear()
            if self._packs is not None:
                self._packs.replace(replaced)
            else:
                self._write("entry")
                self._run("UPDATE entry SET replaced = 1 WHERE hash = ?", (replaced,))

    def signed_since(self, key: str, at: str) -> Since:
        """The entries a key has signed at or after a time."""
        self._write("signed")
        row = self._run(
            'SELECT count(*), min("index") FROM signed WHERE key = ? AND at >= ?', (key, at)
        ).fetchone()
        return Since(row[0], row[1] or 0)

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

    def served_at(self, digest: str) -> int | None:
        """The first entry whose body with this digest is there."""
        self._write("body")
        row = self._run("SELECT min(served) FROM body WHERE digest = ?", (digest,)).fetchone()
        return None if row[0] is None else int(row[0])

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

    def hashes(self, start: int, stop: int) -> list[bytes]:
        """The leaf hashes of the entries from `start` to before `stop`, in a file that stays."""
        query = 'SELECT hash FROM entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"'
        return [row[0] for row in self._run(query, (start, stop))]

    def standing(self) -> str | None:
        """What was kept with the last mark."""
        row = self._run("SELECT told FROM standing").fetchone()
        return None if row is None else str(row[0])

    def mark(self) -> None:
        """From here on what is taken in is for this audit alone."""
        self._run("SAVEPOINT mark")

    def keep(self, standing: str) -> None:
        """Keep what was taken in before the mark, and a word on how far that is."""
        self._acting = False
        self._run("ROLLBACK TO mark")
        self._run("INSERT OR REPLACE INTO standing VALUES (1, ?)", (standing,))
        self._run("COMMIT")
        self._run("BEGIN IMMEDIATE")

    def forget(self) -> None:
        """Keep nothing of what was taken in since the last time."""
        self._recent.clear()
        self._group = _NONE
        self._acting = False
        for rows in self._new.values():
            rows.clear()
        self._run("ROLLBACK")
        self._run("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Give a temporary file back; of a lasting one, leave what was kept."""
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

    def _packed_entry(self, packs: Packs, hashed: bytes) -> Known | None:
        group, rows = self._group, self._new["entry"]
        for index, replaced in packs.places(hashed):
            found = find_entry(index, group.first, group.ordinary, group.unpacked, rows)
            if found := found or packs.entry(index):
                return Known(*found, replaced)
        return None

    def _pack(self) -> None:
        """Pack what was taken in of the tables that nobody has asked for."""
        group, rows = self._group, {name: self._new[name] for name in self._packed}
        if self._packs is not None and (group.unpacked or any(rows.values())):
            self._packs.put(group.first, group.read, group.unpacked, rows)
        for each in rows.values():
            each.clear()
        group.unpacked.clear()

    def _unpack(self, table: str) -> None:
        """Before the first question about a table that was only packed so far."""
        if self._packs is None or table not in self._packed:
            return
        self._pack()
        self._packed.remove(table)
        self._database.executemany(tables.INSERTS[table], self._packs.rows(table))
        if table in tables.APPENDED:
            self._run(f"CREATE INDEX {table}_sorted ON {table} ({tables.APPENDED[table][0]})")

    def _write(self, table: str) -> None:
        """Before a question about a table."""
        self._unpack(table)
        rows = self._new[table]
        self._database.executemany(tables.INSERTS[table], rows)
        rows.clear()

    def _found(self, table: str, names: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """The rows of a table of two columns whose first is one of these."""
        column, _ = tables.TABLES[table].split(" ", 1)
        for at in range(0, len(names), _ASKED):
            some = names[at : at + _ASKED]
            marks = ",".join("?" * len(some))
            yield from self._run(f"SELECT * FROM {table} WHERE {column} IN ({marks})", some)  # noqa: S608
