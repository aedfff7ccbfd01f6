"""Importing files: each release or budget event signed, appended in groups, and told of in a note.

The shell around `reading` and `budget_csv`: it reads the clock, draws salt and appends. While one
group is signed and made durable by a second thread, the next one is read; nothing is held but the
group, so files of any size go through in flat memory.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from ledger.body import parse_body
from ledger.deployment import body_bytes, compose
from ledger.envelope import format_time, percent_encode
from ledger.errors import InvalidInput, Malformed, Unavailable
from ledger.keys import SigningKey
from ledger.log import Log, Outcome, Recorded, Submission
from procurement.budget_csv import BudgetEvent, read_events
from procurement.mapping import Mapping, Resource, parse_mapping
from procurement.ocds import RELEASE, read_release
from procurement.reading import Item, RefusedItem, read_items
from procurement.unpacking import open_members

GROUP = 512
GROUP_BYTES = 16 * 1024**2
ABOUT = 5000
MAX_LISTED = 10_000
MAX_KNOWN = 1_000_000

_ATTEMPTS = 50
_PAUSE = 0.05


@dataclass(frozen=True)
class Proposal:
    """A body to be signed, and where it was found."""

    name: str
    position: str
    kind: str
    subject: str
    body: bytes
    identity: bytes | None = None


@dataclass
class ImportReport:
    """What became of the items read.

    `repeated` were in the log already, or said again in other spelling what an item before them
    said (record packages repeat releases so). `refused` lists (name, position, reason) up to
    MAX_LISTED; `refusals` counts all. `notes` are the indices of the notes of provenance.
    """

    read: int = 0
    recorded: int = 0
    repeated: int = 0
    refusals: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    notes: list[int] = field(default_factory=list)

    def refuse(self, name: str, position: str, reason: str) -> None:
        """Count a refusal, and list it while the list is short."""
        self.refusals += 1
        if len(self.refused) < MAX_LISTED:
            self.refused.append((name, position, reason))


def import_files(
    log: Log,
    paths: Sequence[Path],
    *,
    key: SigningKey,
    org: str,
    mapping: Path | None = None,
    source: str | None = None,
    progress: Callable[[int], object] = lambda _bytes: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ImportReport:
    """Import OCDS files, or with a mapping file budget CSV, in the order of the paths.

    What is refused is named in the report and the rest goes in; so is what the key may not sign.
    Behind each file stands a note of where it came from (`source`), when, and the file's SHA-256.
    `progress` is told of bytes done; the files' sizes add up to all of them. Raises Malformed for
    the mapping file, Unavailable and Conflict from the log.
    """
    running = _Import(log, key, org, now, progress)
    package = None if mapping is None else parse_mapping(mapping.read_bytes())
    approved: dict[str, int] = {}
    done: set[str] = set()
    with ThreadPoolExecutor(1, thread_name_prefix="append") as pool:
        try:
            for path in paths if package is None else _in_order(paths, package):
                if package is None:
                    items = _release_proposals(path)
                else:
                    items = _budget_proposals(path, package, approved, done)
                running.take(items, pool, path.stat().st_size)
                running.end(path, source)
        finally:
            running.finish()
    return running.report


class _Import:
    """One import under way: the group being filled, and the one being appended."""

    def __init__(
        self,
        log: Log,
        key: SigningKey,
        org: str,
        now: Callable[[], datetime],
        progress: Callable[[int], object],
    ) -> None:
        self.log, self.key, self.org, self.now, self.progress = log, key, org, now, progress
        self.report = ImportReport()
        self.new: list[str] = []
        self.known: dict[bytes, int | bytes] = {}
        self.group: list[Proposal] = []
        self.size = 0
        self.appending: tuple[list[Proposal], Future[list[Outcome]]] | None = None
        self.ended: tuple[Path, str | None] | None = None

    def take(
        self, items: Iterable[Proposal | RefusedItem], pool: ThreadPoolExecutor, file_size: int
    ) -> None:
        """Append all items of a file, group by group."""
        left = file_size
        for item in items:
            self.report.read += 1
            if isinstance(item, RefusedItem):
                self.report.refuse(item.name, item.position, item.reason)
            elif self._is_respelled(item):
                self.report.repeated += 1
            else:
                self.group.append(item)
                self.size += len(item.body)
            if len(self.group) >= GROUP or self.size >= GROUP_BYTES:
                # Of a packed file more is read than it has bytes: the rest is told at its end.
                step = min(left, self.size)
                self._start(pool)
                self.progress(step)
                left -= step
        self._start(pool)
        self.progress(left)

    def end(self, path: Path, source: str | None) -> None:
        """No more of this file: its notes follow its last group, while the next file is read."""
        if self.appending is None:
            self.tell(path, source)
        else:
            self.ended = (path, source)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        self.finish()
        if self.group:
            self.appending = (self.group, pool.submit(self._append, self.group))
        self.group, self.size = [], 0

    def finish(self) -> None:
        """Wait for what is being appended, and tell of the file it ended."""
        if self.appending is None:
            return
        group, outcomes = self.appending
        self.appending = None
        for proposal, outcome in zip(group, outcomes.result(), strict=True):
            self._note_outcome(proposal, outcome)
        if self.ended is not None:
            ended, self.ended = self.ended, None
            self.tell(*ended)

    def _note_outcome(self, proposal: Proposal, outcome: Outcome) -> None:
        report = self.report
        if not isinstance(outcome, Recorded):
            report.refuse(proposal.name, proposal.position, str(outcome.error))
            self.known.pop(proposal.identity or b"", None)
            return
        if proposal.identity in self.known:
            self.known[proposal.identity] = outcome.index
        if outcome.repeated:
            report.repeated += 1
            return
        report.recorded += 1
        report.first = outcome.index if report.first is None else report.first
        report.last = outcome.index
        self.new.append(outcome.leaf_hash.hex())

    def _append(self, group: Sequence[Proposal]) -> list[Outcome]:
        signed_at = format_time(self.now())
        submissions = [
            compose(
                self.log.origin,
                each.kind,
                each.subject,
                self.org,
                each.body,
                [self.key],
                time=signed_at,
            )
            for each in group
        ]
        return _append_again(self.log, submissions)

    def _is_respelled(self, proposal: Proposal) -> bool:
        """Whether a release with this ocid and id was read before, saying the same."""
        identity = proposal.identity
        if identity is None:
            return False
        known = self.known.get(identity)
        if known is None:
            if len(self.known) < MAX_KNOWN:
                self.known[identity] = proposal.body
            return False
        earlier = known if isinstance(known, bytes) else self.log.record(known).body
        return earlier is not None and _says_the_same(earlier, proposal.body)

    def tell(self, path: Path, source: str | None) -> None:
        """Append the notes of provenance about what a file has added."""
        if not self.new:
            return
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        retrieved = format_time(self.now())
        for at in range(0, len(self.new), ABOUT):
            about = self.new[at : at + ABOUT]
            body = {
                "about": about,
                "text": f"Copied from {path.name}",
                "source": {"url": source or path.name, "retrieved": retrieved, "sha256": sha256},
                "documents": [],
            }
            note = Proposal(path.name, "note", "note", about[0], body_bytes(body))
            (outcome,) = self._append([note])
            if isinstance(outcome, Recorded):
                self.report.notes.append(outcome.index)
            else:
                self.report.refuse(note.name, note.position, str(outcome.error))
        self.new = []


def _append_again(log: Log, submissions: Sequence[Submission]) -> list[Outcome]:
    """Append, and try again while another process is appending. Raises Unavailable at last."""
    for attempt in range(_ATTEMPTS):
        try:
            return log.append(submissions)
        except Unavailable:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE)
    raise Unavailable("the log did not answer")


def _says_the_same(earlier: bytes, body: bytes) -> bool:
    try:
        if earlier == body:
            return True
        # Most differ: to see that needs none of the bounds that parse_body keeps.
        if _decode(earlier) != _decode(body):
            return False
        return bool(parse_body(earlier) == parse_body(body))
    except (Malformed, msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError):
        return False


class _Named(msgspec.Struct):
    """What identifies a release; the log parses the whole of it once, with all bounds."""

    ocid: str
    id: msgspec.Raw


_named = msgspec.json.Decoder(_Named).decode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def _release_proposals(path: Path) -> Iterator[Proposal | RefusedItem]:
    for item in read_items(path):
        yield _release_proposal(item) if isinstance(item, Item) else item


def _release_proposal(item: Item) -> Proposal | RefusedItem:
    try:
        named = _named(item.raw)
        subject = percent_encode(named.ocid)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return RefusedItem(item.name, item.position, _why_refused(item.raw))
    identity = hashlib.sha256(b"%s\0%s" % (subject.encode(), bytes(named.id))).digest()[:16]
    return Proposal(item.name, item.position, RELEASE, subject, item.raw, identity)


def _why_refused(raw: bytes) -> str:
    try:
        read_release(parse_body(raw))
    except InvalidInput as error:
        return str(error)
    return "not a release"


def _in_order(paths: Sequence[Path], mapping: Mapping) -> list[Path]:
    """The paths in the order of the mapping's resources; others (archives) as they are given."""
    order = [resource.path for resource in mapping.resources]

    def place(path: Path) -> int:
        resource = _resource_of(path.name, mapping)
        return -1 if resource is None else order.index(resource.path)

    return sorted(paths, key=place)


