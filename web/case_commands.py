"""The commands of cases: open one by a finding, answer it, end it, show it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ledger import deployment
from ledger.cli import Session, session, signing_key
from ledger.durable import write_file
from ledger.envelope import parse_entry
from ledger.errors import Unacceptable
from ledger.keys import SigningKey
from ledger.log import Log
from ledger.merkle import leaf_hash
from ledger.remote import Server, plain
from ledger.settings import Settings
from procurement.case_notes import (
    Act,
    CaseNote,
    EntryRef,
    Finding,
    Ground,
    Reply,
    note_body,
    parse_case_note,
)
from procurement.case_results import choose_result, parse_results, read_result, rerun
from procurement.case_signs import check_seen
from procurement.case_states import Said, check_opening
from procurement.cases import Case, case
from procurement.follower import Follower
from procurement.kinds import KINDS
from procurement.projections import Projections, open_index
from procurement.publish import org_of, publish_body, sign_for
from web.privacy import is_personal

_SIGNED = (
    click.option("--text", help="In Indonesian."),
    click.option("--text-en", help="In English."),
    click.option(
        "--key", "keys", multiple=True,
        help="Key file, or name in the data folder's keys/; may be repeated.",
    ),
    click.option("--to", "url", help="Address of a server to publish to."),
    click.option("--log", "origin", help="With --to: the log's name, if not the server's host."),
    click.option(
        "--draft", type=click.Path(dir_okay=False),
        help="Write the body into this file, for jejak publish; nothing is published.",
    ),
)  # fmt: skip


def _signed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of whoever signs."""
    for option in reversed(_SIGNED):
        command = option(command)
    return command


@click.group("finding")
def finding() -> None:
    """Findings that auditors sign, and the answers to them."""


@finding.command("open")
@click.option(
    "--entry",
    "entries",
    multiple=True,
    type=click.IntRange(min=0),
    help="An entry that it is about; may be repeated.",
)
@click.option(
    "--from-flag",
    "results",
    type=click.Path(exists=True, dir_okay=False),
    help="What jejak flags, findings or contradictions printed with --json.",
)
@click.option("--flag", "code", help="With --from-flag: the code of the result.")
@click.option("--subject", help="With --from-flag: the subject of the result.")
@_signed
@session
def open_(
    run: Session,
    entries: tuple[int, ...],
    results: str | None,
    code: str | None,
    subject: str | None,
    **signed: Any,
) -> None:
    """Open a case about entries, also from what a flag found."""
    if not entries and results is None:
        raise click.UsageError("name what it is about with --entry N or --from-flag FILE")
    with _desk(run, **signed) as desk:
        raised, read = _result(results, code, subject)
        places = [desk.place(each) for each in entries or [each.index for each in read]]
        if results is not None and not set(places) <= set(read):
            raise Unacceptable(
                "the result has not read these entries of this log",
                "leave --entry out, or raise the flags again on this log",
            )
        desk.say(Finding(tuple(dict.fromkeys(places)), desk.words, raised))


def _result(
    named: str | None, code: str | None, subject: str | None
) -> tuple[Ground | None, tuple[EntryRef, ...]]:
    if named is None:
        return None, ()
    size, results = parse_results(Path(named).read_bytes())
    return read_result(size, choose_result(results, code, subject))


def _replying(act: Act, told: str) -> click.Command:
    """A command that says something in a case."""

    @_signed
    @session
    def command(run: Session, number: int, **signed: Any) -> None:
        with _desk(run, **signed) as desk:
            desk.say(Reply(act, desk.place(number), desk.words))

    argument = click.argument("number", metavar="CASE", type=click.IntRange(min=0))
    return click.command(act, help=told)(argument(command))


finding.add_command(_replying("answer", "Answer CASE, for an organisation that it concerns."))
finding.add_command(_replying("resolve", "Say that CASE is resolved, for the auditor."))
finding.add_command(_replying("reject", "Say that CASE does not hold, for the auditor."))


@finding.command("show")
@click.argument("number", metavar="CASE", type=click.IntRange(min=0))
@click.option("--at", "size", type=click.IntRange(min=1), help="As of the first N entries.")
@session
def show(run: Session, number: int, size: int | None) -> None:
    """Show CASE: its state, and what was said."""
    settings = run.settings()
    with (
        closing(deployment.open_log(settings, KINDS)) as log,
        closing(open_index(settings.index_url)) as index,
    ):
        Follower(log, index).run()
        found = case(index, number, None if size is None else size - 1)
    run.say(_json(found), list(_lines(found)))


