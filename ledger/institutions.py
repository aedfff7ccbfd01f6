"""Institutions as a tree: the checks before registrars sign one, and the order they are shown in.

The log itself takes whatever registrars sign; these checks spare them mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.acts import Institution
from ledger.errors import Conflict, Unacceptable
from ledger.registry import Registry

MAX_LEVELS = 32


def check_institution(registry: Registry, institution: Institution) -> None:
    """The parent is known and not below it, and nobody else holds its ocid prefixes.

    Raises Unacceptable, Conflict.
    """
    _check_parent(registry.institutions, institution)
    if len(set(institution.ocids)) != len(institution.ocids):
        raise Unacceptable("an ocid prefix is named twice")
    for prefix in institution.ocids:
        if not prefix:
            raise Unacceptable("an ocid prefix is empty: it would match nothing")
        holder = registry.prefixes.get(prefix, (institution.id,))[0]
        if holder != institution.id:
            raise Conflict(
                f"the ocid prefix {prefix!r} is that of {holder!r}",
                "record that institution without it first, or take a longer prefix",
            )


def _check_parent(known: Mapping[str, Institution], institution: Institution) -> None:
    parent, steps = institution.parent, 0
    while parent is not None:
        if parent == institution.id:
            raise Unacceptable(f"{institution.id!r} would stand below itself")
        if parent not in known:
            raise Unacceptable(f"the parent {parent!r} is not recorded", "record it first")
        steps += 1
        if steps >= MAX_LEVELS:
            raise Unacceptable(f"institutions nest in at most {MAX_LEVELS} levels")
        parent = known[parent].parent


def in_tree(known: Mapping[str, Institution]) -> Iterator[tuple[int, Institution]]:
    """Level (0 at the top) and institution, children below their parent, by id.

    One whose parent is not recorded, or that stands in a circle, is shown at the top.
    """
    children: dict[str | None, list[str]] = {}
    for each in sorted(known):
        parent = known[each].parent
        children.setdefault(parent if parent in known else None, []).append(each)
    shown: set[str] = set()
    for top in (*children.get(None, ()), *sorted(known)):
        waiting = [(0, top)]
        while waiting:
            level, each = waiting.pop()
            if each in shown:
                continue
            shown.add(each)
            yield level, known[each]
            waiting += [(level + 1, child) for child in reversed(children.get(each, []))]
