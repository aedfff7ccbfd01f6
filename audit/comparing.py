"""Checkpoints that somebody kept, against the newest: does the log go on from each of them?

One that the log's key signed and that no proof joins to the newest is evidence by itself. Of
several, the largest that agrees and the smallest that does not say between which entries the log
was rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from audit.source import Source
from audit.split_view import agrees
from ledger.errors import BadSignature, Malformed, Unacceptable
from ledger.note import Checkpoint, Verifier, open_checkpoint, parse_checkpoint, parse_note

MAX_KEPT = 20
"""Checkpoints compared at once."""

Verdict = Literal["same", "extended", "rewritten", "ahead", "unsigned", "other-log", "unreadable"]

_SIGNED = "\u2014 "


@dataclass(frozen=True)
class Kept:
    """One of the checkpoints given: its size and root where it could be read, and the verdict.

    `ahead`: it is of more entries than the newest here. `unsigned`: no known key of the log signed
    it, so that it proves nothing.
    """

    verdict: Verdict
    size: int | None = None
    root: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What came of it; entries from `agreed` to before `rewritten` are not all what they were."""

    newest: Checkpoint
    kept: list[Kept]

    @property
    def rewritten(self) -> int | None:
        """The smallest size that does not agree."""
        found = [each.size for each in self.kept if each.verdict == "rewritten" and each.size]
        return min(found, default=None)

    @property
    def agreed(self) -> int:
        """The largest size that agrees, below that; none known is 0."""
        limit = self.newest.size if self.rewritten is None else self.rewritten
        good = [each.size or 0 for each in self.kept if each.verdict in ("same", "extended")]
        return max((each for each in good if each <= limit), default=0)


def split_notes(text: str) -> list[bytes]:
    """The notes of a text that holds one after the other. Raises Unacceptable."""
    notes: list[list[str]] = []
    signed = True
    for line in text.replace("\r\n", "\n").split("\n"):
        if signed and not line.startswith(_SIGNED):
            if not line.strip():
                continue
            notes.append([])
        signed = line.startswith(_SIGNED) and bool(notes)
        if notes:
            notes[-1].append(line)
        if len(notes) > MAX_KEPT:
            raise Unacceptable(f"more than {MAX_KEPT} checkpoints were given", "give fewer at once")
    if not notes:
        raise Unacceptable("no checkpoint was given", "paste one as the log signed it")
    return [("\n".join(each) + "\n").encode() for each in notes]


def compare(
    notes: Sequence[bytes], newest: Checkpoint, source: Source, keys: Sequence[Verifier]
) -> Comparison:
    """Hold each note to the newest checkpoint, by the tiles of the log. Raises Unavailable."""
    return Comparison(newest, [_compared(each, newest, source, keys) for each in notes])


def _compared(note: bytes, newest: Checkpoint, source: Source, keys: Sequence[Verifier]) -> Kept:
    try:
        kept = parse_checkpoint(parse_note(note).text)
    except Malformed:
        return Kept("unreadable")
    return Kept(_verdict(note, kept, newest, source, keys), kept.size, kept.root.hex())


def _verdict(
    note: bytes, kept: Checkpoint, newest: Checkpoint, source: Source, keys: Sequence[Verifier]
) -> Verdict:
    if kept.origin != newest.origin:
        return "other-log"
    try:
        open_checkpoint(note, newest.origin, keys)
    except (BadSignature, Malformed):
        return "unsigned"
    if kept.size > newest.size:
        return "ahead"
    if not agrees(source, newest, kept):
        return "rewritten"
    return "same" if kept.size == newest.size else "extended"
