"""One tick: checkpoint, files and, when due, an anchor. Idempotent, safe to kill anywhere.

0  the newest checkpoint of the files and of the contract must be a prefix of the database
1  root from the right edge; sign; insert the checkpoint
2  ask the witnesses that a policy names; write tiles, bundles and bodies, `checkpoint` last
3  anchor when due: read latest(), send proof and root, keep the state proof
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from ledger import files, store
from ledger.anchoring import Anchoring, ChainReader
from ledger.durable import write_file
from ledger.envelope import format_time
from ledger.errors import AnchorMismatch, Conflict, JejakError, NotAuthorised, Unavailable
from ledger.log import Log
from ledger.merkle import Edge, format_edge, parse_edge, subtree_root
from ledger.note import (
    Checkpoint,
    format_checkpoint,
    format_note,
    format_vkey,
    open_checkpoint,
    sign_note,
)
from ledger.settings import Settings
from ledger.software import SOFTWARE
from ledger.witnesses import Witnesses, read_policy

_CHECKPOINT = store.table(store.CheckpointRow)
_REMEDY = (
    "put back a database that holds every published entry: refill this one from the public tree "
    "with jejak recover; never publish from it as it is. Where the chain holds what nobody here "
    "has published, the publisher's key was stolen: docs/registrars.md says how to go on"
)


_NO_CONTRACT = "no contract is known: deploy one with jejak anchor deploy"


@dataclass(frozen=True)
class TickReport:
    """What a tick did: `size` of the checkpoint in force, and the size anchored last.

    `unwitnessed`: which witnesses gave no cosignature, and why.
    """

    size: int
    signed: bool
    anchored: int | None
    block: int | None
    delayed: str | None = None
    unwitnessed: tuple[tuple[str, str], ...] = ()


class Ticker:
    """Signs checkpoints of a log, publishes its files and anchors it."""

    def __init__(
        self,
        log: Log,
        settings: Settings,
        chain: ChainReader | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.log, self.settings = log, settings
        self.tree = files.PublicTree(settings.public)
        self.anchoring = Anchoring(log, settings, chain, self.tree) if chain else None
        policy = read_policy(settings.folder)
        self.witnesses = Witnesses(policy) if policy else None
        self._clock = clock
        self._dropped: set[str] = set()

    def tick(self, *, anchor: bool = False) -> TickReport:
        """Do what is due; `anchor` says that an anchor is due now.

        Raises Conflict when files or chain know more than the database, or something else;
        Unavailable when another ticker runs.
        """
        with one_ticker(self.settings.folder):
            self.check_prefix()
            signed = self.sign()
            unwitnessed = self.cosign()
            size = self.publish()
            if self.anchoring is None or size == 0:
                report = TickReport(size, signed, None, None)
            elif not self.anchoring.has_place():
                report = TickReport(size, signed, None, None, _NO_CONTRACT)
            else:
                report = self._anchored(size, signed, force=anchor)
            return replace(report, unwitnessed=unwitnessed)

    def _anchored(self, size: int, signed: bool, *, force: bool) -> TickReport:
        assert self.anchoring is not None
        delayed = None
        try:
            node = files.node_reader(self.log, size)
            self.anchoring.anchor(self.checkpoint(size), node, self._clock(), force)
        except (Unavailable, NotAuthorised) as error:
            delayed = str(error)
        newest = self.anchoring.newest()
        return TickReport(
            size, signed, newest.size if newest else None, newest.block if newest else None, delayed
        )

    def check_prefix(self) -> None:
        """Step 0. Raises Conflict and halts the log when it is not so."""
        try:
            self.check_files()
            if self.anchoring is not None and self.anchoring.has_place():
                self.anchoring.check_prefix(self.root_at)
        except (AnchorMismatch, Conflict) as error:
            self._save_evidence(error)
            self.log.halt(error.message)
            raise Conflict(f"will not sign: {error.message}", _REMEDY) from error
        if self.log.head().halted:
            self.log.halt(None)

    def check_files(self) -> None:
        """The checkpoints published and signed are prefixes of the database. Raises Conflict."""
        last = newest_checkpoint(self.log)
        if last is not None and last.size > self.log.size:
            raise Conflict(
                f"a checkpoint of {last.size} entries is signed, the database holds only "
                f"{self.log.size}"
            )
        raw = self.tree.checkpoint()
        if raw is None:
            return
        published = open_checkpoint(raw, self.settings.origin, self.settings.log_verifiers())
        if published.size > self.log.size:
            raise Conflict(
                f"the published checkpoint has {published.size} entries, "
                f"the database only {self.log.size}"
            )
        if published.size and self.root_at(published.size) != published.root:
            raise Conflict(f"the published checkpoint of {published.size} has another root")

    def root_at(self, size: int) -> bytes:
        """Root of the database's tree at a size it has had, from O(log N) tiles."""
        head = self.log.size
        if size > head:
            raise Conflict(f"the chain holds {size} entries, the database only {head}")
        files.add_nodes(self.log, size)
        return subtree_root(0, size, files.node_reader(self.log, size))

    def checkpoint(self, size: int) -> store.CheckpointRow:
        """The checkpoint signed for a size."""
        return checkpoint_at(self.log, size)

    def sign(self) -> bool:
        """Step 1: sign the tree as it is, unless that has been done."""
        size = self.log.size
        last = newest_checkpoint(self.log)
        if last is not None and last.size >= size:
            return False
        edge = parse_edge(last.size, last.edge) if last else Edge()
        edge.extend(self.log.leaf_hashes(edge.size, size))
        files.add_nodes(self.log, size)
        self._insert(edge)
        return True

    def _insert(self, edge: Edge) -> None:
        root = edge.root()
        if edge.size and subtree_root(0, edge.size, files.node_reader(self.log, edge.size)) != root:
            raise Conflict("the right edge and the entries of the database disagree", _REMEDY)
        text = format_checkpoint(Checkpoint(self.settings.origin, edge.size, root))
        row = {
            "size": edge.size,
            "root": root,
            "edge": format_edge(edge),
            "note": format_note(sign_note(text, *self.settings.log_signers())),
            "time": format_time(self._clock()),
        }
        with store.transaction(self.log.engine) as connection:
            connection.execute(insert(_CHECKPOINT), [row])

    def cosign(self) -> tuple[tuple[str, str], ...]:
        """Ask the witnesses, and keep the lines that come; returns who gave none, and why."""
        row = newest_checkpoint(self.log)
        if self.witnesses is None or row is None:
            return ()
        asked = self.witnesses.ask(row.note, files.node_reader(self.log, row.size))
        note = format_note(asked.note)
        if note != row.note:
            changed = update(_CHECKPOINT).where(_CHECKPOINT.c.size == row.size)
            with store.transaction(self.log.engine) as connection:
                connection.execute(changed.values(note=note))
        return asked.missing

    def publish(self) -> int:
        """Step 2: files of the newest checkpoint. Returns its size."""
        row = newest_checkpoint(self.log)
        if row is None:
            return 0
        raw, now = self.tree.checkpoint(), self._clock()
        since = 0
        if raw is not None:
            since = open_checkpoint(raw, self.settings.origin, self.settings.log_verifiers()).size
        if since < row.size:
            partial = self.tree.write_entries(self.log, row.size, since)
            self._write_around()
            self.tree.write_checkpoint(row.note)
            self.tree.remember_partial(self.log, partial, now)
        else:
            self._write_around()
            if raw != row.note:
                self.tree.write_checkpoint(row.note)
        # Only now: a reader of the checkpoint before would miss the body and see no erasure.
        self._drop_erased(row.size)
        self.tree.delete_partial(self.log, now)
        return row.size

    def _write_around(self) -> None:
        self.tree.write_log(describe(self.settings, self.log))
        if self.anchoring is not None:
            self.anchoring.write_rows()
        elif not (self.tree.folder / "anchors" / "latest").exists():
            self.tree.write_anchors([])

    def _drop_erased(self, size: int) -> None:
        """Bodies are dropped once a checkpoint covers their erasure."""
        erased = self.log.registry().erased
        due = {digest for digest, index in erased.items() if index < size} - self._dropped
        for digest in due:
            indices = self.log.find_body(bytes.fromhex(digest))
            if any(self.log.record(index).body is not None for index in indices):
                self.log.drop_bodies([digest])
            for index in indices:
                self.tree.write_erasure(self.log, index, size)
        if due and store.truncate_journal(self.log.engine):
            self._dropped |= due

    def _save_evidence(self, error: JejakError) -> None:
        folder = self.settings.folder / "evidence"
        now = format_time(self._clock())
        saved = {
            "time": now,
            "what": str(error),
            "published": (self.tree.checkpoint() or b"").decode("utf-8", "replace"),
            "database": {"size": self.log.size, "leafHash": self.log.head().leaf_hash.hex()},
            "chain": self.anchoring.evidence() if self.anchoring else None,
        }
        name = now.replace(":", "").replace("-", "")
        write_file(folder / f"{name}.json", json.dumps(saved, indent=1).encode())


