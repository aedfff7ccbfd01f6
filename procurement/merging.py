"""Releases of one process merged one after the other, each in one walk: as ocdsmerge merges them.

ocdsmerge takes every release apart into paths and builds the record anew from all of them. Here
the record grows in place. Where the forms of releases contradict each other, or one id is written
in two ways, this gives up, and ocdsmerge says what becomes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procurement.identifying import GIVEN, Faults, all_objects, identify
from procurement.schema.merging import MERGE_TREE, OMITTED
from procurement.views import copied, read_amount, reading_view, shallow_view

_NO_RULES: dict[str, Any] = {}
_CONTAINERS = (dict, list)


class Contradiction(Exception):
    """Releases that only ocdsmerge can merge."""


class Merging:
    """A record that grows by one release after the other; it shares nothing with them.

    `marks` and `faults` are of the release appended last: what was read kindly, and arrays with
    objects that cannot be told apart by their ids. Objects without an id have a given one
    (procurement.identifying).
    """

    def __init__(self) -> None:
        self.marks: set[str] = set()
        self.faults: Faults = {}
        # With nulls: the place of a member is where it was named first.
        self._grown: dict[str, Any] = {"tag": ["compiled"], "id": None, "date": None, "ocid": None}
        # The objects by id of each array that is merged, by identity of the array.
        self._objects: dict[int, dict[str, dict[str, Any]]] = {}
        self._are_identified = False

    def append(self, release: Mapping[str, Any]) -> None:
        """Merge a parsed release. Raises Contradiction; then nothing more can be done with this."""
        self.marks, self.faults = set(), {}
        view = shallow_view(release, self.marks)
        # Parties gathered from references share objects with them, which ids met twice change.
        gathered = view.get("parties") is not release.get("parties")
        if gathered:
            view, found = reading_view(release)
            self.marks.update(found)
            identify(view, self.faults)
        self._append(view, gathered)

    def _append(self, view: dict[str, Any], are_identified: bool) -> None:
        omitted = {name: copied(view.get(name), self.marks) for name in OMITTED}
        ocid, date = view.get("ocid"), omitted["date"]
        self._grown.update(id=f"{ocid}-{date}", date=date, ocid=ocid)
        rest = {name: value for name, value in view.items() if name not in OMITTED}
        self._are_identified = are_identified
        self._members(self._grown, rest, MERGE_TREE, "")
        self._are_identified = False

    def record(self) -> dict[str, Any]:
        """The record as it is now; arrays that are replaced whole are shared with later ones."""
        return self._without_nulls(self._grown, MERGE_TREE)

    def _members(
        self, grown: dict[str, Any], value: dict[str, Any], rules: dict[str, Any], path: str
    ) -> None:
        """Merge the members of an object; `path` is that of the object, with a dot behind it."""
        for name, inner in value.items():
            kind = type(inner)
            if kind is dict or kind is list:
                rule = rules.get(name, _NO_RULES)
                if rule is None:
                    grown[name] = copied(inner, self.marks)
                elif kind is dict:
                    self._object(grown, name, inner, rule, f"{path}{name}.")
                elif not all_objects(inner):
                    self._value(grown, name, copied(inner, self.marks), rules)
                elif inner:
                    self._array(grown, name, inner, rules, path)
            elif type(grown.get(name)) in _CONTAINERS:
                self._value(grown, name, inner, rules)
            else:
                grown[name] = inner
        if path and type(grown.get("amount")) is str:
            read_amount(grown, self.marks)

    def _value(self, grown: dict[str, Any], name: str, value: Any, rules: dict[str, Any]) -> None:
        """A value that replaces what was there, but not an object or an array of objects."""
        held = grown.get(name)
        kind = type(held)
        merged = kind is dict or (kind is list and id(held) in self._objects)
        if not merged or rules.get(name, _NO_RULES) is None:
            grown[name] = value
        elif value is not None:
            raise Contradiction

    def _object(
        self,
        grown: dict[str, Any],
        name: str,
        value: dict[str, Any],
        rules: dict[str, Any],
        path: str,
    ) -> None:
        held = grown.get(name)
        if type(held) is dict:
            self._members(held, value, rules, path)
        elif held is not None:
            raise Contradiction
        else:
            below: dict[str, Any] = {}
            self._members(below, value, rules, path)
            if below:
                grown.pop(name, None)
                grown[name] = below

    def _array(
        self,
        grown: dict[str, Any],
        name: str,
        array: list[dict[str, Any]],
        rules: dict[str, Any],
        path: str,
    ) -> None:
        known = self._known(grown, name)
        below, rule = f"{path}{name}.", rules.get(name, _NO_RULES)
        if self._are_identified or _has_ids(array):
            self._objects_of(grown[name], known, array, rule, below)
            return
        own = {name: copied(array, self.marks)}
        identify(own, self.faults, rules, (path[:-1],) if path else ())
        self._are_identified = True
        self._objects_of(grown[name], known, own[name], rule, below)
        self._are_identified = False

    def _known(self, grown: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
        """The objects by id of an array, which is made if there is none."""
        held = grown.get(name)
        if held is None:
            grown.pop(name, None)
            made: list[Any] = []
            grown[name] = made
            return self._objects.setdefault(id(made), {})
        known = self._objects.get(id(held)) if type(held) is list else None
        if known is None:
            raise Contradiction
        return known

    def _objects_of(
        self,
        array: list[dict[str, Any]],
        known: dict[str, dict[str, Any]],
        objects: list[dict[str, Any]],
        rules: dict[str, Any],
        path: str,
    ) -> None:
        for each in objects:
            number = each["id"]
            if type(number) is Decimal:
                raise Contradiction
            grown = known.get(str(number))
            if grown is None:
                grown = known[str(number)] = {"id": number}
                array.append(grown)
            elif type(grown["id"]) is not type(number):
                raise Contradiction
            self._members(grown, each, rules, path)

    def _without_nulls(self, value: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            kind = type(inner)
            if kind is dict or (kind is list and id(inner) in self._objects):
                rule = rules.get(name, _NO_RULES)
                if rule is None:
                    kept[name] = inner
                elif kind is dict:
                    kept[name] = self._without_nulls(inner, rule)
                else:
                    kept[name] = [self._without_nulls(each, rule) for each in inner]
            elif inner is not None:
                kept[name] = inner
        return kept


def _has_ids(array: list[dict[str, Any]]) -> bool:
    """Whether each object has an id of its own, which is no fraction."""
    seen = set()
    for each in array:
        number = each.get("id")
        if isinstance(number, str) and number[:1] != GIVEN:
            seen.add(number)
        elif type(number) is int:
            seen.add(str(number))
        else:
            return False
    return len(seen) == len(array)
