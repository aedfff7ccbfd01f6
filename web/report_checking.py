"""`jejak report --check`: a report made again from the log, its signature, and what differs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from audit.indexing import log_copy
from audit.printable import printable
from audit.report_check import Compared, Difference, compare_reports, parse_report, place_of
from audit.report_facts import AuditReport
from audit.report_note import FILE, signer_of, verify_report
from audit.reporting import Earlier, Engagement, make_report
from ledger.cli import Session
from ledger.errors import BadSignature, JejakError, NotAuthorised, NotFound
from ledger.keys import PublicKey
from ledger.note import MAX_NOTE
from ledger.publicfile import MAX_FILE, parse_public_file
from web.privacy import without_contacts

_MOST = 500
"""Characters shown of a line that differs."""


def report_members(report: AuditReport) -> dict[str, Any]:
    """The members of `report.json`: nothing of a person is handed on."""
    told: dict[str, Any] = without_contacts(report.to_json())
    return told


def check_report(run: Session, audited: Engagement, file: Path, signer: str | None) -> None:
    """Make a report again and say what is another now; exits with 1 where something is.

    Raises Malformed, BadProof, Unavailable.
    """
    raw = file.read_bytes()
    told = parse_report(raw)
    again = Earlier(told["size"] or 0, told["verified"]["size"])
    audited = replace(audited, place=place_of(told), by=told["by"])
    start, end = told["asked"]
    made = make_report(audited, start, end, told["made"], again)
    found = compare_reports(
        told, json.loads(json.dumps(report_members(made))), _extends(told, made)
    )
    signed, amiss = _signature(audited, file, raw, told["origin"], signer)
    _tell(run, found, signed, amiss=amiss)
    if amiss or found.differing:
        sys.exit(1)


def _extends(told: dict[str, Any], made: AuditReport) -> bool:
    """Whether the log goes on from all that the report has verified."""
    now, results = made.facts.verified, made.facts.results
    grew = now.holds and results is not None and now.size >= told["verified"]["size"]
    return bool(grew and results and results.earlier_root == told["verified"].get("root"))


def _signature(
    audited: Engagement, file: Path, raw: bytes, origin: str, signer: str | None
) -> tuple[str, bool]:
    """Who has signed the report, and whether that is amiss."""
    path = file.parent / FILE
    if not path.is_file():
        return ("none, but one was asked for", True) if signer else ("none", False)
    try:
        with path.open("rb") as opened:
            note = opened.read(MAX_NOTE + 1)
        key, whose = _named(Path(signer)) if signer else _enrolled(audited, signer_of(note))
        verify_report(note, raw, origin, key)
    except JejakError as error:
        return printable(f"FAILS: {error.message}"), True
    return printable(f"by {whose}, key {key.id}"), False


def _named(file: Path) -> tuple[PublicKey, str]:
    with file.open("rb") as opened:
        return parse_public_file(opened.read(MAX_FILE + 1)), file.name


def _enrolled(audited: Engagement, key: str) -> tuple[PublicKey, str]:
    """The key of this id as the log enrols it, and whose it is. Raises BadSignature."""
    try:
        with log_copy(audited.source) as (log, _):
            registry = log.registry()
            found = registry.key(key)
    except (NotAuthorised, NotFound) as error:
        raise BadSignature(
            f"the log enrols no key {key[:16]}", "name the key that must have signed: --signed-by"
        ) from error
    enrolment = registry.enrolments.get(key)
    whose = f"{enrolment.office}, {enrolment.org}" if enrolment else "a registrar"
    return found, whose + (", revoked since" if key in registry.revoked else "")


def _tell(run: Session, found: Compared, signed: str, *, amiss: bool) -> None:
    counts = {"same": found.same, "grown": found.grown, "differing": len(found.differing)}
    holds = not amiss and not found.differing
    told = {
        "holds": holds,
        **counts,
        "signature": signed,
        "differences": [asdict(each) for each in found.differing],
    }
    lines = [line for each in found.differing for line in _lines(each)]
    lines += [f"signature: {signed}"]
    lines += [f"statements: {', '.join(f'{name} {count}' for name, count in counts.items())}"]
    verdict = "holds" if holds else "FAILS"
    run.say(told, [*lines, f"report: {verdict}"])


def _lines(each: Difference) -> list[str]:
    said = [
        f"differs: {each.where}: {each.text}".rstrip(": "),
        *([f"  {each.command}"] if each.command else []),
        *(f"  the report says: {line}" for line in each.says),
        *(f"  the log says: {line}" for line in each.finds),
    ]
    return [printable(line if len(line) <= _MOST else f"{line[:_MOST]}…") for line in said]