def describe(settings: Settings, log: Log) -> dict[str, object]:
    """`log.json`: a convenience, which a verifier never trusts."""
    place = log.registry().places[-1] if log.registry().places else None
    return {
        "origin": settings.origin,
        "key": format_vkey(settings.log_key().verifier()),
        "chainId": place.chain_id if place else settings.chain_id,
        "genesis": place.genesis if place else settings.genesis,
        "contract": place.contract if place else settings.contract,
        "logId": f"0x{place.log}" if place else None,
        "software": SOFTWARE,
    }


def newest_checkpoint(log: Log) -> store.CheckpointRow | None:
    """The newest checkpoint that has been signed, or None."""
    query = select(_CHECKPOINT).order_by(_CHECKPOINT.c.size.desc()).limit(1)
    with store.reading(log.engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else store.CheckpointRow(**row._mapping)


def checkpoint_at(log: Log, size: int) -> store.CheckpointRow:
    """The checkpoint of a size. Raises Conflict when none was signed."""
    query = select(_CHECKPOINT).where(_CHECKPOINT.c.size == size)
    with store.reading(log.engine) as connection:
        row = connection.execute(query).first()
    if row is None:
        raise Conflict(f"no checkpoint of size {size} was signed")
    return store.CheckpointRow(**row._mapping)


def checkpoints(log: Log, before: int | None = None, limit: int = 50) -> list[store.CheckpointRow]:
    """Checkpoints, newest first, below the size `before`."""
    query = select(_CHECKPOINT).order_by(_CHECKPOINT.c.size.desc()).limit(limit)
    if before is not None:
        query = query.where(_CHECKPOINT.c.size < before)
    with store.reading(log.engine) as connection:
        return [store.CheckpointRow(**row._mapping) for row in connection.execute(query)]


@contextmanager
def one_ticker(folder: Path) -> Iterator[None]:
    """The right to sign, for one at a time. Raises Unavailable while another has it.

    The kernel frees the lock when its holder dies.
    """
    with open(folder / "tick.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable("another ticker is at work", "wait a moment") from error
        yield
