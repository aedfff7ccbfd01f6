"""An audit report over a period: what holds, what was found, and what was not looked at.

The evidence is verified first, from the public tree; the rest is computed from a copy of that same
tree, whose recomputed root must be the one that was verified. Nothing is taken from the operator's
tables.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit import report_evidence, report_limits, report_period, report_results, report_samples
from audit.anchors import ChainReader
from audit.assertions import LogAddress, Section
from audit.disagreeing import contradiction_counts, contradictions_in, systems_in
from audit.drawing import draw_announced
from audit.finding_lists import findings_in, rule_counts
from audit.flag_commands import flag_counts, new_flags
from audit.flags.listed import flags_from
from audit.flags.running import raise_flags
from audit.gathering import gather, gather_lines
from audit.indexing import IndexedLog, log_copy, projected
from audit.period import contents, end_of, period_of, start_of
from audit.period_commands import software
from audit.report import Report
from audit.report_facts import AuditReport, Facts, Results
from audit.source import Source, shown_rows
from audit.verify import verify
from ledger.errors import BadProof, Malformed
from ledger.kinds import Kinds
from ledger.log import Log
from ledger.merkle import Edge
from ledger.note import MAX_NOTE, parse_checkpoint, parse_note
from ledger.trust import Trust


@dataclass(frozen=True)
class Engagement:
    """What is audited: where it is read, what was brought along, and how commands name it."""

    source: Source
    place: LogAddress
    kinds: Kinds
    trust: Trust | None = None
    chains: Sequence[ChainReader] = ()
    development: bool = False
    by: str = ""


@dataclass(frozen=True)
class Earlier:
    """A report that is made again: it told of the first `size` entries, and verified so many."""

    size: int
    verified: int


def make_report(
    audited: Engagement, start: str, end: str, made: str, again: Earlier | None = None
) -> AuditReport:
    """Verify, compute and write down; `start` and `end` are days or moments, `made` is now.

    With `again` it tells of no more entries than the earlier report did.

    Raises:
        Malformed: the period is out of form.
        BadProof: what was read for the results is not what was verified.
        Unavailable: the source or a chain does not answer.
    """
    bounds = start_of(start), end_of(end)
    if bounds[0] >= bounds[1]:
        raise Malformed(f"the period ends at {bounds[1]}, not after {bounds[0]}")
    report = verify(audited.source, audited.kinds, trust=audited.trust, chains=audited.chains)
    facts = Facts(
        audited.place,
        _origin(audited),
        bounds,
        (start, end),
        report,
        software(),
        _results(audited.source, report, bounds, again) if report.holds else None,
        audited.development,
        audited.by,
    )
    return AuditReport(made, facts, sections(facts))


def sections(facts: Facts) -> tuple[Section, ...]:
    """The sections of a report; of failed evidence those that need no results."""
    found = facts.results
    first = [report_evidence.evidence(facts)]
    if found is not None:
        first += [
            report_period.period(facts, found),
            report_results.contradictions(facts, found),
            report_results.rules(facts, found),
            report_results.flags(facts, found),
            report_samples.samples(facts, found),
            report_period.cases(facts, found),
            report_period.acts(facts, found),
            report_period.sources(facts, found),
        ]
    return (*first, report_limits.unchecked(facts), report_evidence.software(facts))


def _origin(audited: Engagement) -> str:
    if audited.trust is not None:
        return audited.trust.origin
    try:
        note = parse_note(audited.source.read("checkpoint", MAX_NOTE))
        return parse_checkpoint(note.text).origin
    except Malformed:
        return ""


def _results(
    source: Source, report: Report, bounds: tuple[str, str], again: Earlier | None
) -> Results:
    with log_copy(source, report.size) as (log, root):
        if root != report.root.hex():
            raise BadProof(
                "the entries read for the results are not those that were verified",
                "make the report again; if this remains, keep both copies as evidence",
            )
        most = again.size if again else log.size
        size = max(1, min(most, _before(log, bounds[1])))
        earlier = again.verified if again else 0
        root_then = _root_of(log, earlier)
        with projected(log, size) as indexed:
            found = _computed(indexed, source, bounds)
        # What a report made again could not draw yet is not drawn now either.
        rows = list(shown_rows(source, earlier or report.size))
        announced = draw_announced(log, found.period["samples"], rows)
        return replace(found, samples=announced, earlier_size=earlier, earlier_root=root_then)


def _root_of(log: Log, size: int) -> str:
    """The root (hex) of the first entries; "" where there are not as many."""
    if size > log.size:
        return ""
    edge = Edge()
    edge.extend(log.record(at).leaf_hash for at in range(size))
    return edge.root().hex()


def _before(log: Log, moment: str) -> int:
    """How many entries the log recorded before a moment: its times never go back."""
    return bisect_left(range(log.size), moment, key=lambda at: log.record(at).entry.at)


def _computed(indexed: IndexedLog, source: Source, bounds: tuple[str, str]) -> Results:
    period = period_of(indexed, *bounds)
    # Of a period that begins with the log, everything is new: it is not counted apart.
    first = period.first or None
    findings, flags = findings_in(indexed.index), list(flags_from({}))
    raised = list(raise_flags(flags, gather(indexed.index), gather_lines(indexed.index)))
    contradictions = list(contradictions_in(indexed.index))
    return Results(
        indexed.size,
        indexed.root,
        first,
        contents(indexed, period, shown_rows(source)),
        findings,
        rule_counts(indexed, findings, first),
        contradictions,
        contradiction_counts(contradictions, first),
        systems_in(indexed.index, contradictions),
        [each for each in raised if each.outcome == "flagged"],
        flag_counts(flags, raised),
        {} if first is None else new_flags(flags, raised, first),
    )


def checkpoint_of(source: Source) -> bytes:
    """The checkpoint to be kept beside a report. Raises NotFound, Malformed."""
    return source.read("checkpoint", MAX_NOTE)
