"""What the log recorded in a period: how much of which kind, by whom, and the acts of registrars.

The log's own time decides (`at`, UTC), from a moment on and before another one. What was corrected
or erased since is counted as of the entries that the projections hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import col, func, select

from audit.anchors import AnchorRow
from audit.announcing import announcements
from audit.indexing import IndexedLog
from ledger import store
from ledger.body import parse_body
from ledger.envelope import format_time, parse_time
from ledger.errors import Malformed
from procurement.case_states import OPEN_STATES
from procurement.cases import cases
from procurement.harvest import index_at
from procurement.index import EntrySummary

MAX_CASES = 10_000

_DAY = "%Y-%m-%d"
_PART = 2000


@dataclass(frozen=True)
class Period:
    """The entries `first` to `stop` - 1, recorded from `start` on and before `end`."""

    start: str
    end: str
    first: int
    stop: int

    @property
    def size(self) -> int:
        """How many entries."""
        return self.stop - self.first


def start_of(text: str) -> str:
    """A moment, or the first of a day, as envelopes write it. Raises Malformed."""
    return _day(text, 0) or format_time(parse_time(text))


def end_of(text: str) -> str:
    """A moment, or the first of the day after, as envelopes write it. Raises Malformed."""
    return _day(text, 1) or format_time(parse_time(text))


def period_of(indexed: IndexedLog, start: str, end: str) -> Period:
    """The entries of the projections within a period. Raises Malformed."""
    if start >= end:
        raise Malformed(f"the period ends at {end}, not after {start}")
    first, stop = (min(index_at(indexed.index, each), indexed.size) for each in (start, end))
    return Period(start, end, first, stop)


def contents(indexed: IndexedLog, period: Period, anchors: Iterable[AnchorRow]) -> dict[str, Any]:
    """What stands in a period, as `jejak period --json` prints it."""
    bounds = (period.first, period.stop - 1) if period.size else ()
    times = [indexed.log.record(at).entry.at for at in bounds]
    return {
        "from": period.start,
        "until": period.end,
        "count": period.size,
        "first": bounds[0] if bounds else None,
        "last": bounds[1] if bounds else None,
        "earliest": times[0] if times else None,
        "latest": times[1] if times else None,
        "kinds": _counts(indexed, period, col(EntrySummary.kind)),
        "organisations": _counts(indexed, period, col(EntrySummary.org)),
        **_fates(indexed, period),
        "acts": _acts(indexed, period),
        **_of_notes(indexed, period),
        "cases": _cases(indexed),
        "anchors": _anchors(indexed, period, anchors),
    }


def _day(text: str, after: int) -> str | None:
    try:
        day = datetime.strptime(text, _DAY).replace(tzinfo=UTC)
        return format_time(day + timedelta(days=after)) if len(text) == len("2026-01-01") else None
    except (ValueError, OverflowError):
        return None


def _within(period: Period) -> Any:
    return col(EntrySummary.index).between(period.first, period.stop - 1)


def _counts(indexed: IndexedLog, period: Period, column: Any) -> dict[str, int]:
    query = select(column, func.count()).where(_within(period)).group_by(column).order_by(column)
    with indexed.index.session() as opened:
        return {name: int(count) for name, count in opened.exec(query).all()}


def _fates(indexed: IndexedLog, period: Period) -> dict[str, Any]:
    """What corrects others, was corrected, erased, or copied; and the marks that entries bear."""
    parts: dict[str, Any] = {
        "corrections": col(EntrySummary.replaces).is_not(None),
        "corrected": col(EntrySummary.replaced_by).is_not(None),
        "erased": col(EntrySummary.erased),
        "copied": col(EntrySummary.copied),
    }
    found: dict[str, Any] = {}
    marks: Counter[str] = Counter()
    with indexed.index.session() as opened:
        for name, holds in parts.items():
            query = select(func.count()).select_from(EntrySummary).where(_within(period), holds)
            found[name] = int(opened.exec(query).one())
        for start in range(period.first, period.stop, _PART):
            part = Period("", "", start, min(start + _PART, period.stop))
            for row in opened.exec(select(EntrySummary.marks).where(_within(part))):
                marks.update(row)
    return {**found, "marks": dict(sorted(marks.items()))}


def _acts(indexed: IndexedLog, period: Period) -> list[dict[str, Any]]:
    rows = _rows(indexed, period, col(EntrySummary.kind).like("registry/%"))
    return [
        {
            "index": row.index,
            "at": row.at,
            "kind": row.kind,
            "subject": row.subject,
            "told": _told(row.kind, _body(indexed, row.index)),
        }
        for row in rows
    ]


_TOLD = {
    "registry/root": lambda body: (
        f"threshold {body['threshold']} of {len(body['keys'])} registrars"
    ),
    "registry/institution": lambda body: str(body["names"]["id"]),
    "registry/key": lambda body: ", ".join(
        [body["org"], body["office"], *body["roles"], f"for {' '.join(body['for'])}"]
    ),
    "registry/revocation": lambda body: f"{body['reason']}, not trusted from {body['effective']}",
    "registry/erasure": lambda body: str(body["legalBasis"]),
    "registry/anchor": lambda body: (
        f"chain {body['chainId']}, {body['contract']}, from size {body['fromSize']}"
    ),
}


def _told(kind: str, body: Any) -> str:
    """What an act says, in words of its own members."""
    return " ".join(_TOLD[kind](body).split()) if kind in _TOLD and body else ""


def _notes(indexed: IndexedLog, period: Period) -> Iterator[tuple[EntrySummary, dict[str, Any]]]:
    """The notes of a period whose bodies are there."""
    for row in _rows(indexed, period, col(EntrySummary.kind) == "note"):
        body = _body(indexed, row.index)
        if isinstance(body, dict):
            yield row, body


def _of_notes(indexed: IndexedLog, period: Period) -> dict[str, list[dict[str, Any]]]:
    """Files copied into the log, with how many entries their notes are about; samples announced."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    samples: list[dict[str, Any]] = []
    for row, body in _notes(indexed, period):
        named = {"index": row.index, "at": row.at, "org": row.org}
        samples += [{**named, **each} for each in announcements(str(body.get("text") or ""))]
        source = body.get("source")
        if isinstance(source, dict):
            own = (source["sha256"], source["url"], source["retrieved"])
            each = found.setdefault(own, {"entries": 0, "notes": []})
            each["entries"] += len(body["about"])
            each["notes"].append(row.index)
    sources = [
        {"sha256": sha256, "url": url, "retrieved": retrieved, **each}
        for (sha256, url, retrieved), each in found.items()
    ]
    return {"sources": sources, "samples": samples}


