"""Commands for drafts: what publishing one would be answered, before anybody signs or sends it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger import deployment
from ledger.act_commands import read_act
from ledger.body import MAX_BODY, parse_body
from ledger.cli import Session, session
from ledger.envelope import percent_encode
from ledger.errors import InvalidInput, Malformed, VerificationError
from ledger.key_commands import read_public
from ledger.log import Log, Submission
from ledger.publication import format_publication
from ledger.remote import Server, plain
from procurement.follower import Follower
from procurement.projections import open_index
from procurement.publish import org_of
from web.api.publishing import CheckView, RuleWarning, check
from web.console.opening import FILE, read_console_file
from web.site import site_of

BROKEN = "broken"


@click.group("draft")
def draft() -> None:
    """Publications before they are signed and sent."""


@draft.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--kind", help="Of a body: as ocds/release or budget/payment.")
@click.option("--subject", help="Of a body: the id found in it.")
@click.option("--org", help="Of a body: the organisation in whose name it would be said.")
@click.option("--key", help="Of a body: the key file (or FILE.pub) whose organisation that is.")
@click.option("--replaces", help="Of a body: leaf hash of the entry that it would correct.")
@click.option("--to", "url", help="Address of a server to ask; no data folder is needed.")
@click.option("--log", "origin", help="With --to: the log's name, if not the server's host.")
@session
def draft_check(run: Session, file: str, url: str | None, origin: str | None, **said: Any) -> None:
    """Say what publishing FILE would be answered; nothing is signed or written.

    FILE is a body, or an act in a file (jejak publish --act). Ends with 0 when nothing stands
    against it, 1 when a money rule is broken and the body gives no reason in its member
    "explanation", and 2 when it would be refused.
    """
    if origin and url is None:
        raise click.UsageError("--log belongs to --to URL")
    if url is not None:
        with closing(Server(url)) as server:
            made = _submission(file, said, origin or server.host, server)
            answer = server.check(made)
    else:
        log = deployment.open_log(run.settings(), run.kinds)
        made = _submission(file, said, log.origin, log)
        answer = _check_here(run, log, made)
    found = _view(answer)
    run.say(answer, list(check_lines(found)))
    sys.exit(_verdict(found, made))


def _submission(
    file: str, said: dict[str, Any], origin: str, registered: Server | Log
) -> Submission:
    """What the file holds. Raises UsageError where a body is not described."""
    if not any(said.values()):
        return _act(file)
    if not said["kind"] or not said["subject"] or not (said["org"] or said["key"]):
        raise click.UsageError("a body needs --kind, --subject, and --org or --key; an act nothing")
    with Path(file).open("rb") as read:
        raw = read.read(MAX_BODY + 1)
    org = said["org"] or _org_of(registered, said["key"])
    subject = percent_encode(said["subject"])
    return deployment.compose(
        origin, said["kind"], subject, org, raw, [], replaces=said["replaces"]
    )


def _act(file: str) -> Submission:
    try:
        return read_act(file)
    except Malformed as error:
        said = "say --kind, --subject, and --org or --key, if it is a body and no act"
        raise Malformed(error.message, said) from error


def _org_of(registered: Server | Log, named: str) -> str:
    """Whose key it is, as the server or the log says; the secret half is not opened."""
    key = read_public(Path(named))
    return registered.org_of(key.id) if isinstance(registered, Server) else org_of(registered, key)


def _check_here(run: Session, log: Log, made: Submission) -> Any:
    settings = run.settings()
    index = open_index(settings.index_url)
    Follower(log, index).run()
    asked = read_console_file(settings.folder / FILE)
    return msgspec.json.decode(
        check(site_of(log, index, settings), asked, format_publication(made)).body
    )


def _view(answer: Any) -> CheckView:
    try:
        return msgspec.convert(answer, CheckView)
    except msgspec.ValidationError as error:
        raise Malformed("the server answers in another form", "see that it is Jejak") from error


def _verdict(found: CheckView, made: Submission) -> int:
    """The exit code: refused, stopped by a rule without a reason given, or nothing against it."""
    if not found.acceptable:
        return InvalidInput.exit
    stopped = found.published is None and any(each.status == BROKEN for each in _rules(found))
    return VerificationError.exit if stopped and not _is_explained(made) else 0


def _is_explained(made: Submission) -> bool:
    said = parse_body(made.body)
    return isinstance(said, dict) and bool(said.get("explanation"))


def _rules(found: CheckView) -> list[RuleWarning]:
    """What the rules say of this entry, which would come behind all others."""
    return [each for each in found.warnings or () if max(each.entries, default=0) >= found.size]


def check_lines(found: CheckView) -> Iterator[str]:
    """The answer in lines, without control characters."""
    yield f"acceptable: {'yes' if found.acceptable else 'no'}"
    for each in found.refusals:
        yield f"refused: {plain(each.detail)}"
        if each.remedy:
            yield f"  what to do: {plain(each.remedy)}"
    if found.published is not None:
        yield f"published already: entry {found.published.index}"
    rules = _rules(found)
    yield from map(_rule_line, rules)
    yield from (f"mark: {plain(each)}" for each in found.marks or ())
    if any(each.status == BROKEN for each in rules):
        yield '  what to do: mend it, or give the reason in the body, as a member "explanation"'


def _rule_line(each: RuleWarning) -> str:
    said = [f"{plain(each.code)}: {plain(each.status)}, {plain(each.subject)}", plain(each.reason)]
    for figure in each.figures:
        money = figure.amount and f"{figure.amount.amount} {figure.amount.currency}"
        said.append(f"{plain(figure.name)} {plain(money or figure.text)}")
    return "; ".join(filter(None, said))


COMMANDS: dict[str, click.Command] = {"draft": draft}
