"""What an audit found: checks with counts, failures with their place, remarks, what was left out.

Only a failed check makes the evidence fail; a remark is something a reader should know.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

MAX_FINDINGS = 100
"""Findings kept of each check; all are counted."""


SELF_CONSISTENT = "consistent with itself; only a trust file can say more"


@dataclass(frozen=True)
class Finding:
    """What is wrong, at the entry `index` or the anchor of `size`, where there is such a place.

    A hash high in the tree stands for `span` entries from `index` on.
    """

    what: str
    index: int | None = None
    size: int | None = None
    span: int = 1

    def narrowed(self, indices: Sequence[int]) -> Finding:
        """The finding at the first of these indices within its span, if there is one."""
        if self.span == 1 or self.index is None:
            return self
        at = bisect_left(indices, self.index)
        if at == len(indices) or indices[at] >= self.index + self.span:
            return self
        return replace(self, index=indices[at], span=1)

    @property
    def place(self) -> str:
        """` at entry 7`, ` at the anchor of size 512`, or nothing."""
        if self.index is not None:
            return f" at entry {self.index}"
        return "" if self.size is None else f" at the anchor of size {self.size}"

    def to_json(self) -> dict[str, Any]:
        """`index` and `what`; a finding about an anchor has `size` in place of `index`."""
        if self.size is not None:
            return {"size": self.size, "what": self.what}
        return {"index": self.index, "what": self.what}


@dataclass
class Check:
    """One check: how often it was made, how often it failed, the first findings and remarks."""

    name: str
    checked: int = 0
    failed: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarked: int = 0
    remarks: list[Finding] = field(default_factory=list)

    def hold(self, count: int = 1) -> None:
        """Count checks that hold."""
        self.checked += count

    def fail(
        self, what: str, index: int | None = None, *, size: int | None = None, span: int = 1
    ) -> None:
        """Count a check that fails, and keep it if it is among the first."""
        self.checked += 1
        self.failed += 1
        self.findings.append(Finding(what, index, size, span))
        if len(self.findings) > 2 * MAX_FINDINGS:
            self.settle()

    def remark(self, what: str, index: int | None = None, *, size: int | None = None) -> None:
        """Keep a remark; it fails nothing."""
        self.remarked += 1
        if len(self.remarks) < MAX_FINDINGS:
            self.remarks.append(Finding(what, index, size))

    def settle(self) -> None:
        """Put the findings in order of their place and keep the first."""
        self.findings.sort(key=_order)
        del self.findings[MAX_FINDINGS:]

    def to_json(self) -> dict[str, Any]:
        """The check as `jejak verify --json` prints it."""
        return {
            "name": self.name,
            "checked": self.checked,
            "failed": self.failed,
            "findings": [finding.to_json() for finding in self.findings],
        }

    @property
    def line(self) -> str:
        """One line for people: `signatures: 600 checked, 1 failed`."""
        if not self.checked:
            return f"{self.name}: not checked"
        verdict = f"{self.failed} failed" if self.failed else "all hold"
        first = f"; first{self.findings[0].place}: {self.findings[0].what}" if self.failed else ""
        return f"{self.name}: {self.checked} checked, {verdict}{first}"

    @property
    def remark_line(self) -> str | None:
        """How many remarks there are, and the first of them; None where there is none."""
        if not self.remarked:
            return None
        first = self.remarks[0]
        return f"remark, {self.name}: {self.remarked} like{first.place}: {first.what}"


@dataclass
class Report:
    """The outcome of `jejak verify` (`name` verify) or of `jejak check-receipt` (`receipt`).

    `basis` says what was pinned or taken from the operator; `unchecked` what was not looked at;
    `praise` is the verdict when nothing fails. `precedence` orders the names of the checks when two
    fail at one place: the cause comes first.
    """

    checks: Sequence[Check]
    name: str = "verify"
    pinned: bool = False
    basis: str = ""
    size: int = 0
    root: bytes = b""
    newest_independent_time: str | None = None
    unchecked: list[str] = field(default_factory=list)
    precedence: Sequence[str] = ()
    praise: str = "holds"

    @property
    def holds(self) -> bool:
        """Whether no check failed."""
        return not any(check.failed for check in self.checks)

    @property
    def exit(self) -> int:
        """The exit code: 0 holds, 1 the evidence fails."""
        return 0 if self.holds else 1

    def settle(self) -> Report:
        """Put every check's findings in order; what spans entries points at the one that fails."""
        for check in self.checks:
            check.settle()
        indices = sorted(
            {
                finding.index
                for check in self.checks
                for finding in check.findings
                if finding.index is not None and finding.span == 1
            }
        )
        for check in self.checks:
            check.findings = [finding.narrowed(indices) for finding in check.findings]
            check.settle()
        return self

    @property
    def first(self) -> Finding | None:
        """The failure that comes first in the log; of several at one place, the likely cause."""
        ranks = {name: rank for rank, name in enumerate(self.precedence)}
        found = [
            (_order(finding), ranks.get(check.name, len(ranks)), rank, finding)
            for rank, check in enumerate(self.checks)
            for finding in check.findings
        ]
        return min(found, key=lambda each: each[:3])[3] if found else None

    def to_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "holds": self.holds,
            "pinned": self.pinned,
            "size": self.size,
            "root": self.root.hex(),
            "newestIndependentTime": self.newest_independent_time,
            "checks": [check.to_json() for check in self.checks],
            "remarks": [
                {"check": check.name} | remark.to_json()
                for check in self.checks
                for remark in check.remarks
            ],
            "unchecked": list(self.unchecked),
        }

    def lines(self) -> Iterator[str]:
        """The report for people: what was pinned first, the verdict last."""
        yield self.basis
        remarks = (check.remark_line for check in self.checks)
        checks = (check.line for check in self.checks)
        yield from filter(None, (self.size_line, *checks, *remarks, self.time_line))
        for each in self.unchecked:
            yield f"not checked: {each}"
        yield self.verdict

    @property
    def size_line(self) -> str | None:
        """Of how many entries the log is, and their root; None where no root was recomputed."""
        return f"log: {self.size} entries, root {self.root.hex()}" if self.root else None

    @property
    def time_line(self) -> str | None:
        """When the chain says that all that is anchored existed; None where it was not asked."""
        time = self.newest_independent_time
        return None if time is None else f"newest independent time: {time}"

    @property
    def verdict(self) -> str:
        """`verify: holds`, or `verify: FAILS at entry N: what`."""
        first = self.first
        if first is None:
            return f"{self.name}: {self.praise}"
        return f"{self.name}: FAILS{first.place}: {first.what}"


def _order(finding: Finding) -> tuple[int, int]:
    """Entries by index, then anchors by size, then what has no place."""
    if finding.index is not None:
        return 0, finding.index
    return (2, 0) if finding.size is None else (1, finding.size)
