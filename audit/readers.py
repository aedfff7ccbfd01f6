"""Groups of a tree read by whatever processes there are, a few ahead of what is judged.

Signatures are verified with the keys known when a group is handed over; those whose keys are
enrolled later, or otherwise, are left to whoever judges them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import msgspec

from audit.files import Mark
from audit.reading import (
    EntryRead,
    GroupRead,
    RawGroup,
    read_body,
    read_group,
    read_packed,
    unpack_read,
)
from audit.tree import Group, Tree
from ledger.errors import NotAuthorised
from ledger.keys import PublicKey
from ledger.kinds import Kinds
from ledger.registry import Registry
from ledger.tiles import WIDTH

MAX_AHEAD = 32
"""Groups handed over while one is judged."""

_KEY = re.compile(rb'"key":"([0-9a-f]{64})"')
_ACT = b'"kind":"registry/'

Keys = Mapping[str, PublicKey]


@dataclass(frozen=True)
class Handed:
    """A group, what it came to, and the keys its signatures were verified with."""

    group: Group
    read: GroupRead
    keys: Keys


class Readers:
    """Reads the groups of a tree; `registry` is that of the entries judged so far."""

    def __init__(
        self, tree: Tree, kinds: Kinds, registry: Registry, executor: Executor | None
    ) -> None:
        """Without an executor each group is read on the spot."""
        self._tree, self._kinds, self._registry = tree, kinds, registry
        self._executor = executor

    def groups(self, first: int = 0) -> Iterator[Handed]:
        """The groups in order, from a number on. Raises Unavailable."""
        ahead, waiting = 1, deque[tuple[Group, Keys, Future[bytes] | None]]()
        for group in self._tree.groups(first):
            keys = self._keys(group)
            waiting.append((group, keys, self._submitted(group, keys)))
            while len(waiting) >= ahead:
                done = waiting[0][0]
                yield self._handed(*waiting.popleft())
                ahead = self._next(ahead, done)
        while waiting:
            yield self._handed(*waiting.popleft())

    def _next(self, ahead: int, judged: Group) -> int:
        """Where keys are being enrolled, who reads ahead does not know them."""
        if self._executor is None or judged.bundle is None or _ACT in judged.bundle:
            return 1
        return min(2 * ahead, MAX_AHEAD)

    def _keys(self, group: Group) -> Keys:
        """The keys that are named in a group, as far as they are known."""
        found = {}
        for each in set(_KEY.findall(group.bundle or b"")):
            key = each.decode()
            try:
                found[key] = self._registry.key(key)
            except NotAuthorised:
                continue
        return found

    def _submitted(self, group: Group, keys: Keys) -> Future[bytes] | None:
        if self._executor is None or group.bundle is None or group.packed is None:
            return None
        raw = RawGroup(group.width, group.bundle, group.packed)
        return self._executor.submit(read_packed, raw, self._kinds, keys)

    def _handed(self, group: Group, keys: Keys, future: Future[bytes] | None) -> Handed:
        if future is not None:
            read = unpack_read(future.result())
        else:
            bodies = list(group.bodies) if group.packed is None else group.packed
            read = read_group(RawGroup(group.width, group.bundle, bodies), self._kinds, keys)
        return Handed(group, self._with_large(group, read), keys)

    def _with_large(self, group: Group, read: GroupRead) -> GroupRead:
        """With the bodies that are served by themselves."""
        for at, each in enumerate(read.entries):
            if isinstance(each, EntryRead) and each.body.mark is Mark.LARGE:
                body = self._tree.body(group.number * WIDTH + at)
                found = read_body(each.entry, body, self._kinds)
                read.entries[at] = msgspec.structs.replace(each, body=found)
        return read
