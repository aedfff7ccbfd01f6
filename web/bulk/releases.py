"""Releases by the year in which the log recorded them: lines of JSON, and a table of the same rows.

A line is a release as published; line ends inside it, which JSON allows between tokens only, are
blanks there, and the table says so (`exact`). A part that is full never changes any more, unless
a body in it is erased under order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ledger.log import Log
from procurement.harvest import Listed, release_rows
from procurement.index import EntrySummary
from procurement.projections import Projections
from web.bulk import parquet
from web.bulk.writing import FULL, CsvZip, Draft, JsonLines, Rows, Written
from web.tables import Figure, figure

STEP = 500
FIELDS: tuple[tuple[str, type], ...] = (
    *(("line", int), ("index", int), ("recorded", str), ("ocid", str), ("releaseId", str)),
    *(("date", str), ("tag", str), ("org", str), ("owner", str), ("role", str)),
    *(("copied", bool), ("replaces", int), ("title", str), ("amount", str), ("currency", str)),
    *(("sha256", str), ("exact", bool)),
)
COLUMNS = tuple(name for name, _ in FIELDS)


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Releases of one year with indices from `first` to `last`; `full`: another part follows."""

    year: str
    number: int
    first: int
    last: int
    rows: int
    full: bool
    erased: int
    files: tuple[Written, ...]


@dataclass(frozen=True)
class Source:
    """Where releases are read, and where files are written."""

    log: Log
    index: Projections
    folder: Path

    def rows(self, first: int, last: int | None) -> Iterator[EntrySummary]:
        """Rows of releases from index `first` on, up to `last`."""
        after = first - 1
        while rows := release_rows(self.index, after, None if last is None else last + 1, STEP):
            yield from rows
            after = rows[-1].index


def write_parts(source: Source, known: Sequence[Part]) -> list[Part]:
    """The parts behind those that are known and full."""
    parts: list[Part] = []
    first = known[-1].last + 1 if known else 0
    while True:
        before = parts[-1] if parts else (known[-1] if known else None)
        part = write_part(source, first, None, before)
        if part is None:
            return parts
        parts.append(part)
        if not part.full:
            return parts
        first = part.last + 1


def write_part(source: Source, first: int, last: int | None, before: Part | None) -> Part | None:
    """One part from an index on: until it is full, its year ends, or `last` has been read."""
    rows = source.rows(first, last)
    row = next(rows, None)
    if row is None:
        return None
    year = row.at[:4]
    number = before.number + 1 if before and before.year == year else 1
    with ExitStack() as stack:
        writing = _Writing(source.folder, f"releases-{year}-{number:03d}", stack)
        following: EntrySummary | None = row
        while following is not None and following.at[:4] == year:
            if last is None and writing.is_full():
                break
            writing.take(following, source.log.record(following.index).body)
            following = next(rows, None)
    return writing.finish(year, number, first, full=following is not None or last is not None)


class _Writing:
    """The files of a part being written."""

    def __init__(self, folder: Path, stem: str, stack: ExitStack) -> None:
        self.lines = Draft(folder, f"{stem}.jsonl.gz", "jsonl")
        self.table = Draft(folder, f"{stem}.csv.zip", "csv")
        self.drafts = [self.lines, self.table]
        self._lines: Rows = JsonLines(self.lines.path)
        self._tables: list[Rows] = [CsvZip(self.table.path, f"{stem}.csv", COLUMNS)]
        self._parquet: Rows | None = None
        if parquet.is_available():
            draft = Draft(folder, f"{stem}.parquet", "parquet")
            self.drafts.append(draft)
            fields = (*FIELDS, ("release", str))
            self._parquet = parquet.Parquet(draft.path, fields)
        for each in (self._lines, *self._tables, self._parquet):
            if each is not None:
                stack.callback(each.close)
        self.rows, self.erased, self.last, self.at = 0, 0, 0, ""

    def is_full(self) -> bool:
        """Whether another release should stand in the next part."""
        return self.rows > 0 and max(self._lines.size, *(t.size for t in self._tables)) >= FULL

    def take(self, row: EntrySummary, body: bytes | None) -> None:
        """Add a release; one that was erased is counted."""
        self.last, self.at = row.index, row.at
        if body is None or row.erased:
            self.erased += 1
            return
        self.rows += 1
        line = body.replace(b"\r", b" ").replace(b"\n", b" ")
        self._lines.write([line])
        values = _values(self.rows, row, body, exact=line == body)
        for table in self._tables:
            table.write(values)
        if self._parquet is not None:
            plain = [str(each) if isinstance(each, Figure) else each for each in values]
            self._parquet.write([*plain, body.decode("utf-8")])

    def finish(self, year: str, number: int, first: int, *, full: bool) -> Part:
        """The part, its files in their places."""
        for draft in self.drafts:
            draft.rows = self.rows
        return Part(
            year=year,
            number=number,
            first=first,
            last=self.last,
            rows=self.rows,
            full=full,
            erased=self.erased,
            files=tuple(draft.finish(self.at) for draft in self.drafts),
        )


def _values(line: int, row: EntrySummary, body: bytes, *, exact: bool) -> list[Any]:
    """A row of the table: only what never changes of an entry."""
    tags = ";".join(Listed(row, body).tags())
    amount = figure(row.amount, row.currency)
    return [
        *(line, row.index, Figure(row.at), row.ocid, row.release_id, row.date, tags, row.org),
        *(row.owner, row.role, row.copied, row.replaces, row.title, amount, row.currency),
        *(Figure(row.body), exact),
    ]
