"""What a red flag is: code, version, what it judges, and the result it gives about each subject.

A flag is a fold in two steps, both pure. `observe` reads one contracting process and gives what the
flag needs of it; `conclude` turns all that was observed into results. A flag about single
processes has its results after the first step; one that compares (buyers, suppliers, prices) needs
the second. What was observed is small, so that a million processes pass through in flat memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

from audit.flags.statuses import OCDS_WORDS, StatusWords

Outcome = Literal["flagged", "clear", "not-computable"]
OUTCOMES: tuple[Outcome, ...] = ("flagged", "clear", "not-computable")
Scope = Literal[
    "process", "buyer", "procuring-entity", "tenderer", "buyer-and-supplier", "market", "line"
]

PLACES = 6


@dataclass(frozen=True, slots=True)
class Read:
    """An entry that a flag read: its index and leaf hash (hex)."""

    index: int
    leaf: str


@dataclass(frozen=True, slots=True)
class Process:
    """A contracting process: its compiled release and the entries that it was compiled from.

    `words` are the status words of its publisher.
    """

    ocid: str
    record: Mapping[str, Any]
    entries: tuple[Read, ...] = ()
    words: StatusWords = OCDS_WORDS


@dataclass(frozen=True, slots=True)
class Event:
    """What moved a budget line, in signed minor units, as procurement.index.LineEvent has it.

    `date` is that of the document (YYYY-MM-DD, or nothing), `at` the log's time of its entry.
    """

    kind: str
    amount: int
    index: int
    date: str = ""
    at: str = ""
    ocid: str | None = None
    contract: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line with the events that count, in their order, and the entries they stand in."""

    id: str
    org: str
    year: str
    currency: str
    appropriated: bool
    events: tuple[Event, ...]
    entries: tuple[Read, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Something computed or compared, by name: a decimal, a date, an id."""

    name: str
    value: str


class NotComputable(Exception):
    """A flag cannot be computed for a subject; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a flag is raised, its value, and the figures behind it."""

    raised: bool
    value: Fraction | None = None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a flag says of a subject.

    `value` is exact; `entries` are those of the subject, in order of index. Where the subject was
    compared with others, the figures say with how many and by which bounds.
    """

    code: str
    version: int
    scope: Scope
    subject: str
    outcome: Outcome
    value: Fraction | None = None
    figures: tuple[Figure, ...] = ()
    reason: str = ""
    entries: tuple[Read, ...] = ()

    def named_figures(self) -> dict[str, str]:
        """The figures by name; a name that comes again has a number after it."""
        named: dict[str, str] = {}
        times: Counter[str] = Counter()
        for figure in self.figures:
            times[figure.name] += 1
            number = times[figure.name]
            named[figure.name if number == 1 else f"{figure.name} {number}"] = figure.value
        return named

    def to_json(self) -> dict[str, Any]:
        """The result as JSON: fractions as decimals of six places."""
        return {
            "code": self.code,
            "version": self.version,
            "scope": self.scope,
            "subject": self.subject,
            "outcome": self.outcome,
            "value": None if self.value is None else decimal(self.value),
            "figures": self.named_figures(),
            "reason": self.reason,
            "entries": [{"index": each.index, "leaf": each.leaf} for each in self.entries],
        }


@dataclass(frozen=True, slots=True)
class Observation:
    """What a comparing flag needs of one process about one subject: numbers and names."""

    scope: Scope
    subject: str
    amounts: tuple[Fraction, ...]
    entries: tuple[Read, ...] = ()
    names: tuple[str, ...] = ()


class Flag(ABC):
    """A red flag with its settings, which are the fields of the dataclass that it is."""

    code: ClassVar[str]
    version: ClassVar[int]

    @property
    def about_lines(self) -> bool:
        """Whether it looks at budget lines."""
        return type(self).observe_line is not Flag.observe_line

    def observe(self, _process: Process, /) -> Iterator[Result | Observation]:
        """Results about this process alone, and what `conclude` will need of it."""
        return iter(())

    def observe_line(self, _line: Line, /) -> Iterator[Result | Observation]:
        """The same of a budget line; nothing unless the flag is about lines."""
        return iter(())

    def conclude(self, _observations: Iterable[Observation], /) -> Iterator[Result]:
        """Results of comparing what was observed; none unless the flag compares."""
        return iter(())

    def result(
        self, scope: Scope, subject: str, judged: Judgement, entries: Sequence[Read]
    ) -> Result:
        """The result of a judgement."""
        return Result(
            self.code,
            self.version,
            scope,
            subject,
            "flagged" if judged.raised else "clear",
            judged.value,
            judged.figures,
            entries=tuple(sorted(set(entries), key=lambda each: each.index)),
        )

    def unknown(self, scope: Scope, subject: str, why: str, entries: Sequence[Read]) -> Result:
        """The result `not-computable`, with its reason."""
        empty = self.result(scope, subject, Judgement(False), entries)
        return replace(empty, outcome="not-computable", reason=why)


class ProcessFlag(Flag):
    """A flag that judges each process by itself."""

    @abstractmethod
    def judge(self, process: Process) -> Judgement:
        """Whether it is raised. Raises NotComputable with what is missing."""

    def observe(self, process: Process, /) -> Iterator[Result | Observation]:
        """The one result about this process."""
        try:
            judged = self.judge(process)
        except NotComputable as error:
            yield self.unknown("process", process.ocid, str(error), process.entries)
        else:
            yield self.result("process", process.ocid, judged, process.entries)


class LineFlag(Flag):
    """A flag that judges each budget line by itself."""

    @abstractmethod
    def judge(self, line: Line) -> Judgement:
        """Whether it is raised. Raises NotComputable with what is missing."""

    def observe_line(self, line: Line, /) -> Iterator[Result | Observation]:
        """The one result about this line."""
        try:
            judged = self.judge(line)
        except NotComputable as error:
            yield self.unknown("line", line.id, str(error), line.entries)
        else:
            yield self.result("line", line.id, judged, line.entries)


def decimal(value: Fraction) -> str:
    """A fraction as a decimal of six places, rounded half to even, without trailing zeros."""
    scaled = round(value * 10**PLACES)
    digits = str(abs(scaled)).rjust(PLACES + 1, "0")
    text = f"{digits[:-PLACES]}.{digits[-PLACES:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
