"""Filling a data folder's database again from a public tree: its own files, a mirror, a URL.

First everything is verified as `jejak verify` does, then what the database holds is compared, and
only then something is written: the very bytes that were verified, by their hashes. Nothing that is
held is overwritten.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit import anchors
from audit.copying import partial_paths
from audit.entries import claims_of
from audit.files import read_leaves
from audit.lasting import LastingEntries
from audit.report import Report
from audit.source import Source, shown_rows
from audit.tree import Group, Tree
from audit.verify import LogAudit
from ledger import files
from ledger.admission import read_meaning
from ledger.body import digest, parse_body
from ledger.envelope import parse_entry
from ledger.errors import Conflict, NotFound, Unavailable, VerificationError
from ledger.kinds import Kinds
from ledger.log import Log
from ledger.merkle import leaf_hash, subtree_root
from ledger.note import (
    Checkpoint,
    format_checkpoint,
    format_note,
    parse_checkpoint,
    parse_note,
    sign_note,
)
from ledger.refill import Refill, Verified, edge_of
from ledger.settings import Settings
from ledger.tick import one_ticker
from ledger.tiles import WIDTH, node_reader
from ledger.trust import Trust

_MAX_ROUNDS = 3
_ROWS = 1000
_APART = (
    "nothing was overwritten. If this database holds entries that were never published, keep it: "
    "move log.db away (on PostgreSQL rename the schema log), recover into an empty database, and "
    "publish those entries again. If a checkpoint of them was signed there are two histories: "
    "docs/registrars.md"
)


@dataclass
class Recovered:
    """What a recovery came to.

    `size` is the tree's, `entries`, `bodies`, `checkpoints` and `anchors` were added, `above` are
    entries that the database holds beyond the tree's checkpoint; `published` is the size that the
    data folder's own files show.
    """

    size: int
    report: Report
    entries: int = 0
    bodies: int = 0
    checkpoints: int = 0
    anchors: int = 0
    above: int = 0
    published: int = 0


def recover(
    settings: Settings,
    log: Log,
    source: Source,
    kinds: Kinds,
    trust: Trust,
    chains: Sequence[anchors.ChainReader] = (),
    workers: int = 1,
) -> Recovered:
    """Refill the log's database.

    Raises VerificationError where the tree does not hold, Conflict where the database holds
    something else, with the first index in both; Unavailable while the log's ticker runs.
    """
    with one_ticker(settings.folder), tempfile.TemporaryDirectory(prefix="jejak-") as passing:
        earlier = LastingEntries(Path(passing) / "verified.db")
        try:
            audit = _verified(settings, source, kinds, trust, chains, workers, earlier)
            return _Recovery(settings, log, source, kinds, audit, earlier).run()
        finally:
            earlier.close()


def _verified(
    settings: Settings,
    source: Source,
    kinds: Kinds,
    trust: Trust,
    chains: Sequence[anchors.ChainReader],
    workers: int,
    earlier: LastingEntries,
) -> LogAudit:
    """The audit of a tree that holds. Raises VerificationError, naming the first index."""
    for _ in range(_MAX_ROUNDS):
        audit = LogAudit(source, kinds, trust, earlier=earlier)
        audit.run(workers)
        _hold_to_own(settings, audit)
        audit.check_chains(chains)
        report = audit.report()
        if report.holds or not audit.outdated():
            break
        earlier.forget()
    if not report.holds:
        raise VerificationError(
            f"the tree at {source.where} does not hold, {report.verdict}",
            "nothing was written; name another copy: a mirror, an export, the log's own files",
        )
    return audit


def _hold_to_own(settings: Settings, audit: LogAudit) -> None:
    """The tree goes on from the checkpoint that the data folder's own files show."""
    note = files.PublicTree(settings.public).checkpoint()
    if note is not None:
        own = parse_checkpoint(parse_note(note).text)
        if own.size <= audit.report().size:
            audit.check_since(note, own)


