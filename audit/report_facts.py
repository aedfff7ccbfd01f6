"""What a report is written from, and the report. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.announcing import Announced
from audit.assertions import LogAddress, Section
from audit.contradictions import Contradiction
from audit.flags.flag import Outcome, Result
from audit.report import Report

FORMAT = "jejak/report/1"


@dataclass(frozen=True)
class Results:
    """What was computed of the first `size` entries, whose root is `root` (hex).

    `first` is where the period begins, where that is not the beginning of the log: what is newer is
    counted apart. `flagged` are results with that outcome; everything is in the order told.
    `earlier_size` is what a report made again had verified, `earlier_root` (hex) its root now.
    """

    size: int
    root: str
    first: int | None
    period: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, int]]
    contradictions: Sequence[Contradiction]
    disagreeing: Mapping[str, Mapping[str, int]]
    systems: Sequence[Mapping[str, str]]
    flagged: Sequence[Result]
    flags: Mapping[str, Mapping[Outcome, int]]
    new_flags: Mapping[str, int]
    samples: Sequence[Announced] = ()
    earlier_size: int = 0
    earlier_root: str = ""


@dataclass(frozen=True)
class Facts:
    """What was verified, with what software, and the results unless the evidence fails.

    `bounds` are the moments that the period goes from and up to, `asked` as they were given; `by`
    is whoever makes the report, as he calls himself.
    """

    place: LogAddress
    origin: str
    bounds: tuple[str, str]
    asked: tuple[str, str]
    verified: Report
    software: Mapping[str, Any]
    results: Results | None
    development: bool = False
    by: str = ""


@dataclass(frozen=True)
class AuditReport:
    """A report: `made` is when it was written, and the only thing in it that a clock decides."""

    made: str
    facts: Facts
    sections: tuple[Section, ...]

    @property
    def holds(self) -> bool:
        """Whether the evidence holds that all the rest stands on."""
        return self.facts.verified.holds and self.facts.results is not None

    def to_json(self) -> dict[str, Any]:
        """The report as `report.json` has it."""
        facts = self.facts
        return {
            "format": FORMAT,
            "made": self.made,
            "by": facts.by,
            "origin": facts.origin,
            "from": facts.bounds[0],
            "until": facts.bounds[1],
            "asked": list(facts.asked),
            "holds": self.holds,
            "pinned": facts.verified.pinned,
            "size": facts.results.size if facts.results else None,
            "root": facts.results.root if facts.results else None,
            "verified": facts.verified.to_json(),
            "software": dict(facts.software),
            "sections": [each.to_json() for each in self.sections],
        }
