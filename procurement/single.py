"""The record of a process with one release, in one walk: what ocdsmerge would make of it.

Most processes have a single release. Nothing is merged then; the record is the release without
nulls and without objects and arrays that hold nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from procurement.identifying import GIVEN, MISSING_ID, Faults, all_objects, is_id
from procurement.schema.merging import MERGE_TREE, OMITTED
from procurement.views import copied, read_amount, shallow_view

_NO_RULES: dict[str, Any] = {}


@dataclass
class Single:
    """The record, marks of what was read kindly, and arrays with objects that have no id."""

    record: dict[str, Any] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=dict)


def compile_single(release: Mapping[str, Any]) -> Single | None:
    """The record of a single parsed release, which shares no array or object with it.

    None when two objects of an array have one id: these are merged with each other first.
    """
    found = _Walk()
    found.record = found.whole(shallow_view(release, found.marks))
    return None if found.repeated else found


def single_record(view: dict[str, Any]) -> dict[str, Any]:
    """The record of a reading view whose objects have been identified."""
    return _Walk().whole(view)


class _Walk(Single):
    """A walk down a release; `repeated`: two objects of an array have one id."""

    repeated = False

    def whole(self, view: dict[str, Any]) -> dict[str, Any]:
        """The record of a release."""
        omitted = {name: copied(view.get(name), self.marks) for name in OMITTED}
        head = {
            "tag": ["compiled"],
            "id": f"{view.get('ocid')}-{omitted['date']}",
            "date": omitted["date"],
            "ocid": view.get("ocid"),
        }
        rest = {name: value for name, value in view.items() if name not in OMITTED}
        kept = self.members(rest, MERGE_TREE, "")
        return {name: value for name, value in head.items() if value is not None} | kept

    def members(self, value: dict[str, Any], rules: dict[str, Any], path: str) -> dict[str, Any]:
        """The members that merging keeps; `path` is that of the object, with a dot behind it."""
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            kind = type(inner)
            if kind is dict or kind is list:
                rule = rules.get(name, _NO_RULES)
                if rule is None:
                    kept[name] = copied(inner, self.marks)
                elif kind is list:
                    self._keep_array(kept, name, inner, rule, path)
                else:
                    below = self.members(inner, rule, f"{path}{name}.")
                    # An object of nulls only is kept, as an empty one.
                    if below or None in inner.values():
                        kept[name] = below
            elif inner is not None:
                kept[name] = inner
        if path and type(kept.get("amount")) is str:
            read_amount(kept, self.marks)
        return kept

    def _keep_array(
        self, kept: dict[str, Any], name: str, array: list[Any], rules: dict[str, Any], path: str
    ) -> None:
        if not all_objects(array):
            kept[name] = copied(array, self.marks)
        elif array:
            below = f"{path}{name}."
            objects = kept[name] = [self.members(each, rules, below) for each in array]
            self._identify(objects, path + name)

    def _identify(self, objects: list[dict[str, Any]], where: str) -> None:
        """Note which objects of an array cannot be told apart by their ids."""
        seen: set[str] = set()
        for each in objects:
            number = each.get("id")
            if type(number) is str and number[:1] != GIVEN:
                seen.add(number)
            elif is_id(number):
                seen.add(str(number))
            else:
                each.pop("id", None)
                self.faults[MISSING_ID, where] = None
                seen.add(f"{GIVEN}{len(seen)}")
        self.repeated = self.repeated or len(seen) < len(objects)