def _cases(indexed: IndexedLog) -> list[dict[str, Any]]:
    """Cases that are open as of the entries read, whenever they were opened; oldest first."""
    with store.reading(indexed.index.engine) as connection:
        found = cases(connection, states=OPEN_STATES, limit=MAX_CASES)
    return [
        {
            "index": each.index,
            "state": each.state,
            "since": each.since,
            "org": each.org,
            "text": each.text.get("en") or each.text.get("id", ""),
        }
        for each in reversed(found)
    ]


def _anchors(indexed: IndexedLog, period: Period, rows: Iterable[AnchorRow]) -> dict[str, Any]:
    """Anchors of the entries read whose blocks are of the period, and the longest time between."""
    times = sorted(
        row.time
        for row in rows
        if row.size <= indexed.size and period.start <= row.time < period.end
    )
    moments = [parse_time(each) for each in times]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    return {
        "count": len(times),
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
        "longest": int(max(gaps, default=timedelta(0)).total_seconds()),
    }


def _rows(indexed: IndexedLog, period: Period, holds: Any) -> Sequence[EntrySummary]:
    query = select(EntrySummary).where(_within(period), holds).order_by(col(EntrySummary.index))
    with indexed.index.session() as opened:
        return opened.exec(query).all()


def _body(indexed: IndexedLog, index: int) -> Any:
    raw = indexed.log.record(index).body
    return None if raw is None else parse_body(raw)