@contextmanager
def _desk(
    run: Session, *, text: str | None, text_en: str | None, keys: Sequence[str], **chosen: Any
) -> Iterator[_Desk]:
    """Where a note is made and said: this data folder, or a server."""
    words = {code: said for code, said in (("id", text), ("en", text_en)) if said}
    if not words:
        raise click.UsageError("say it with --text, with --text-en, or in both languages")
    if chosen["origin"] and chosen["url"] is None:
        raise click.UsageError("--log belongs to --to URL")
    if not keys and chosen["draft"] is None:
        raise click.UsageError("sign it with --key, or leave it in a file with --draft")
    signers = [signing_key(Settings(run.data, ""), each) for each in keys]
    with ExitStack() as opened:
        if chosen["url"] is not None:
            server = opened.enter_context(closing(Server(chosen["url"])))
            yield _There(run, words, signers, chosen["draft"], server, chosen["origin"])
            return
        settings = run.settings()
        log = opened.enter_context(closing(deployment.open_log(settings, KINDS)))
        index = opened.enter_context(closing(open_index(settings.index_url)))
        Follower(log, index).run()
        yield _Here(run, words, signers, chosen["draft"], log, index)


@dataclass
class _Desk(ABC):
    """Whoever says something, in which words, and where to."""

    run: Session
    words: Mapping[str, str]
    signers: Sequence[SigningKey]
    draft: str | None

    def say(self, note: CaseNote) -> None:
        """Look at a note as its readers will, then sign and append it, or leave it in a file."""
        for each in self.words.values():
            check_seen(each)
        body = note_body(note)
        # Not what was said on the command line, but what others will read.
        parse_case_note(body)
        if any(is_personal(each) for each in self.words.values()):
            raise Unacceptable(
                "the text has what looks like a personal identity number", "leave it out"
            )
        raw = deployment.body_bytes(body)
        if self.draft is not None:
            write_file(Path(self.draft), raw)
            self.run.say({"draft": self.draft, "kind": "note", "subject": body["about"][0]})
            return
        self.run.say(self.publish(note, body["about"][0], raw))

    @abstractmethod
    def place(self, index: int) -> EntryRef:
        """The entry at an index, by its hash. Raises NotFound."""

    @abstractmethod
    def publish(self, note: CaseNote, about: str, raw: bytes) -> dict[str, Any]:
        """Sign and append the body; what to tell. Raises the reason where it is refused."""


@dataclass
class _Here(_Desk):
    """The log of the data folder; what would change nothing is not signed."""

    log: Log
    index: Projections

    def place(self, index: int) -> EntryRef:
        """The entry as it stands."""
        return EntryRef(index, self.log.record(index).leaf_hash.hex())

    def publish(self, note: CaseNote, about: str, raw: bytes) -> dict[str, Any]:
        """Append, and follow."""
        self._check(note)
        recorded = publish_body(self.log, self.signers, "note", about, raw)
        Follower(self.log, self.index).run()
        return {"index": recorded.index, "leafHash": recorded.leaf_hash.hex()}

    def _check(self, note: CaseNote) -> None:
        enrolments = self.log.registry().enrolments
        auditor = any(
            "auditor" in enrolments[each.id].roles for each in self.signers if each.id in enrolments
        )
        act: Act = note.act if isinstance(note, Reply) else "open"
        said = Said(self.log.size, act, org_of(self.log, self.signers[0]), auditor)
        if isinstance(note, Reply):
            case(self.index, note.finding.index).check(said)
        else:
            check_opening(said)


@dataclass
class _There(_Desk):
    """A server, whose word for an entry is not taken: its bytes are read and hashed here."""

    server: Server
    origin: str | None

    def place(self, index: int) -> EntryRef:
        """The entry that the server says stands there."""
        leaf = self.server.entry(index)
        said = parse_entry(leaf).statement
        told = plain(f"entry {index}: {said.kind} {said.subject} of {said.org}")
        click.echo(told, err=True)
        return EntryRef(index, leaf_hash(leaf).hex())

    def publish(self, note: CaseNote, about: str, raw: bytes) -> dict[str, Any]:  # noqa: ARG002
        """Sign here and send."""
        signed = sign_for(self.server, self.signers, "note", about, raw, log=self.origin)
        return self.server.publish(signed).told()


def _json(found: Case) -> dict[str, Any]:
    return {
        "case": found.index,
        "state": found.state,
        "since": {"index": found.since, "at": found.since_at},
        "auditor": found.org,
        "concerned": list(found.parties),
        "entries": [dict(each) for each in found.entries],
        "flag": dict(found.flag) or None,
        "said": [
            {
                "index": each.index,
                "at": each.at,
                "act": each.act,
                "org": each.org,
                "text": dict(each.text),
                "remark": each.remark or None,
                "correctedBy": each.corrected_by,
            }
            for each in found.said
        ],
    }


def _lines(found: Case) -> Iterator[str]:
    yield f"{found.state} since entry {found.since} ({found.since_at})"
    yield f"about entries {', '.join(str(each['index']) for each in found.entries)}"
    if found.flag:
        yield plain(f"{found.flag['code']}: {found.flag['subject']}")
        if command := rerun(found.flag):
            yield plain(f"again: {command}")
    for each in found.said:
        remark = f" [{each.remark}]" if each.remark else ""
        yield plain(f"{each.index} {each.at} {each.act} {each.org}{remark}")
        yield from (f"  {code}: {plain(said)}" for code, said in each.text.items())


COMMANDS: dict[str, click.Command] = {"finding": finding}
