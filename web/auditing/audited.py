"""What pages of audits stand on: a monitor with its log, or a log and what is known to watch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request
from msgspec import structs

from audit.monitor_history import History
from audit.source import Folder, Source, open_source
from ledger.cosignature import verify_cosignature
from ledger.errors import BadSignature, NotFound
from ledger.log import Log
from ledger.note import Checkpoint, Note, Verifier, parse_checkpoint, parse_note
from ledger.policy import Witness
from ledger.settings import Settings
from ledger.tick import newest_checkpoint
from ledger.trust import Trust
from ledger.witnesses import read_policy
from web.pages.checkpoints import signature_view
from web.views import View


class WitnessView(View, frozen=True):
    """A witness: of how many entries it was seen to know, and when."""

    name: str
    url: str | None
    size: int | None
    time: str | None


class Audited(Protocol):
    """What is audited. `own`: the log's operator tells it; `folder` holds evidence to hand out."""

    own: bool
    history: History
    auditors: Mapping[str, str]
    folder: Path | None

    def address(self, base: str) -> str:
        """Where the log is read, for a site that readers reach at `base`."""

    def chains(self) -> int:
        """How many nodes of the chain are asked."""

    def witnesses(self) -> list[WitnessView]:
        """The witnesses."""

    def newest(self) -> Checkpoint:
        """The newest checkpoint to hold others to. Raises NotFound."""

    def keys(self) -> Sequence[Verifier]:
        """The log's keys."""

    def source(self) -> Source:
        """The public tree. Raises NotFound, Unavailable."""


@dataclass(frozen=True)
class Watching:
    """A monitor's folder, and what it watches: of the log nothing is believed but `trust`."""

    folder: Path
    where: str
    trust: Trust
    nodes: int = 0
    watched: tuple[str, ...] = ()
    own = False

    @property
    def history(self) -> History:
        """What it has seen."""
        return History(self.folder / "monitor.db")

    @property
    def auditors(self) -> Mapping[str, str]:
        """Nobody else."""
        return {}

    def address(self, base: str) -> str:  # noqa: ARG002
        """See Audited."""
        return self.where

    def chains(self) -> int:
        """See Audited."""
        return self.nodes

    def witnesses(self) -> list[WitnessView]:
        """The largest tree that each has shown, and when it first did."""
        shown = self.history.shown() if self.history.exists() else {}
        return [
            WitnessView(name=url, url=None, size=size, time=time)
            for url in self.watched
            for size, time in [shown.get(url, (None, None))]
        ]

    def newest(self) -> Checkpoint:
        """The newest checkpoint that held."""
        note = self.history.newest_held()
        if note is None:
            raise NotFound("no checkpoint has held yet", "wait for the first pass that holds")
        return parse_checkpoint(parse_note(note).text)

    def keys(self) -> Sequence[Verifier]:
        """See Audited."""
        return self.trust.log_keys

    def source(self) -> Source:
        """See Audited."""
        return open_source(self.where)


@dataclass(frozen=True)
class Published:
    """A log as its operator tells of it; a monitor's folder beside it where there is one."""

    log: Log
    settings: Settings
    own = True
    folder = None

    @property
    def history(self) -> History:
        """Of the monitor that the operator himself runs."""
        return History(self.settings.folder / "monitor" / "monitor.db")

    @property
    def auditors(self) -> Mapping[str, str]:
        """Addresses of others' monitors, by the name of who runs each."""
        return self.settings.auditors

    def address(self, base: str) -> str:
        """See Audited."""
        return base

    def chains(self) -> int:
        """See Audited: which nodes to ask is for the reader to choose."""
        return 0

    def witnesses(self) -> list[WitnessView]:
        """The policy's witnesses, with what each has signed of the newest checkpoint."""
        policy, row = read_policy(self.settings.folder), newest_checkpoint(self.log)
        note = parse_note(row.note) if row else None
        return [_cosigned(each, note) for each in (policy.witnesses if policy else ())]

    def newest(self) -> Checkpoint:
        """The newest that was signed."""
        row = newest_checkpoint(self.log)
        if row is None:
            raise NotFound("no checkpoint was signed yet", "wait for the first")
        return Checkpoint(self.settings.origin, row.size, row.root)

    def keys(self) -> Sequence[Verifier]:
        """See Audited."""
        return self.settings.log_verifiers()

    def source(self) -> Source:
        """See Audited."""
        return Folder(self.settings.public)


def _cosigned(witness: Witness, note: Note | None) -> WitnessView:
    """What a witness has signed of a note, if its line holds."""
    found = WitnessView(name=witness.key.name, url=witness.url, size=None, time=None)
    if note is None:
        return found
    for line in note.signatures:
        if (line.name, line.key_id) == (witness.key.name, witness.key.key_id):
            with suppress(BadSignature):
                verify_cosignature(note.text, line, witness.key)
                size, time = parse_checkpoint(note.text).size, signature_view(line).time
                found = structs.replace(found, size=size, time=time)
    return found


def audited_of(request: Request) -> Audited:
    """What this application tells of."""
    audited: Audited = request.app.state.audited
    return audited


AuditedOf = Annotated[Audited, Depends(audited_of)]
