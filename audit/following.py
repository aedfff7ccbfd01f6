"""An audit that goes on where it stood: what came since is judged, what went before is held to.

What is remembered lies in one file of its own, never in the operator's tables. A pass that finds a
failure is not taken in: the next one begins at the same place, and finds it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.anchors import ChainReader
from audit.lasting import LastingEntries
from audit.report import Report
from audit.source import Source
from audit.standing import Standing, format_standing, parse_standing
from audit.tree import Tree
from audit.verify import LogAudit
from ledger.errors import Malformed, NotFound
from ledger.kinds import Kinds
from ledger.note import parse_checkpoint, parse_note
from ledger.registry import Registry
from ledger.tiles import WIDTH, split_tile
from ledger.trust import Trust

_MAX_ROUNDS = 3


@dataclass(frozen=True)
class Advance:
    """One pass: from which entry on, the note that was judged, and what was found.

    `anchored`: the newest size of which the log's files show an anchor.
    """

    since: int
    note: bytes | None
    report: Report
    anchored: int = 0
    acts: tuple[tuple[int, str, str], ...] = ()

    @property
    def size(self) -> int:
        """The size of the tree judged."""
        return self.report.size


Publish = Callable[[LogAudit, Advance], None]
"""Told of a pass that holds, before it is taken in."""


class Following:
    """Follows a public tree with what it remembers in a file."""

    def __init__(self, path: Path, kinds: Kinds, trust: Trust | None) -> None:
        """Raises Unavailable while another follows with the same file."""
        self._earlier = LastingEntries(path)
        self._kinds, self._trust = kinds, trust

    def close(self) -> None:
        """Let the file go."""
        self._earlier.close()

    def note(self) -> bytes | None:
        """The newest checkpoint that held."""
        told = self._standing().note
        return None if told is None else told.encode()

    def registry(self) -> Registry:
        """The registry as far as the log was judged."""
        return self._earlier.registry()

    def advance(
        self,
        source: Source,
        chains: Sequence[ChainReader] = (),
        workers: int = 1,
        publish: Publish | None = None,
    ) -> Advance:
        """Judge what is new, and that it goes on from what held. Raises Unavailable.

        What `publish` raises is raised, and the pass is not taken in.
        """
        for _ in range(_MAX_ROUNDS):
            advance, outdated = self._pass(source, chains, workers, publish)
            if advance.report.holds or not outdated:
                break
        return advance

    def _pass(
        self,
        source: Source,
        chains: Sequence[ChainReader],
        workers: int,
        publish: Publish | None,
    ) -> tuple[Advance, bool]:
        standing = self._standing()
        before = standing.groups * WIDTH
        audit = LogAudit(source, self._kinds, self._trust, earlier=self._earlier, standing=standing)
        try:
            audit.run(workers)
            self._hold_to(audit, source, standing)
            audit.check_chains(chains)
            report = audit.report()
            acts = tuple(self._earlier.acts(before))
            advance = Advance(before, audit.note, report, audit.anchored, acts)
            if report.holds and audit.note is not None:
                if publish is not None:
                    publish(audit, advance)
                kept = replace(audit.boundary, note=audit.note.decode())
                self._earlier.keep(format_standing(kept))
            else:
                self._earlier.forget()
        except BaseException:
            self._earlier.forget()
            raise
        return advance, not report.holds and audit.outdated()

    def _hold_to(self, audit: LogAudit, source: Source, standing: Standing) -> None:
        """The tree extends the newest one that held; where it does not, from which entry on."""
        if standing.note is None:
            return
        saved = parse_checkpoint(parse_note(standing.note.encode()).text)
        audit.check_since(standing.note.encode(), saved)
        if audit.checks.since is not None and audit.checks.since.failed:
            first = self._first_difference(source, saved.size)
            if first is not None:
                audit.checks.since.fail("the log was rewritten from here on", first)

    def _first_difference(self, source: Source, size: int) -> int | None:
        """The first entry whose hash in the served tiles is not the one that was judged."""
        tree = Tree(source, size)
        for start in range(0, size - size % WIDTH, WIDTH):
            try:
                served = split_tile(tree.read_tile(0, start // WIDTH, WIDTH), WIDTH)
            except (NotFound, Malformed):
                return start
            ours = self._earlier.hashes(start, start + WIDTH)
            for at, (one, other) in enumerate(zip(ours, served, strict=False)):
                if one != other:
                    return start + at
        return None

    def _standing(self) -> Standing:
        told = self._earlier.standing()
        return Standing() if told is None else parse_standing(told)
