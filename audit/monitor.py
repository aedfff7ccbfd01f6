"""A monitor: follows somebody else's log, and tells when something is wrong with it.

One step fetches the checkpoint, judges what is new, asks chain nodes and witnesses what they were
shown, and settles the alerts. Everything it remembers is its own.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.anchors import ChainReader
from audit.following import Advance, Following
from audit.monitor_history import LOG, Alert, Run
from audit.monitor_store import MonitorStore, Raised
from audit.source import Source
from audit.split_view import Shown, agrees, nodes_apart, shown_by_witness, silent_nodes
from ledger.durable import write_file
from ledger.envelope import format_time, parse_time
from ledger.errors import (
    BadSignature,
    JejakError,
    Malformed,
    NotFound,
    Unavailable,
    VerificationError,
)
from ledger.kinds import Kinds
from ledger.note import Checkpoint, parse_checkpoint, parse_note
from ledger.software import SOFTWARE
from ledger.trust import Trust

EVIDENCE = "evidence"


@dataclass(frozen=True)
class Watched:
    """What is watched: the log's public tree, chain nodes by address, witnesses by address.

    `quiet`: how long the log may show the same checkpoint; `lag`: how long an entry may wait for
    its anchor.
    """

    source: Source
    trust: Trust
    chains: Sequence[tuple[str, ChainReader]] = ()
    witnesses: Sequence[str] = ()
    quiet: timedelta = timedelta(days=1)
    lag: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class Step:
    """What a step came to: its run, and the alerts that it opened and closed."""

    run: Run
    opened: list[Alert]
    closed: list[Alert]
    open: list[Alert] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether evidence fails, now or still."""
        return any(alert.severity == "failure" for alert in self.open)


