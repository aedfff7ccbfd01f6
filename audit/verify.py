"""`jejak verify`: everything an outsider can check of a log, from its public tree and the chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

from audit import anchors
from audit.basis import (
    MAX_DESCRIPTION,
    Description,
    check_description,
    parse_description,
    pinned_basis,
    unpinned_basis,
)
from audit.checks import PRECEDENCE, Checks
from audit.cosignatures import check_witnesses
from audit.earlier import EarlierEntries
from audit.entries import EntryRules
from audit.groups import Groups
from audit.hashes import Tile
from audit.lasting import LastingEntries
from audit.passing import PassingEntries
from audit.readers import Readers
from audit.report import SELF_CONSISTENT, Check, Report
from audit.signatures import SignatureQueue
from audit.source import Source
from audit.standing import Standing, after
from audit.tree import Tree, optional
from ledger.errors import BadProof, BadSignature, JejakError, Malformed, NotFound, VerificationError
from ledger.kinds import Kinds
from ledger.merkle import consistency_proof, verify_consistency
from ledger.note import MAX_NOTE, Checkpoint, open_checkpoint, parse_checkpoint, parse_note
from ledger.tiles import WIDTH, node_reader
from ledger.trust import Trust

MANY = 4096
"""Entries from which starting processes pays."""

MAX_FAILURES = 100_000
MAX_MISSING = 3
"""Failures, and bundles missing one after the other, after which nothing more is read."""

_MAX_ROUNDS = 3

Progress = Callable[[int, int], None]


def verify(
    source: Source,
    kinds: Kinds,
    *,
    trust: Trust | None = None,
    chains: Sequence[anchors.ChainReader] = (),
    since: bytes | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check a whole log.

    `chains` are asked about every anchor; `since` is a checkpoint note saved earlier; `workers`
    processes verify signatures (None: one for each processor, 1: none besides this one), or else an
    `executor` that the caller keeps, such as that of a cluster;
    `progress(done, size)` is told after each group.

    Raises:
        Malformed: `since` is no checkpoint.
        Unavailable: the source or a chain does not answer.
    """
    saved = None if since is None else parse_checkpoint(parse_note(since).text)
    for _ in range(_MAX_ROUNDS):
        audit = LogAudit(source, kinds, trust, progress)
        audit.run(os.cpu_count() or 1 if workers is None else workers, executor)
        if since is not None and saved is not None:
            audit.check_since(since, saved)
        audit.check_chains(chains)
        # A body may have been erased while we read; the checkpoint that says so is there by now.
        if not audit.checks.bodies.failed or not audit.outdated():
            break
    return audit.report()


