"""OCDS releases: what admission must know of one, and how those of a process become a record.

Releases are merged by ocdsmerge with the rules of OCDS 1.1, guarded where the data of the world
would mislead it: order is by the moment and not by the text of `date`, and an object without an
`id` is the same object when a later release repeats it, not another one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from ocdsmerge import CompiledRelease

from ledger.envelope import percent_encode
from ledger.errors import Unacceptable
from ledger.kinds import Kind, Meaning
from procurement.identifying import MISSING_ID, Faults, identify, is_id, take_ids_away
from procurement.schema import MERGE_RULES
from procurement.single import compile_single, single_record
from procurement.views import public_view, reading_view, withhold

__all__ = [
    "KINDS",
    "RELEASE",
    "Compiled",
    "Mark",
    "Published",
    "compile_beginnings",
    "compile_record",
    "implementation_part",
    "in_order",
    "parse_date",
    "public_view",
    "read_release",
    "reading_view",
    "withhold",
]

RELEASE = "ocds/release"

NOT_MERGED = "not-merged"

_DAY = len("2026-01-31")
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
# What ocdsmerge raises where the forms of releases contradict each other.
_CONTRADICTIONS = (TypeError, ValueError, KeyError, AttributeError, RecursionError)
_LONGEST = len("2026-01-31T12:00:00.123456789+07:00")
_FIRST = datetime.min.replace(tzinfo=UTC)


def read_release(body: Any) -> Meaning:
    """The subject of a parsed release: its ocid, percent-encoded. Raises Unacceptable."""
    if not isinstance(body, dict):
        raise Unacceptable("a release is a JSON object")
    ocid = body.get("ocid")
    if not isinstance(ocid, str):
        raise Unacceptable("a release has an 'ocid' that is a string")
    for name in ("id", "date", "tag"):
        if body.get(name) is None:
            raise Unacceptable(f"a release has {name!r}, which is not null")
    return Meaning(percent_encode(ocid))


KINDS: dict[str, Kind] = {
    RELEASE: Kind(frozenset({"procurement", "treasury", "importer"}), read_release)
}


@dataclass(frozen=True, slots=True)
class Published:
    """A parsed release at its place in the log; of a treasury only what it implements counts."""

    index: int
    release: Mapping[str, Any]
    treasury: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a reader should know of how entry `index` was merged, and where in it."""

    code: str
    index: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The record of a process: the merged release, the order of merging (indices), marks."""

    release: dict[str, Any]
    order: tuple[int, ...]
    marks: tuple[Mark, ...]


def parse_date(value: Any) -> datetime | None:
    """A date as publishers write it, in UTC; None where it is none.

    A date alone is its midnight, a time without zone is read as UTC.
    """
    return _moment(value) if isinstance(value, str) and len(value) <= _LONGEST else None


# A date is read whenever a process is, and its releases bear the same ones again and again.
@lru_cache(maxsize=10_000)
def _moment(value: str) -> datetime | None:
    if not _DATE.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_deadline(value: Any) -> datetime | None:
    """A date up to which something may be done, in UTC; None where it is none.

    A day alone ends at its midnight: 24:00 UTC, since no zone is written.
    """
    found = parse_date(value)
    if found is None or len(value) != _DAY:
        return found
    return min(found, _LAST_DAY) + timedelta(days=1)


def compile_record(releases: Iterable[Published]) -> Compiled:
    """Merge the releases of one ocid, by date and then by index.

    A release without a readable date keeps its place in the log, behind what was dated before it.
    A release that cannot be merged with those before it is left out with the mark `not-merged`.
    """
    listed = list(releases)
    if len(listed) == 1:
        single = _compile_single(listed[0])
        if single is not None:
            return single
    ordered = in_order(listed)
    marks: list[Mark] = []
    prepared = [(each.index, _prepare(each, marks)) for each in ordered]
    try:
        merged = _merge([view for _, view in prepared])
    except _CONTRADICTIONS:
        merged = _merge_what_fits(prepared, marks)
    return _compiled(merged, ordered, marks)


def compile_beginnings(releases: Iterable[Published], sizes: Collection[int]) -> list[Compiled]:
    """`compile_record` of the first releases in the order of merging, as many as each size says.

    In order of size. Each release is read and merged once, not again for every size.
    """
    ordered = in_order(releases)
    merged, marks, found = CompiledRelease(merge_rules=MERGE_RULES), list[Mark](), list[Compiled]()
    for size, each in enumerate(ordered[: max(sizes, default=0)], 1):
        try:
            merged.append(_prepare(each, marks))
            record = dict(merged.asdict()) if size in sizes and size > 1 else None
        except _CONTRADICTIONS:
            left = sorted(other for other in sizes if other >= size)
            return found + [compile_record(ordered[:other]) for other in left]
        if record is not None:
            found.append(_compiled(record, ordered[:size], marks))
        elif size in sizes:
            found.append(compile_record(ordered[:1]))
    return found


def _compiled(
    record: dict[str, Any], ordered: Sequence[Published], marks: Sequence[Mark]
) -> Compiled:
    if any(mark.code == MISSING_ID for mark in marks):
        take_ids_away(record)
    return Compiled(record, tuple(each.index for each in ordered), tuple(marks))


def _compile_single(each: Published) -> Compiled | None:
    """The record of a process of one release (most are); None where an id stands twice."""
    single = compile_single(_merged_part(each))
    if single is None:
        return None
    marks = [Mark(code, each.index) for code in single.marks]
    marks += [Mark(code, each.index, where) for code, where in single.faults]
    return Compiled(single.record, (each.index,), tuple(marks))


def _merged_part(each: Published) -> Mapping[str, Any]:
    return implementation_part(each.release) if each.treasury else each.release


def in_order(releases: Iterable[Published]) -> list[Published]:
    """Releases of one ocid in the order of merging; of each only `date` and `index` are read."""
    latest = _FIRST
    keyed = []
    for each in sorted(releases, key=lambda each: each.index):
        moment = parse_date(each.release.get("date")) or latest
        latest = max(latest, moment)
        keyed.append((moment, each.index, each))
    keyed.sort(key=lambda key: key[:2])
    return [each for _, _, each in keyed]


def _prepare(each: Published, marks: list[Mark]) -> dict[str, Any]:
    view, found = reading_view(_merged_part(each))
    marks.extend(Mark(code, each.index) for code in found)
    faults: Faults = {}
    identify(view, faults)
    marks.extend(Mark(code, each.index, where) for code, where in faults)
    return view


def _merge(views: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if len(views) == 1:
        return single_record(views[0])
    merged = CompiledRelease(merge_rules=MERGE_RULES)
    for view in views:
        merged.append(view)
    return dict(merged.asdict())


def _merge_what_fits(
    prepared: Sequence[tuple[int, dict[str, Any]]], marks: list[Mark]
) -> dict[str, Any]:
    """One by one, leaving out a release whose forms contradict those before it."""
    fitting: list[dict[str, Any]] = []
    merged: dict[str, Any] = {}
    for index, view in prepared:
        try:
            merged = _merge([*fitting, view])
        except _CONTRADICTIONS:
            marks.append(Mark(NOT_MERGED, index))
        else:
            fitting.append(view)
    return merged


def implementation_part(release: Mapping[str, Any]) -> dict[str, Any]:
    """What of a treasury's release is merged: `implementation` of contracts that have an id."""
    listed = release.get("contracts")
    contracts = [
        {"id": each["id"], "implementation": each["implementation"]}
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and is_id(each.get("id")) and each.get("implementation")
    ]
    part = {name: release[name] for name in ("ocid", "id", "date", "tag") if name in release}
    return {**part, "contracts": contracts}