class _Recovery:
    """The second half: comparing and writing."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        source: Source,
        kinds: Kinds,
        audit: LogAudit,
        earlier: LastingEntries,
    ) -> None:
        assert audit.note is not None
        self._settings, self._log, self._source, self._kinds = settings, log, source, kinds
        self._earlier, self._note = earlier, audit.note
        self._erased = earlier.registry().erased
        self._checkpoint = parse_checkpoint(parse_note(audit.note).text)
        self._tree = Tree(source, self._checkpoint.size)
        self._refill = Refill(log)
        self.done = Recovered(self._checkpoint.size, audit.report())

    def run(self) -> Recovered:
        """Compare all, then write."""
        with self._refill.alone():
            size, held = self._checkpoint.size, self._log.size
            self._compare(held)
            self.done.above = max(0, held - size)
            if size:
                self._keep_newest()
                self._fill(held)
                files.add_nodes(self._log, size)
                self._keep_anchors()
            self._finish()
        return self.done

    def _compare(self, held: int) -> None:
        """Raises Conflict naming the first entry held that is not the tree's."""
        size = self._checkpoint.size
        for start in range(0, min(held, size), WIDTH):
            hashes = self._earlier.hashes(start, min(start + WIDTH, size))
            first = self._refill.first_difference(start, hashes)
            if first is not None:
                raise Conflict(f"the database holds another entry {first} than the tree", _APART)
        before = self._earlier.hashes(size - 1, size)[0] if size else bytes(32)
        if held > size and not self._refill.is_chained(size, before):
            raise Conflict(f"the entries held from {size} on do not follow from the tree's", _APART)

    def _keep_newest(self) -> None:
        """Before any entry: from here on the database knows what it lacks."""
        size = self._checkpoint.size
        node = node_reader(self._tree.read_tile, size)
        if edge_of(size, node).root() != self._checkpoint.root:
            raise Unavailable("the tree changes while it is read", "try again")
        (last,) = self._earlier.hashes(size - 1, size)
        time = self._entry(size - 1, last)
        kept = self._refill.keep_checkpoint(size, node, self._note, time)
        self.done.checkpoints += kept

    def _entry(self, index: int, hashed: bytes) -> str:
        """`at` of an entry of the tree."""
        number = index // WIDTH
        for group in self._tree.groups(number):
            leaves, _ = read_leaves(group.bundle or b"", index % WIDTH + 1)
            if len(leaves) <= index % WIDTH or leaf_hash(leaves[-1]) != hashed:
                break
            return parse_entry(leaves[-1]).at
        raise Unavailable("the tree changes while it is read", "try again")

    def _fill(self, held: int) -> None:
        size = self._checkpoint.size
        lacking = self._lacking(min(held, size))
        first = min([held, size, *lacking]) // WIDTH
        for group in self._tree.groups(first):
            start = group.number * WIDTH
            if start + WIDTH <= held and not any(start <= at < start + WIDTH for at in lacking):
                continue
            entries = self._entries(group)
            if put := [each for each in entries if each.index in lacking]:
                self.done.bodies += self._refill.put_bodies(put)
            new = [each for each in entries if each.index >= held]
            if new:
                self._refill.append(new)
            self.done.entries += len(new)
            self.done.bodies += sum(each.body is not None for each in new)

    def _lacking(self, held: int) -> set[int]:
        """Entries held whose body lacks, and was not erased."""
        found: set[int] = set()
        for start in range(0, held, WIDTH):
            lacking = self._refill.without_body(start, min(start + WIDTH, held))
            found |= {index for index, digest in lacking if digest not in self._erased}
        return found

    def _entries(self, group: Group) -> list[Verified]:
        """The entries of a group, byte for byte what was verified. Raises Unavailable."""
        start = group.number * WIDTH
        width = min(WIDTH, self._checkpoint.size - start)
        leaves, _ = read_leaves(group.bundle or b"", width)
        if [leaf_hash(leaf) for leaf in leaves] != self._earlier.hashes(start, start + width):
            raise Unavailable(
                f"group {group.number} of the tree changes while it is read", "try again"
            )
        bodies = [body if isinstance(body, bytes) else None for body in group.bodies][:width]
        return [
            self._verified(start + at, leaf, body)
            for at, (leaf, body) in enumerate(zip(leaves, bodies, strict=True))
        ]

    def _verified(self, index: int, leaf: bytes, body: bytes | None) -> Verified:
        statement = parse_entry(leaf).statement
        if statement.body in self._erased:
            return Verified(index, leaf, statement, None, claims_of(statement, None))
        if body is None or digest(body) != statement.body:
            raise Unavailable(f"the body of entry {index} changes while it is read", "try again")
        meaning = read_meaning(statement, parse_body(body), self._kinds)[1]
        return Verified(index, leaf, statement, body, claims_of(statement, meaning))

    def _keep_anchors(self) -> None:
        """Anchors, and the checkpoints that were anchored: signed again, they are the same."""
        for number, row in enumerate(self._rows()):
            if number % _ROWS == 0:
                # What a reader has read it keeps.
                node = files.node_reader(self._log, self._checkpoint.size)
            if subtree_root(0, row.size, node) != row.root:
                raise Unavailable("the anchors change while they are read", "try again")
            told = {
                "size": row.size,
                "root": f"0x{row.root.hex()}",
                "transaction": row.transaction,
                "block": row.block,
                "block_hash": row.block_hash,
                "time": row.time,
            }
            self.done.anchors += self._refill.keep_anchor(told)
            self._sign_again(row.size, row.root)

    def _rows(self) -> Iterator[anchors.AnchorRow]:
        return shown_rows(self._source, self._checkpoint.size)

    def _sign_again(self, size: int, root: bytes) -> None:
        try:
            signers = self._settings.log_signers()
        except NotFound:
            return
        text = format_checkpoint(Checkpoint(self._settings.origin, size, root))
        note = format_note(sign_note(text, *signers))
        node = files.node_reader(self._log, size)
        kept = self._refill.keep_checkpoint(size, node, note, self._refill.at(size - 1))
        self.done.checkpoints += kept

    def _finish(self) -> None:
        """The log takes entries again, unless its own files know more."""
        tree = files.PublicTree(self._settings.public)
        note = tree.checkpoint()
        if note is not None:
            self.done.published = parse_checkpoint(parse_note(note).text).size
            paths = partial_paths(self.done.published)
            self._refill.remember_partial(tree, paths, datetime.now(UTC))
        self._refill.end(self.done.published)
