"""Releases merged member by member, as ocdsmerge does, without its detour over paths.

ocdsmerge writes every value under its path, the last release's in place of earlier ones, and makes
objects of the paths again. Here the objects are merged themselves, which gives the same record,
member for member and in the same order, in a third of the time. Where the forms of releases
contradict each other ocdsmerge is left to say what comes of it.

Source: OCDS 1.1.5, merging.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from procurement.identifying import all_objects
from procurement.schema.merging import MERGE_TREE, OMITTED

_NO_RULES: dict[str, Any] = {}


class Contradiction(Exception):
    """Two releases have values of different form in one place, or ids of different form."""


class _Members(dict[str, Any]):
    """The members of a merged object, in the order in which they first had a value."""

    def merge(self, value: dict[str, Any], rules: dict[str, Any]) -> None:
        """Take in what a later release says of the same object."""
        for name, inner in value.items():
            kind = type(inner)
            rule = rules.get(name, _NO_RULES)
            if rule is None or not (kind is dict or (kind is list and all_objects(inner))):
                self._set(name, inner)
            elif inner:
                held = self.get(name)
                merged: _Members | _Objects = _Members() if kind is dict else _Objects()
                if type(held) is type(merged):
                    held.merge(inner, rule)
                    continue
                if held is not None:
                    raise Contradiction
                merged.merge(inner, rule)
                if merged:
                    # What was null before begins to be here.
                    self.pop(name, None)
                    self[name] = merged

    def _set(self, name: str, value: Any) -> None:
        if type(self.get(name)) not in _MERGED:
            self[name] = value
        elif value is not None:
            raise Contradiction

    def plain(self) -> dict[str, Any]:
        """The object, without what is null at last."""
        return {
            name: value.plain() if type(value) in _MERGED else value
            for name, value in self.items()
            if value is not None
        }


class _Objects(dict[str, _Members]):
    """The objects of a merged array by their ids."""

    def merge(self, array: list[dict[str, Any]], rules: dict[str, Any]) -> None:
        """Take in the objects that a later release has in the same array."""
        for each in array:
            number = each.get("id")
            if type(number) is not str and type(number) is not int:
                raise Contradiction
            held = self.get(str(number))
            if held is None:
                held = self[str(number)] = _Members(id=number)
            elif type(held["id"]) is not type(number):
                raise Contradiction
            held.merge(each, rules)

    def plain(self) -> list[dict[str, Any]]:
        """The array."""
        return [each.plain() for each in self.values()]


_MERGED = (_Members, _Objects)


def merge(views: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The record of reading views in their order, whose objects have been identified.

    Raises Contradiction.
    """
    merged = _Members(tag=["compiled"])
    for view in views:
        ocid, date = view.get("ocid"), view.get("date")
        merged |= {"id": f"{ocid}-{date}", "date": date, "ocid": ocid}
        rest = {name: value for name, value in view.items() if name not in OMITTED}
        merged.merge(rest, MERGE_TREE)
    return merged.plain()