class Monitor:
    """A monitor with its folder: `audit.db`, `monitor.db`, `evidence/`."""

    def __init__(
        self,
        folder: Path,
        watched: Watched,
        kinds: Kinds,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        witness: Callable[[str, Trust], Shown] = shown_by_witness,
    ) -> None:
        """Raises Unavailable while another monitor uses the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.watched = folder, watched
        self.store = MonitorStore(folder / "monitor.db")
        self._following = Following(folder / "audit.db", kinds, watched.trust)
        self._clock, self._witness = clock, witness
        self._before: int | None = None
        self._answering: list[tuple[str, ChainReader]] = []

    def close(self) -> None:
        """Let the folder go."""
        self._following.close()

    def step(self) -> Step:
        """One step; whatever happens outside, it ends with a run and its alerts."""
        now, started = format_time(self._clock()), time.monotonic()
        raised: list[Raised] = []
        advance = self._advance(raised)
        if advance is not None:
            raised += self._told(advance, now)
        run = self._keep(advance, raised, now, time.monotonic() - started)
        opened, closed = self.store.settle(raised, run.id, now)
        proofs = {each.code: each.notes for each in raised}
        for alert in opened:
            self._evidence(alert, advance, proofs.get(alert.code, ()))
        return Step(run, opened, closed, self.store.open_alerts())

    def _advance(self, raised: list[Raised]) -> Advance | None:
        silent = silent_nodes(self.watched.chains)
        for url, why in silent.items():
            raised.append(Raised(f"node-silent {url}", f"{url}: {why}", "warning"))
        self._answering = [each for each in self.watched.chains if each[0] not in silent]
        chains = [chain for _, chain in self._answering]
        before = _checkpoint(self._following.note())
        self._before = before.size if before else None
        try:
            workers = os.cpu_count() or 1
            return self._following.advance(self.watched.source, chains, workers)
        except Unavailable as error:
            raised.append(Raised("silent", error.message, "warning"))
        except (NotFound, Malformed, VerificationError) as error:
            raised.append(Raised("unreadable", error.message))
        return None

    def _told(self, advance: Advance, now: str) -> list[Raised]:
        """What the pass, the chain's nodes, the witnesses and the clock say."""
        found = [
            Raised(f"check {check.name}", f"{check.line}")
            for check in advance.report.checks
            if check.failed
        ]
        found += self._key_events(advance)
        registry = self._following.registry()
        found += list(nodes_apart(self._answering, self.watched.trust, registry))
        ours = _checkpoint(advance.note)
        if ours is None or advance.note is None:
            return found
        contradicted = self.store.contradiction(LOG, ours)
        if contradicted is not None:
            what = f"two roots of size {ours.size} were signed"
            found.append(Raised("two-faces", what, notes=(contradicted, advance.note)))
        self.store.see(LOG, ours, advance.note, now)
        found += self._witnessed(ours, advance.note, now)
        found += self._late(advance, ours, now)
        return found

    def _key_events(self, advance: Advance) -> list[Raised]:
        """Entries of the registry that came since the monitor began."""
        if not advance.report.holds or self._before is None:
            return []
        return [
            Raised(f"key-event {index}", f"entry {index}: {kind} {subject}", "notice")
            for index, kind, subject in advance.acts
            if index >= self._before
        ]

    def _witnessed(self, ours: Checkpoint, note: bytes, now: str) -> list[Raised]:
        found: list[Raised] = []
        for url in self.watched.witnesses:
            try:
                shown = self._witness(url, self.watched.trust)
            except (Unavailable, NotFound) as error:
                found.append(Raised(f"witness-silent {url}", error.message, "warning"))
                continue
            except (BadSignature, Malformed) as error:
                found.append(Raised(f"witness-bad {url}", f"{url}: {error.message}", "warning"))
                continue
            try:
                found += self._compared(ours, note, shown, now)
            except Unavailable as error:
                found.append(Raised("silent", error.message, "warning"))
        return found

    def _compared(self, ours: Checkpoint, note: bytes, shown: Shown, now: str) -> list[Raised]:
        """What a witness was shown, against what we are shown."""
        contradicted = self.store.contradiction(LOG, shown.checkpoint)
        self.store.see(shown.by, shown.checkpoint, shown.note, now)
        larger = shown.checkpoint.size > ours.size
        if contradicted is None and (larger or agrees(self.watched.source, ours, shown.checkpoint)):
            if not larger:
                return []
            what = f"{shown.by} was shown {shown.checkpoint.size} entries, we {ours.size}"
            return [Raised(f"behind {shown.by}", what, "warning")]
        what = f"{shown.by} was shown another history of {shown.checkpoint.size} entries"
        return [Raised(f"split-view {shown.by}", what, notes=(contradicted or note, shown.note))]

    def _late(self, advance: Advance, ours: Checkpoint, now: str) -> list[Raised]:
        """A log that shows the same for long, and entries that wait for their anchor."""
        found: list[Raised] = []
        moment = parse_time(now)
        since = self.store.first_seen(LOG, ours.size)
        if since is not None and moment - parse_time(since) > self.watched.quiet:
            what = f"no new checkpoint since {since}"
            found.append(Raised("quiet", what, "warning"))
        if self.watched.chains and advance.anchored < ours.size:
            waiting = self.store.first_seen(LOG, advance.anchored + 1)
            if waiting is not None and moment - parse_time(waiting) > self.watched.lag:
                what = f"entries from {advance.anchored} on wait for an anchor since {waiting}"
                found.append(Raised("anchors-lag", what, "warning"))
        return found

    def _keep(self, advance: Advance | None, raised: list[Raised], now: str, seconds: float) -> Run:
        failures = [each.what for each in raised if each.severity == "failure"]
        report = {"software": SOFTWARE, **(advance.report.to_json() if advance else {})}
        size, since = (advance.size, advance.since) if advance else (0, 0)
        verdict = failures[0] if failures else "holds" if advance else "could not be read"
        told = Run(0, now, since, size, not failures, verdict, seconds, report)
        number = self.store.add_run(now, since, report, told)
        return Run(number, now, since, size, not failures, verdict, seconds, report)

    def _evidence(self, alert: Alert, advance: Advance | None, proof: tuple[bytes, ...]) -> None:
        """A file with the notes as they were signed: proof to whoever has the log's key."""
        if alert.severity != "failure":
            return
        notes = [*proof, advance.note if advance else None, self._following.note()]
        told = {
            "time": alert.opened,
            "what": f"{alert.code}: {alert.what}",
            "log": self.watched.source.where,
            "notes": [
                note.decode("utf-8", "replace") for note in dict.fromkeys(notes) if note is not None
            ],
            "report": advance.report.to_json() if advance else None,
        }
        plain = "".join(each if each.isalnum() else "-" for each in f"{alert.opened} {alert.code}")
        path = self.folder / EVIDENCE / f"{alert.id:06d}-{plain[:100]}.json"
        write_file(path, json.dumps(told, indent=1).encode())


def has_evidence(folder: Path, alert: int) -> bool:
    """Whether a file is kept for an alert."""
    return bool(_evidence_files(folder, alert))


def evidence_of(folder: Path, alert: int) -> Path:
    """The file kept for an alert. Raises NotFound."""
    kept = _evidence_files(folder, alert)
    if not kept:
        raise NotFound("there is no such evidence", "see /audit for what is kept")
    return kept[0]


def _evidence_files(folder: Path, alert: int) -> list[Path]:
    return sorted((folder / EVIDENCE).glob(f"{alert:06d}-*.json")) if alert < 10**12 else []


def _checkpoint(note: bytes | None) -> Checkpoint | None:
    try:
        return parse_checkpoint(parse_note(note).text) if note else None
    except JejakError:
        return None