class LogAudit:
    """One pass over a public tree, or over what came since the last one.

    `earlier` and `standing` are what one that goes on remembers; `boundary` is where the next one
    begins: after the last full group, so that what stands in no full group yet is judged each time.
    """

    def __init__(
        self,
        source: Source,
        kinds: Kinds,
        trust: Trust | None,
        progress: Progress | None = None,
        earlier: LastingEntries | None = None,
        standing: Standing | None = None,
    ) -> None:
        self.checks = Checks()
        self._source, self._kinds, self._progress = source, kinds, progress
        self._unchecked: list[str] = []
        self.note = optional(source, "checkpoint", MAX_NOTE)
        self._checkpoint = self._unsigned_checkpoint()
        self._said = self._description()
        said = self._said
        self.basis = pinned_basis(trust) if trust else unpinned_basis(said, self._checkpoint)
        self._time: str | None = None
        self._size = self._checkpoint.size if self._checkpoint else 0
        self._root: bytes | None = None
        self._tree = Tree(source, self._size)
        self._lasting = earlier
        self._earlier: EarlierEntries = earlier or PassingEntries()
        self._standing = standing or Standing()
        self.boundary = self._standing

    def run(self, workers: int, lent: Executor | None = None) -> None:
        """Entries, tree and what stands around them; an executor that is lent is not ended."""
        checks = self.checks
        self._check_signed()
        with ExitStack() as stack:
            own = None if lent else self._executor(workers)
            executor = lent or (own and stack.enter_context(own))
            queue = SignatureQueue(checks.signatures, executor)
            if not self._lasting:
                stack.callback(self._earlier.close)
            rules = EntryRules(self.basis.origin, self._kinds, checks, queue, self._earlier)
            self._groups = Groups(
                checks,
                self.basis,
                rules,
                self._rows(checks.anchors),
                self._size,
                self._standing.links,
                self._standing.fold,
            )
            self._queue = queue
            readers = Readers(self._tree, self._kinds, rules.registry, executor)
            if self._read_groups(self._groups, readers):
                self._root = self._groups.fold.edge.root()
            rules.finish()
        self._registry = rules.registry
        self._check_root()
        if self._said is not None:
            check_description(checks.description, self._said, self.basis, self._registry)

    @property
    def anchored(self) -> int:
        """The newest size of which the files show an anchor, in this pass or before."""
        compared = self._groups.anchored
        return compared[0] if compared else self._standing.row

    def check_since(self, raw: bytes, saved: Checkpoint) -> None:
        """The log extends a checkpoint that somebody has kept."""
        check = self.checks.since = Check("since")
        try:
            open_checkpoint(raw, self.basis.origin, self.basis.keys)
            if saved.size > self._size:
                raise BadProof(f"the log has {self._size} entries, fewer than {saved.size}")
            if saved.size:
                self._verify_prefix(saved.size, saved.root)
            check.hold()
        except (Malformed, VerificationError) as error:
            check.fail(f"saved checkpoint of {saved.size}: {error.message}")

    def check_chains(self, chains: Sequence[anchors.ChainReader]) -> None:
        """Every row and the newest anchor, on every chain given."""
        if not chains:
            self._unchecked.append("anchors on the chain: no chain was named (--chain URL)")
        times = [self._check_chain(chain) for chain in chains]
        known = [time for time in times if time is not None]
        if known and len(known) == len(times) and not self.checks.anchors.failed:
            self._time = min(known)

    def outdated(self) -> bool:
        """Whether the source shows another checkpoint by now."""
        return optional(self._source, "checkpoint", MAX_NOTE) != self.note

    def report(self) -> Report:
        """What was found."""
        return Report(
            self.checks.all(),
            pinned=self.basis.pinned,
            basis=self.basis.line,
            size=self._size,
            root=self._root or (self._checkpoint.root if self._checkpoint else b""),
            newest_independent_time=self._time,
            unchecked=self._unchecked,
            precedence=PRECEDENCE,
            praise="holds" if self.basis.pinned else SELF_CONSISTENT,
        ).settle()

    def _unsigned_checkpoint(self) -> Checkpoint | None:
        """The checkpoint by its text, so that a bad signature does not hide all the rest."""
        if self.note is None:
            self.checks.checkpoint.fail("the checkpoint is missing or too large")
            return None
        try:
            return parse_checkpoint(parse_note(self.note).text)
        except Malformed as error:
            self.checks.checkpoint.fail(error.message)
            return None

    def _description(self) -> Description | None:
        raw = optional(self._source, "log.json", MAX_DESCRIPTION)
        if raw is None:
            self.checks.description.fail("log.json is missing or too large")
            return None
        try:
            return parse_description(raw)
        except Malformed as error:
            self.checks.description.fail(error.message)
            return None

    def _check_signed(self) -> None:
        if self.note is None or self._checkpoint is None:
            return
        try:
            open_checkpoint(self.note, self.basis.origin, self.basis.keys)
            self.checks.checkpoint.hold()
        except (Malformed, BadSignature) as error:
            self.checks.checkpoint.fail(error.message)
        if self.basis.policy is not None:
            check = self.checks.witnesses = Check("witnesses")
            note = parse_note(self.note)
            check_witnesses(check, note, self.basis.policy, size=self._checkpoint.size)

    def _check_root(self) -> None:
        check = self.checks.checkpoint
        if self._checkpoint is None:
            return
        if self._root is None:
            check.fail("the root could not be recomputed: entries are missing")
        elif self._root != self._checkpoint.root:
            check.fail(f"the root of the entries is {self._root.hex()}, not the checkpoint's")
        else:
            check.hold()
        if self._size == 0 and self.basis.entry0 is not None:
            self.checks.authority.fail("the log is empty: entry 0 of the trust file is missing")

    def _executor(self, workers: int) -> Executor | None:
        if workers < 2 or self._size - self._standing.groups * WIDTH < MANY:
            return None
        try:
            return ProcessPoolExecutor(workers, get_context("spawn"))
        except (ImportError, OSError):
            # Where the system has no semaphores to share.
            return None

    def _rows(self, check: Check) -> Iterator[anchors.AnchorRow]:
        """The anchors since the last pass."""
        rows = anchors.rows_in(
            check,
            lambda path: self._source.read(path, anchors.MAX_ROWS),
            self._size,
            self._standing.rows // WIDTH,
        )
        return (row for row in rows if row.size > self._standing.row)

    def _read_groups(self, groups: Groups, readers: Readers) -> bool:
        """Drive the audit through all groups; whether it came to the end."""
        missing, full = 0, self._size // WIDTH
        if self._standing.groups == full:
            self._mark(full)
        for handed in readers.groups(self._standing.groups):
            group, due = handed.group, groups.take(handed)
            self._read_tiles(groups, due)
            if group.number + 1 == full:
                self._mark(full)
            missing = missing + 1 if group.bundle is None else 0
            done = min(self._size, (group.number + 1) * WIDTH)
            if self._progress is not None:
                self._progress(done, self._size)
            if missing > MAX_MISSING or self.checks.failed > MAX_FAILURES:
                self._unchecked.append(f"entries from {done} on: too much is missing or wrong")
                return False
        for tile in groups.fold.partial_tiles():
            self._read_tiles(groups, tile)
        return True

    def _mark(self, groups: int) -> None:
        """What comes now is in no full group yet."""
        self._queue.flush()
        self.boundary = after(self._standing, self._groups, groups)
        if self._lasting:
            self._lasting.mark()

    def _read_tiles(self, groups: Groups, tile: Tile | None) -> None:
        while tile is not None:
            raw = self._tree.tile(tile.level, tile.number, len(tile.hashes))
            tile = groups.take_tile(tile, raw)

    def _verify_prefix(self, size: int, root: bytes) -> None:
        """The recomputed tree extends the tree of a size and root. Raises BadProof."""
        if self._root is None:
            raise BadProof("the tree could not be recomputed")
        if self._groups.anchored == (size, root):
            # Recomputed from the entries: a tile that is wrong does not make this wrong.
            return
        node = node_reader(self._tree.read_tile, self._size)
        try:
            proof = consistency_proof(size, self._size, node)
        except (NotFound, Malformed) as error:
            raise BadProof(error.message) from error
        verify_consistency(size, self._size, root, self._root, proof)

    def _check_chain(self, chain: anchors.ChainReader) -> str | None:
        check = anchors.ChainCheck(self.checks.anchors, chain, self.basis, self._registry)
        if check.contract is None:
            self._unchecked.append("anchors on the chain: no contract is known")
            return None
        try:
            if not check.check_identity():
                return None
            # The rows' form has been checked before: a second time would count it twice.
            for row in self._rows(Check("anchors")):
                check.check_row(row)
            check.check_earlier(self._size, self._verify_prefix)
            return check.check_latest(self._size, self._verify_prefix)
        except JejakError as error:
            if error.exit == 3:
                raise
            self.checks.anchors.fail(error.message)
            return None
