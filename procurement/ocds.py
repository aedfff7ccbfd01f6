"""OCDS releases: what admission must know of one, and how those of a process become a record.

Releases are merged by ocdsmerge with the rules of OCDS 1.1, guarded where the data of the world
would mislead it: order is by the moment and not by the text of `date`, and an object without an
`id` is the same object when a later release repeats it, not another one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ocdsmerge import CompiledRelease

from ledger.envelope import percent_encode
from ledger.errors import Unacceptable
from ledger.kinds import Kind, Meaning
from procurement.schema import MERGE_RULES
from procurement.views import public_view, reading_view, withhold

__all__ = [
    "KINDS",
    "RELEASE",
    "Compiled",
    "Mark",
    "Published",
    "compile_record",
    "implementation_part",
    "parse_date",
    "public_view",
    "read_release",
    "reading_view",
    "withhold",
]

RELEASE = "ocds/release"

DUPLICATE_ID = "duplicate-id"
MISSING_ID = "missing-id"
NOT_MERGED = "not-merged"

_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
# Given to objects without an id while they are merged, and taken away again.
_GIVEN = "\0"
_CONTAINERS = (dict, list)
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


@dataclass(frozen=True)
class Published:
    """A parsed release at its place in the log; of a treasury only what it implements counts."""

    index: int
    release: Mapping[str, Any]
    treasury: bool = False


@dataclass(frozen=True)
class Mark:
    """Something a reader should know of how entry `index` was merged, and where in it."""

    code: str
    index: int
    where: str = ""


@dataclass(frozen=True)
class Compiled:
    """The record of a process: the merged release, the order of merging (indices), marks."""

    release: dict[str, Any]
    order: tuple[int, ...]
    marks: tuple[Mark, ...]


def parse_date(value: Any) -> datetime | None:
    """A date as publishers write it, in UTC; None where it is none.

    A date alone is its midnight, a time without zone is read as UTC.
    """
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def compile_record(releases: Iterable[Published]) -> Compiled:
    """Merge the releases of one ocid, by date and then by index.

    A release without a readable date keeps its place in the log, behind what was dated before it.
    A release that cannot be merged with those before it is left out with the mark `not-merged`.
    """
    ordered = _in_order(releases)
    marks: list[Mark] = []
    prepared = [(each.index, _prepare(each, marks)) for each in ordered]
    try:
        merged = _merge([view for _, view in prepared])
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        merged = _merge_what_fits(prepared, marks)
    if any(mark.code == MISSING_ID for mark in marks):
        _take_ids_away(merged)
    return Compiled(merged, tuple(each.index for each in ordered), tuple(marks))


def _in_order(releases: Iterable[Published]) -> list[Published]:
    latest = _FIRST
    keyed = []
    for each in sorted(releases, key=lambda each: each.index):
        moment = parse_date(each.release.get("date")) or latest
        latest = max(latest, moment)
        keyed.append((moment, each.index, each))
    keyed.sort(key=lambda key: key[:2])
    return [each for _, _, each in keyed]


def _prepare(each: Published, marks: list[Mark]) -> dict[str, Any]:
    view, found = reading_view(implementation_part(each.release) if each.treasury else each.release)
    marks.extend(Mark(code, each.index) for code in found)
    faults: dict[tuple[str, str], None] = {}
    _identify(view, (), faults)
    marks.extend(Mark(code, each.index, where) for code, where in faults)
    return view


def _merge(views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if len(views) == 1:
        return _merge_one(views[0])
    merged = CompiledRelease(merge_rules=MERGE_RULES)
    for view in views:
        merged.append(view)
    return dict(merged.asdict())


def _merge_one(view: Mapping[str, Any]) -> dict[str, Any]:
    """What ocdsmerge makes of a single release, without its detour over paths (most are single)."""
    merged = {
        "tag": ["compiled"],
        "id": f"{view.get('ocid')}-{view.get('date')}",
        "date": view.get("date"),
        "ocid": view.get("ocid"),
    }
    return {name: value for name, value in merged.items() if value is not None} | _kept(view, ())


def _kept(value: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The members that merging keeps: no nulls, no objects or arrays with nothing in them."""
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        kind = type(inner)
        if kind in _CONTAINERS and (*path, name) not in MERGE_RULES:
            if kind is dict:
                below = _kept(inner, (*path, name))
                # An object of nulls only is kept, as an empty one.
                if below or _has_null(inner):
                    kept[name] = below
            elif not _all_objects(inner):
                kept[name] = inner
            elif inner:
                kept[name] = [_kept(each, (*path, name)) for each in inner]
        elif inner is not None and (path or (name,) not in MERGE_RULES):
            kept[name] = inner
    return kept


