"""A genuine deployment in a folder, and what can be done to copies of it.

Everything is the real thing: the development chain with the contract, the fictional district, real
releases imported, ticks and anchors in between. `Copy` is a copy of the data folder whose database
is tampered with by SQL, as somebody would who has stolen the server and the log's key.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jejak
from ledger import deployment, settings
from ledger.body import pack, unpack
from ledger.commands import found_demonstration
from ledger.envelope import Entry, format_entry, parse_entry
from ledger.keys import SigningKey
from ledger.merkle import leaf_hash, root
from ledger.settings import DEVCHAIN, Settings, read_secret
from ledger.tick import Ticker
from procurement.importing import import_files
from procurement.kinds import KINDS
from procurement.publish import publish_body, publish_example

ORIGIN = "bukti.jejak.example"
COPIER = "ID-SALIN-1"
SETS = ("uk-contracts-finder", "md-mtender")
TAIL = "ca-buyandsell"


@dataclass(frozen=True)
class Genuine:
    """The folder, the anchored sizes, the size signed last, and where the tail begins."""

    folder: Path
    anchored: tuple[int, ...]
    size: int
    tail: int

    @property
    def trust(self) -> Path:
        """The trust file that a verifier brings along."""
        return self.folder / "trust.json"

    @property
    def public(self) -> Path:
        """The published tree."""
        return self.folder / "log"


def copier_key() -> SigningKey:
    """The key of the office that imports: a test may sign with it, as a corrupt officer would."""
    return SigningKey(b"\x07" * 32)


def make_genuine(folder: Path, data: Path) -> Genuine:
    """Found, publish, import, tick and anchor; a copy of the database after the first set.

    After the imports single releases follow that no note is about: the tail.
    """
    own = Settings(folder, ORIGIN, DEVCHAIN, demonstration=True)
    found_demonstration(own)
    own = settings.load(folder)
    registrar = SigningKey(read_secret(folder / "keys" / "registrar.key"))
    log = deployment.open_log(own, KINDS)
    copier = _enrol_copier(own, log, registrar)
    anchored = []
    with deployment.open_chain(own) as chain:
        ticker = Ticker(log, own, chain)
        for name in SETS:
            _await_next_second()
            path = data / name / "releases.jsonl.gz"
            report = import_files(log, [path], key=copier, org=COPIER, source=f"urn:set:{name}")
            assert (report.recorded > 0, report.refused) == (True, [])
            anchored.append(ticker.tick(anchor=True).anchored)
            _back_up(folder / f"backup-{len(anchored)}.db", folder)
        publish_example(own, log, [registrar])
        anchored.append(ticker.tick(anchor=True).anchored)
        tail = log.size
        releases = list(_releases(data / TAIL / "releases.jsonl.gz"))
        _publish(log, copier, releases[:12])
        anchored.append(ticker.tick(anchor=True).anchored)
        _publish(log, copier, releases[12:])
        size = ticker.tick().size
    log.close()
    return Genuine(folder, tuple(each or 0 for each in anchored), size, tail)


def _await_next_second() -> None:
    """The log tells time by seconds: what comes now is later than all before, also by its clock."""
    time.sleep(1.01 - time.time() % 1)


def _enrol_copier(own: Settings, log: Any, registrar: SigningKey) -> SigningKey:
    copier = copier_key()
    public = deployment.public_member(copier)
    deployment.enrol(
        own,
        log,
        [registrar],
        public,
        org=COPIER,
        office="Kantor Salinan",
        roles=["importer", "auditor"],
        covers=["*"],
        valid_from="2020-01-01T00:00:00Z",
    )
    return copier


def _back_up(target: Path, folder: Path) -> None:
    """A backup of the database as SQLite itself makes one, while the log is open."""
    source, copy = sqlite3.connect(folder / "log.db"), sqlite3.connect(target)
    with closing(source), closing(copy):
        source.backup(copy)


def _releases(path: Path) -> Iterator[bytes]:
    from procurement.reading import Item, read_items

    seen = set()
    for item in read_items(path):
        if isinstance(item, Item) and item.raw not in seen:
            seen.add(item.raw)
            yield item.raw


def _publish(log: Any, key: SigningKey, releases: Sequence[bytes]) -> None:
    for raw in releases:
        publish_body(log, [key], "ocds/release", json.loads(raw)["ocid"], raw)


@dataclass
class Row:
    """An entry as the database holds it; `body` None: dropped."""

    leaf: bytes
    body: bytes | None

    @property
    def entry(self) -> Entry:
        """The parsed entry."""
        return parse_entry(self.leaf)

    @property
    def leaf_hash(self) -> bytes:
        """The hash that the row ought to have."""
        return leaf_hash(self.leaf)


@dataclass
class Copy:
    """A copy of the data folder; `tree` is where its public tree is to be verified."""

    folder: Path
    tree: Path = field(init=False)

    def __post_init__(self) -> None:
        self.tree = self.folder / "log"

    @property
    def settings(self) -> Settings:
        """The copy's own settings."""
        return settings.load(self.folder)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Run one statement on log.db."""
        with closing(sqlite3.connect(self.folder / "log.db")) as database, database:
            return database.execute(statement, values).fetchall()

    def rows(self) -> list[Row]:
        """Every entry with its body."""
        found = self.sql(
            'SELECT leaf, packed FROM entry JOIN body USING ("index") ORDER BY "index"'
        )
        return [Row(leaf, packed and unpack(packed)) for leaf, packed in found]

    def set_leaf(self, index: int, leaf: bytes, *, hashed: bool) -> None:
        """Put other bytes at an index; `hashed`: the stored leaf hash is made to fit."""
        self.sql('UPDATE entry SET leaf = ? WHERE "index" = ?', leaf, index)
        if hashed:
            self.sql('UPDATE entry SET leaf_hash = ? WHERE "index" = ?', leaf_hash(leaf), index)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all entries, and forget nodes and checkpoints, so that they are made again."""
        with closing(sqlite3.connect(self.folder / "log.db")) as database, database:
            for table in ("entry", "body", "act", "node", "checkpoint", "partial"):
                database.execute(f"DELETE FROM {table}")
            for index, row in enumerate(rows):
                values = (index, row.leaf, row.leaf_hash, _key(row.leaf_hash), _body_key(row))
                database.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", values)
                packed = None if row.body is None else pack(row.body)
                database.execute("INSERT INTO body VALUES (?, ?)", (index, packed))
                if row.entry.statement.kind.startswith("registry/"):
                    database.execute("INSERT INTO act VALUES (?)", (index,))
            last = rows[-1]
            head = (len(rows), last.leaf_hash, last.entry.at)
            database.execute("UPDATE head SET size = ?, leaf_hash = ?, at = ?", head)

    def set_body(self, index: int, body: bytes) -> None:
        """Put another body at an index."""
        self.sql('UPDATE body SET packed = ? WHERE "index" = ?', pack(body), index)

    def root_of(self, size: int) -> bytes:
        """The root of the first entries."""
        return root([row.leaf_hash for row in self.rows()[:size]])

    def fit_anchors(self) -> None:
        """Make the rows of anchors fit the entries that are there now."""
        for (size,) in self.sql("SELECT size FROM anchor"):
            fitting = "0x" + self.root_of(size).hex()
            self.sql("UPDATE anchor SET root = ? WHERE size = ?", fitting, size)

    def sign_again(self) -> None:
        """Sign what the database holds now with the stolen log key, asking no chain; export it."""
        shutil.rmtree(self.folder / "log")
        log = deployment.open_log(self.settings, KINDS)
        Ticker(log, self.settings, None).tick()
        log.close()
        assert self.export() == (0, "")

    def export(self) -> tuple[int, str]:
        """Write the public tree from the database, as an operator would; exit code and errors."""
        target = self.folder / "export"
        code, _, errors = run("--data", self.folder, "export", target)
        self.tree = target
        return code, errors

    def ask(self, chain: str) -> None:
        """Let the copy's commands ask this chain."""
        settings.save(replace(self.settings, chain=chain))

    def put_back(self, backup: Path) -> None:
        """Put an old backup of the database in its place."""
        for suffix in ("-wal", "-shm"):
            self.folder.joinpath(f"log.db{suffix}").unlink(missing_ok=True)
        shutil.copy(backup, self.folder / "log.db")


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def _body_key(row: Row) -> int:
    return _key(bytes.fromhex(row.entry.statement.body))


def chained(rows: Sequence[Row], start: int) -> list[Row]:
    """The rows with `prev` made again from an index on."""
    done = list(rows[:start])
    for row in rows[start:]:
        prev = done[-1].leaf_hash.hex() if done else "0" * 64
        done.append(replace(row, leaf=format_entry(_with_prev(row.entry, prev))))
    return done


def _with_prev(entry: Entry, prev: str) -> Entry:
    return Entry(at=entry.at, prev=prev, signatures=entry.signatures, statement=entry.statement)


def run(*arguments: Any) -> tuple[int, str, str]:
    """One run of the command line in this process: exit code, output, errors."""
    output, errors, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            jejak.main([str(each) for each in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
    return code, output.getvalue(), errors.getvalue()


@contextmanager
def served_chain(folder: Path) -> Iterator[str]:
    """The URL of the chain in a folder, served for the while."""
    with deployment.open_chain(settings.load(folder)) as chain:
        yield chain.url
