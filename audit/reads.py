"""What a group of entries came to when it was read: values that go from one process to another.

Pure.
"""

from __future__ import annotations

import msgspec

from audit.files import Mark
from audit.hashes import Span
from ledger.envelope import Entry
from ledger.keys import PublicKey
from ledger.kinds import Meaning
from ledger.merkle import HASH_SIZE

REGISTRY = "registry/"


class BodyRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a body came to: erased or missing, served by itself, at fault, or of a meaning.

    `fault` says that it is not the one stated or out of its bounds, `unfit` that it is not one of
    its kind. Of a registry entry the bytes are kept, for who signs what depends on them.
    """

    mark: Mark | None = None
    fault: str | None = None
    unfit: str | None = None
    meaning: Meaning | None = None
    raw: bytes | None = None


class EntryRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry in form, its body, and whether its signatures verify (None: not looked at).

    `name` is the same for two entries that publish the same thing.
    """

    entry: Entry
    body: BodyRead
    name: bytes
    verified: bool | None = None
    unverified: str = ""


class GroupRead(msgspec.Struct, frozen=True, array_like=True):
    """A group: leaf hashes; the span of its links, None where they are not in order.

    `root` is that of a full group. `names` are those of the entries, one after the other, zero for
    one that is out of form; in `others` stands by its place why, or an entry that is not among
    those packed in `ordinary` (audit.ordinary). `fault` is that of the bundle; `spare` is what is
    wrong with the group of bodies beyond its bodies. `brought` are the keys that acts name which
    may be in order.
    """

    hashes: list[bytes]
    root: bytes | None
    span: Span | None
    fault: str | None
    names: bytes
    others: dict[int, EntryRead | str]
    ordinary: bytes
    spare: str | None
    brought: list[PublicKey]

    def __len__(self) -> int:
        """How many entries there are, in form or not."""
        return len(self.names) // HASH_SIZE

    def name(self, at: int) -> bytes:
        """The name of the entry at a place."""
        return self.names[at * HASH_SIZE : (at + 1) * HASH_SIZE]
