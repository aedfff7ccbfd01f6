"""A mirror: a full copy of somebody else's public tree, judged before anybody sees it.

    log/             the public tree, as it is served
    incoming/        what has come and is not judged yet
    audit.db         how far the log was judged       held.note   the newest checkpoint that held
    first-seen.json  what the log said of itself at first, where no trust file was brought
    partial.json     the partial files there are      evidence/   what the log signed against itself

It may be killed at any moment: what is in log/ has been judged, and what has come is not fetched
again. The order is held.note, files, log/checkpoint, erasures, audit.db.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from audit.anchors import ChainReader
from audit.copying import PublicCopy
from audit.differing import first_difference
from audit.following import Advance, Following
from audit.incoming import Incoming
from audit.report import Report
from audit.source import Folder, Source
from audit.split_view import agrees
from audit.tree import Tree
from audit.verify import LogAudit
from ledger.durable import write_file
from ledger.envelope import format_time
from ledger.errors import Malformed, NotFound, Unavailable, VerificationError
from ledger.kinds import Kinds
from ledger.note import MAX_NOTE, Checkpoint, open_checkpoint, parse_checkpoint, parse_note
from ledger.tiles import WIDTH
from ledger.trust import Trust, format_trust, parse_trust


@dataclass(frozen=True)
class Mirrored:
    """What a step came to: the size shown now and before, and what came from the origin."""

    size: int
    since: int
    fetched: int
    octets: int
    erased: int
    report: Report


class Mirror:
    """The mirror in a folder."""

    def __init__(
        self,
        folder: Path,
        source: Source,
        kinds: Kinds,
        trust: Trust | None,
        chains: Sequence[ChainReader] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a trust file the log is held to what it says of itself the first time.

        Raises Unavailable while another mirror uses the folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.copy = PublicCopy(folder / "log", folder / "incoming", folder / "partial.json")
        self._source, self._kinds, self._chains, self._clock = source, kinds, chains, clock
        self._trust = trust or self._first_seen()
        self._following = Following(folder / "audit.db", kinds, self._trust)
        self._erased: set[str] = set()
        self._removed = 0

    def close(self) -> None:
        """Let the folder go."""
        self._following.close()

    @property
    def pinned(self) -> bool:
        """Whether a trust file, or the first look, holds the log to something."""
        return self._trust is not None

    def held(self) -> bytes | None:
        """The newest checkpoint that held, as the log signed it."""
        path = self.folder / "held.note"
        return path.read_bytes() if path.is_file() else self.copy.checkpoint()

    def step(self) -> Mirrored:
        """Fetch what is new, judge it, and show it.

        Raises VerificationError where evidence fails, which is kept in evidence/, and Unavailable.
        """
        shown, since, self._removed = self._shown(), _size(self.copy.checkpoint()), 0
        try:
            self._check_shown(shown)
            incoming = Incoming(self._source, self.copy.incoming, self.copy.folder)
            advance = self._pass(incoming)
            if not advance.report.holds:
                # Once more without the copy: its disk may be at fault, or the way here.
                self.copy.discard()
                incoming = Incoming(self._source, self.copy.incoming)
                advance = self._pass(incoming)
        except VerificationError as error:
            self._refute(error, shown)
        if not advance.report.holds:
            self._refute(VerificationError(advance.report.verdict), shown, advance.report)
        self._pin()
        fetched = incoming.fetched, incoming.octets
        return Mirrored(advance.size, since, *fetched, self._removed, advance.report)

    def _shown(self) -> bytes:
        try:
            return self._source.read("checkpoint", MAX_NOTE)
        except NotFound as error:
            raise Unavailable(f"{self._source.where} shows no checkpoint", "try again") from error
        except Malformed as error:
            self._refute(VerificationError(f"the checkpoint is out of form: {error.message}"), b"")

    def _pass(self, incoming: Incoming) -> Advance:
        def publish(audit: LogAudit, advance: Advance) -> None:
            self._publish(incoming, audit, advance)

        # Where all is new, all processors; a step that follows is not worth starting any.
        workers = 1 if self.copy.checkpoint() else os.cpu_count() or 1
        return self._following.advance(incoming, self._chains, workers, publish)

    def _check_shown(self, note: bytes) -> None:
        """What the log shows goes on from what held. Raises VerificationError."""
        try:
            shown = self._opened(note)
        except Malformed as error:
            raise VerificationError(f"the checkpoint is out of form: {error.message}") from error
        held = self._held_checkpoint()
        if held is None:
            return
        if shown.size < held.size:
            alike = "" if agrees(self._near(), held, shown) else ", of another history"
            raise VerificationError(
                f"the log shows {shown.size} entries{alike}; it has signed {held.size} before"
            )
        self._check_extends(self._source, held, shown)

    def _check_extends(self, source: Source, held: Checkpoint | None, shown: Checkpoint) -> None:
        if held is not None and not agrees(source, shown, held):
            raise VerificationError(
                f"the log has forked: its {shown.size} entries do not go on from the {held.size} "
                "that it has signed before"
            )

    def _near(self) -> Source:
        return Incoming(Folder(self.copy.folder), self.copy.incoming, self.copy.folder)

    def _opened(self, note: bytes) -> Checkpoint:
        if self._trust is None:
            return parse_checkpoint(parse_note(note).text)
        return open_checkpoint(note, self._trust.origin, self._trust.log_keys)

    def _held_checkpoint(self) -> Checkpoint | None:
        note = self.held()
        return None if note is None else parse_checkpoint(parse_note(note).text)

    def _publish(self, incoming: Incoming, audit: LogAudit, advance: Advance) -> None:
        """Show what has been judged; called before the pass is taken in."""
        assert advance.note is not None
        shown = parse_checkpoint(parse_note(advance.note).text)
        self._check_extends(incoming, self._held_checkpoint(), shown)
        self.copy.check_anchors(shown.size, incoming.said.get("anchors/latest", b"[]"))
        self._propose(audit, shown)
        write_file(self.folder / "held.note", advance.note)
        since = min(advance.since, _size(self.copy.checkpoint()))
        self.copy.publish(shown.size, since, advance.note, incoming.said)
        # Only now: a reader of the checkpoint before would miss the body and see no erasure.
        erased = {subject for _, kind, subject in advance.acts if kind == "registry/erasure"}
        due = sorted(erased - self._erased)
        if due:
            self._removed += self.copy.erase(due, shown.size)
            self._erased |= erased

    def _propose(self, audit: LogAudit, shown: Checkpoint) -> None:
        """What the log is held to from now on, where nobody brought a trust file."""
        basis = audit.basis
        if self._trust is not None or not shown.size or not basis.keys:
            return
        entry0 = Tree(self._near(), shown.size).read_tile(0, 0, min(shown.size, WIDTH))[:32]
        trust = Trust(
            basis.origin,
            basis.keys,
            entry0,
            chain_id=basis.chain_id,
            genesis=basis.genesis,
            contract=basis.contract,
        )
        write_file(self.folder / "first-seen.json", format_trust(trust))

    def _first_seen(self) -> Trust | None:
        path = self.folder / "first-seen.json"
        return parse_trust(path.read_bytes()) if path.is_file() else None

    def _pin(self) -> None:
        """From the second step on the log is held to what it said at first."""
        if self._trust is not None:
            return
        self._trust = self._first_seen()
        if self._trust is not None:
            self._following.close()
            self._following = Following(self.folder / "audit.db", self._kinds, self._trust)

    def _refute(
        self, error: VerificationError, shown: bytes, report: Report | None = None
    ) -> NoReturn:
        """Keep both notes as they were signed, and from which entry on they part."""
        held = self.held()
        told = {
            "time": format_time(self._clock()),
            "what": error.message,
            "log": self._source.where,
            "firstDifference": self._first_difference(shown),
            "held": None if held is None else held.decode("utf-8", "replace"),
            "shown": shown.decode("utf-8", "replace"),
            "report": None if report is None else report.to_json(),
        }
        # The same again is told, and not kept twice.
        name = hashlib.sha256(error.message.encode() + shown).hexdigest()[:16]
        path = self.folder / "evidence" / f"{name}.json"
        if not path.is_file():
            write_file(path, json.dumps(told, indent=1).encode())
        self.copy.discard()
        remedy = f"{path} has both notes: show it to the registrars and to other readers"
        raise VerificationError(error.message, remedy) from error

    def _first_difference(self, shown: bytes) -> int | None:
        held = self._held_checkpoint()
        try:
            size = parse_checkpoint(parse_note(shown).text).size
        except Malformed:
            return None
        if held is None:
            return None
        return first_difference(Tree(self._near(), held.size), Tree(self._source, size))


def _size(note: bytes | None) -> int:
    return 0 if note is None else parse_checkpoint(parse_note(note).text).size
