"""The commands of what disagrees: findings of the money rules, and contradictions of processes.

Both say the same of the first `--at` entries whenever they are asked, as `jejak flags` does.
"""

from __future__ import annotations

import click

from audit.contradiction_lines import contradiction_line, contradiction_total, systems_line
from audit.contradictions import CODES as CONTRADICTIONS
from audit.disagreeing import contradiction_counts, contradictions_in, systems_in
from audit.finding_lines import count_line, finding_line, reason_counts, reason_line
from audit.finding_lists import findings_in, rule_counts
from audit.indexing import at_option, extent_lines, indexed_at, new_from_option, of_option
from ledger.cli import Session, session
from ledger.errors import NotFound
from procurement.rules import CODES as RULES


@click.command("findings")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only findings about this process, contract, line or payment.")
@at_option
@of_option
@new_from_option
@session
def findings_command(
    run: Session,
    codes: tuple[str, ...],
    subject: str | None,
    size: int | None,
    where: str | None,
    first: int | None,
) -> None:
    """The money rules CODES (all without) that are broken or cannot be computed."""
    _known(codes, RULES, "money rule")
    with indexed_at(run, size, where) as indexed:
        found = findings_in(indexed.index)
        counts = {} if subject else rule_counts(indexed, found, first)
        told = indexed.told()
    shown = [
        each
        for each in found
        if (not codes or each["code"] in codes) and subject in (None, each["subject"])
    ]
    counts = {code: each for code, each in counts.items() if not codes or code in codes}
    reasons = {} if subject else reason_counts(shown)
    lines = [
        *map(finding_line, shown),
        *(reason_line(code, *each) for code, why in reasons.items() for each in why.items()),
        *(count_line(code, each, first) for code, each in counts.items()),
    ]
    said = {**told, "counts": counts, "reasons": reasons, "results": shown}
    run.say(said, [*lines, *extent_lines(told)])


@click.command("contradictions")
@click.argument("codes", nargs=-1)
@click.option("--subject", help="Only those of this process.")
@at_option
@of_option
@new_from_option
@session
def contradictions_command(
    run: Session,
    codes: tuple[str, ...],
    subject: str | None,
    size: int | None,
    where: str | None,
    first: int | None,
) -> None:
    """Where plan, tender, contract and payments of a process disagree: CODES, or all."""
    _known(codes, CONTRADICTIONS, "contradiction")
    with indexed_at(run, size, where) as indexed:
        found = [
            each
            for each in contradictions_in(indexed.index)
            if (not codes or each.code in codes) and subject in (None, each.ocid)
        ]
        systems = systems_in(indexed.index, found)
        told = indexed.told()
    chosen = [code for code in CONTRADICTIONS if not codes or code in codes]
    counts = contradiction_counts(found, first, chosen)
    lines = [*map(contradiction_line, found), *map(systems_line, systems)]
    lines += [contradiction_total(code, each, first) for code, each in counts.items()]
    results = [each.to_json() for each in found]
    said = {**told, "counts": counts, "processes": systems, "results": results}
    run.say(said, [*lines, *extent_lines(told)])


def _known(codes: tuple[str, ...], all_codes: tuple[str, ...], what: str) -> None:
    if unknown := set(codes) - set(all_codes):
        told = f"there is no {what} {min(unknown)[:40]}"
        raise NotFound(told, f"name one of {', '.join(all_codes)}")


COMMANDS: dict[str, click.Command] = {
    "findings": findings_command,
    "contradictions": contradictions_command,
}
