"""What a report says: assertions, each with the command that reproduces it and what that prints.

An assertion's figures stand in the lines that its command prints, and each row of its table in one
of them: whoever runs the command reads the same there. Pure.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["fact", "holds", "fails"]


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or a word in Bahasa Indonesia and in English."""

    id: str
    en: str

    def to_json(self) -> dict[str, str]:
        """By language."""
        return {"id": self.id, "en": self.en}


@dataclass(frozen=True, slots=True)
class Named:
    """A value that stands behind its name (or before its word) in the line, shown by itself."""

    value: str
    line: str

    @classmethod
    def after(cls, name: str, value: object) -> Named:
        """As in `judged 304`."""
        return cls(str(value), f"{name} {value}")


Cell = str | Words | Named
"""A figure or name as the command prints it; or what explains it, which no command prints."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; each row stands in one line of what the command prints.

    `family` names the codes of the first column, where pages have words for them.
    """

    columns: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]
    family: str = ""

    def to_json(self) -> dict[str, Any]:
        """Headings and rows; what explains a row is by language."""
        return {
            "columns": [each.to_json() for each in self.columns],
            "rows": [[_cell_to_json(cell) for cell in row] for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Assertion:
    """A sentence with `{name}` for each of its values, and how to see that it is so.

    `prints` are lines of the command's output. Raises ValueError for a value, or a row, that none
    of them holds.
    """

    text: Words
    command: str
    prints: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    table: Table | None = None
    kind: Kind = "fact"

    def __post_init__(self) -> None:
        for value in self.values.values():
            if not any(holds(line, value) for line in self.prints):
                raise ValueError(f"no line of {self.command} holds {value}")
        for at, row in enumerate(self.table.rows if self.table else ()):
            # Most tables are given with their lines in the same order.
            if not row_line(row, self.prints[at : at + 1]) and not row_line(row, self.prints):
                raise ValueError(f"no line of {self.command} holds {row}")

    def sentence(self, language: str) -> str:
        """The sentence with its values."""
        text: str = getattr(self.text, language)
        return text.format(**self.values)

    def to_json(self) -> dict[str, Any]:
        """The assertion as the report's JSON has it."""
        told: dict[str, Any] = {
            "text": {"id": self.sentence("id"), "en": self.sentence("en")},
            "values": dict(self.values),
            "command": self.command,
            "prints": list(self.prints),
            "kind": self.kind,
        }
        return told if self.table is None else {**told, "table": self.table.to_json()}


@dataclass(frozen=True, slots=True)
class Section:
    """Statements under a title; `notes` say what they mean and state nothing about the log."""

    code: str
    title: Words
    assertions: tuple[Assertion, ...] = ()
    notes: tuple[Words, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The section as the report's JSON has it."""
        return {
            "code": self.code,
            "title": self.title.to_json(),
            "notes": [each.to_json() for each in self.notes],
            "statements": [each.to_json() for each in self.assertions],
        }


@dataclass(frozen=True, slots=True)
class LogAddress:
    """What an auditor has named: an own data folder, or where the files of a log are served.

    Commands name the same, so that they can be copied and run from anywhere.
    """

    folder: str | None = None
    where: str | None = None
    trust: str | None = None
    chains: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """What is audited, as the auditor named it."""
        return self.folder or str(self.where)

    def verify(self) -> str:
        """The command that verifies the log."""
        named = [] if self.folder else [str(self.where)]
        trust = ["--trust", self.trust] if self.trust else []
        chains = [word for each in self.chains for word in ("--chain", each)]
        return self._line(["verify", *named, *trust, *chains])

    def read(self, *words: str, at: int, first: int | None = None) -> str:
        """A command that reads the first entries."""
        of = [] if self.folder else ["--of", str(self.where)]
        new = [] if first is None else ["--new-from", str(first)]
        return self._line([*words, "--at", str(at), *new, *of])

    def _line(self, words: Sequence[str]) -> str:
        own = ["--data", self.folder] if self.folder else []
        return shlex.join(["jejak", *own, *words])


def holds(line: str, value: str) -> bool:
    """Whether a line holds a value by itself, not as a part of another word or number."""
    return re.search(rf"(?<![\w.]){re.escape(value)}(?![\w]|\.\w)", line) is not None


def row_line(row: Sequence[Cell], lines: Sequence[str]) -> str | None:
    """The first line that holds every figure of a row."""
    cells = [each.line if isinstance(each, Named) else each for each in row if each]
    return next(
        (
            line
            for line in lines
            if all(holds(line, cell) for cell in cells if isinstance(cell, str))
        ),
        None,
    )


def _cell_to_json(cell: Cell) -> Any:
    if isinstance(cell, Words):
        return cell.to_json()
    return cell.value if isinstance(cell, Named) else cell
