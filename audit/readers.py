"""Groups of a tree read by whatever processes there are, a few ahead of what is judged.

Signatures are verified with the keys known when a group is handed over, or named by acts that are
read but not judged; whoever judges an entry sees whether it is the key in force. Those whose keys
are enrolled later, or otherwise, are left to him.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cached_property

import msgspec

from audit.files import Mark, read_leaves
from audit.ordinary import Ordinary, entry_read, unpack
from audit.reading import RawGroup, read_body, read_group, read_packed, unpack_read
from audit.reads import EntryRead, GroupRead
from audit.tree import Group, Tree
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

    @cached_property
    def ordinary(self) -> Ordinary:
        """The ordinary entries of the group."""
        return unpack(self.read.ordinary)

    def entry(self, at: int) -> EntryRead | str:
        """The entry at a place in the group; why, where it is out of form."""
        other = self.read.others.get(at)
        if other is not None:
            return other
        return entry_read(self._leaves[at], self.read.name(at), self.ordinary, at)

    @cached_property
    def _leaves(self) -> list[bytes]:
        return read_leaves(self.group.bundle or b"", self.group.width)[0]


@dataclass
class _Waiting:
    """A group that was handed over; `read` is what it came to, once somebody has looked."""

    group: Group
    keys: Keys
    future: Future[bytes] | None
    read: GroupRead | None = None

    @cached_property
    def acts(self) -> bool:
        """Whether the group may change which keys there are."""
        return self.group.bundle is None or _ACT in self.group.bundle

    @property
    def done(self) -> bool:
        """Whether it waits for nothing but to be judged."""
        return self.future is not None and self.future.done()

    @cached_property
    def brought(self) -> Keys:
        """The keys that acts of the group name; waits until it is read."""
        if not self.acts or self.future is None:
            return {}
        self.read = unpack_read(self.future.result())
        return {key.id: key for key in self.read.brought}


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
        waiting = deque[_Waiting]()
        for group in self._tree.groups(first):
            named = {each.decode() for each in set(_KEY.findall(group.bundle or b""))}
            if waiting and waiting[0].done:
                yield self._handed(waiting.popleft())
            while self._must_wait(waiting, named):
                yield self._handed(waiting.popleft())
            keys = self._keys(named, waiting)
            waiting.append(_Waiting(group, keys, self._submitted(group, keys)))
        while waiting:
            yield self._handed(waiting.popleft())

    def _must_wait(self, waiting: Sequence[_Waiting], named: Collection[str]) -> bool:
        """Whether one more group must not be handed over before another is judged.

        Where keys are being enrolled, who reads ahead may not know them.
        """
        if not waiting:
            return False
        if self._executor is None or len(waiting) >= MAX_AHEAD:
            return True
        if not any(each.acts for each in waiting):
            return False
        return len(self._keys(named, waiting)) < len(named)

    def _keys(self, named: Collection[str], waiting: Sequence[_Waiting]) -> Keys:
        """Those of the keys named in a group that are known, or that acts before it bring."""
        found = {key: self._registry.key(key) for key in named if self._enrolled(key)}
        if len(found) < len(named):
            for each in waiting:
                found |= {key: each.brought[key] for key in named if key in each.brought}
        return found

    def _enrolled(self, key: str) -> bool:
        root = self._registry.root
        return key in self._registry.enrolments or (root is not None and key in root.keys)

    def _submitted(self, group: Group, keys: Keys) -> Future[bytes] | None:
        if self._executor is None or group.bundle is None:
            return None
        return self._executor.submit(read_packed, _raw(group), self._kinds, keys)

    def _handed(self, waiting: _Waiting) -> Handed:
        group, keys, read = waiting.group, waiting.keys, waiting.read
        if read is None and waiting.future is not None:
            read = unpack_read(waiting.future.result())
        elif read is None:
            read = read_group(_raw(group), self._kinds, keys)
        return Handed(group, self._with_large(group, read), keys)

    def _with_large(self, group: Group, read: GroupRead) -> GroupRead:
        """With the bodies that are served by themselves."""
        for at, each in read.others.items():
            if isinstance(each, EntryRead) and each.body.mark is Mark.LARGE:
                body = self._tree.body(group.number * WIDTH + at)
                found = read_body(each.entry, body, self._kinds)
                read.others[at] = msgspec.structs.replace(each, body=found)
        return read


def _raw(group: Group) -> RawGroup:
    bodies = list(group.bodies) if group.packed is None else group.packed
    return RawGroup(group.width, group.bundle, bodies)