def _has_null(value: Mapping[str, Any]) -> bool:
    return any(each is None for each in value.values())


def _merge_what_fits(
    prepared: Sequence[tuple[int, dict[str, Any]]], marks: list[Mark]
) -> dict[str, Any]:
    """One by one, leaving out a release whose forms contradict those before it."""
    fitting: list[dict[str, Any]] = []
    merged: dict[str, Any] = {}
    for index, view in prepared:
        try:
            merged = _merge([*fitting, view])
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
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
        if isinstance(each, dict) and _is_id(each.get("id")) and each.get("implementation")
    ]
    part = {name: release[name] for name in ("ocid", "id", "date", "tag") if name in release}
    return {**part, "contracts": contracts}


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return not value.startswith(_GIVEN)
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _identify(
    value: dict[str, Any], path: tuple[str, ...], faults: dict[tuple[str, str], None]
) -> None:
    """Give every object of an array an id, and let each id stand once in its array.

    ocdsmerge would add objects without id anew with every release. Here equal objects are one,
    the second of two equal ones in one array is a second one, and a changed one is another.
    """
    for name, inner in value.items():
        if type(inner) not in _CONTAINERS or (*path, name) in MERGE_RULES:
            continue
        below = (*path, name)
        if type(inner) is dict:
            _identify(inner, below, faults)
        elif inner and _all_objects(inner):
            for each in inner:
                _identify(each, below, faults)
            value[name] = _identified(inner, ".".join(below), faults)


def _all_objects(array: list[Any]) -> bool:
    return all(type(each) is dict for each in array)


def _identified(
    objects: list[dict[str, Any]], where: str, faults: dict[tuple[str, str], None]
) -> list[dict[str, Any]]:
    repetitions: dict[str, int] = {}
    for each in objects:
        if not _is_id(each.get("id")):
            each.pop("id", None)
            content = _content(each)
            repetitions[content] = repetitions.get(content, 0) + 1
            each["id"] = f"{_GIVEN}{repetitions[content]}:{content}"
            faults[MISSING_ID, where] = None
    unique = _unique(objects)
    if len(unique) < len(objects):
        faults[DUPLICATE_ID, where] = None
    return unique


def _unique(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Objects of one id made one, as OCDS merges them: what comes later holds."""
    found: dict[str, dict[str, Any]] = {}
    for each in objects:
        known = found.setdefault(str(each["id"]), each)
        if known is not each:
            _absorb(known, each)
    return list(found.values())


def _absorb(known: dict[str, Any], later: dict[str, Any]) -> None:
    for name, value in later.items():
        held = known.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _absorb(held, value)
        elif _have_ids(held) and _have_ids(value):
            known[name] = _unique([*known[name], *value])
        elif name != "id":
            known[name] = value


def _have_ids(array: Any) -> bool:
    return isinstance(array, list) and all(type(each) is dict and "id" in each for each in array)


def _content(value: Any) -> str:
    return hashlib.sha256(repr(_comparable(value)).encode("utf-8", "replace")).hexdigest()


def _comparable(value: Any) -> Any:
    """A value whose repr is the same for equal content: 550000 is 550000.00."""
    if isinstance(value, dict):
        return {name: _comparable(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return value


def _take_ids_away(value: Any) -> None:
    if type(value) is list:
        for each in value:
            _take_ids_away(each)
    elif type(value) is dict:
        given = value.get("id")
        if type(given) is str and given.startswith(_GIVEN):
            del value["id"]
        for inner in value.values():
            if type(inner) in _CONTAINERS:
                _take_ids_away(inner)