def _resource_of(name: str, mapping: Mapping) -> Resource | None:
    """The resource that a file, or a member `archive:path`, is named by."""
    path = name.rpartition(":")[2].removesuffix(".gz")
    return next((each for each in mapping.resources if f"/{path}".endswith(f"/{each.path}")), None)


def _budget_proposals(
    path: Path, mapping: Mapping, approved: dict[str, int], done: set[str]
) -> Iterator[Proposal | RefusedItem]:
    try:
        for member in open_members(path):
            resource = _resource_of(member.name, mapping)
            if resource is None or member.refused:
                reason = member.refused or "no resource of the mapping has this path"
                yield RefusedItem(member.name, "", reason)
                continue
            missing = _missing_before(resource, mapping, done)
            if missing:
                yield RefusedItem(member.name, "", f"{missing} has to be imported with it, before")
                continue
            done.add(resource.name)
            text = io.TextIOWrapper(member.stream, resource.encoding, newline="")
            for event in read_events(member.name, text, resource, approved):
                yield _budget_proposal(event) if isinstance(event, BudgetEvent) else event
            text.detach()
    except (Malformed, OSError) as error:
        yield RefusedItem(path.name, "", f"could not be read on: {error}")


def _missing_before(resource: Resource, mapping: Mapping, done: set[str]) -> str:
    """Path of an approved budget of the same year that an adjusted one is compared with."""
    if any(measure.phase == "approved" for measure in resource.measures):
        return ""
    year = (resource.organisation, resource.fiscal_year)
    for each in mapping.resources:
        if each.name == resource.name:
            break
        if (each.organisation, each.fiscal_year) == year and each.name not in done:
            return each.path
    return ""


def _budget_proposal(event: BudgetEvent) -> Proposal:
    return Proposal(event.name, event.position, event.kind, event.subject, body_bytes(event.body))
