"""C2SP tlog-policy: whose cosignatures a reader asks for, as a file of lines.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<number> <member>...
    quorum <name>|none

Blanks separate, `#` begins a comment. A name is made before it is used, is a member of one group at
most, and no two witnesses have one key. There is one quorum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from ledger.cosignature import parse_cosigner
from ledger.errors import Malformed
from ledger.note import Verifier, parse_vkey

MAX_POLICY = 64 * 1024
MAX_NAMES = 256
NONE = "none"

_BLANKS = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True)
class Witness:
    """A witness: its name in the policy, its key, where it takes checkpoints if told."""

    name: str
    key: Verifier
    url: str | None = None


@dataclass(frozen=True)
class Group:
    """So many (`least`) of these members, which are witnesses or groups."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """The logs, witnesses and groups of a policy, and the name that must be satisfied."""

    logs: tuple[Verifier, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def keys(self) -> list[Verifier]:
        """The keys of all witnesses."""
        return [witness.key for witness in self.witnesses]

    def is_met(self, cosigned: Container[Verifier]) -> bool:
        """Whether those whose keys cosigned satisfy the quorum."""
        good = {each.name: each.key in cosigned for each in self.witnesses}
        for group in self.groups:
            good[group.name] = sum(good[name] for name in group.members) >= group.least
        return self.quorum == NONE or good[self.quorum]


def parse_policy(text: str) -> Policy:
    """A policy from its text. Raises Malformed, naming the line."""
    if len(text) > MAX_POLICY:
        raise Malformed(f"a policy of {len(text)} characters; at most {MAX_POLICY} are allowed")
    building = _Building()
    for number, line in enumerate(text.split("\n"), 1):
        words = _BLANKS.split(line.partition("#")[0].strip(" \t\r"))
        if words == [""]:
            continue
        try:
            building.take(words)
        except Malformed as error:
            raise Malformed(f"line {number} of the policy: {error.message}") from error
    return building.finish()


@dataclass
class _Building:
    logs: list[Verifier] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    members: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        """Take one line. Raises Malformed."""
        steps: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        step = steps.get(words[0])
        if step is None:
            raise Malformed(f"{words[0][:40]!r} is none of log, witness, group, quorum")
        step(words[1:])

    def finish(self) -> Policy:
        """The whole policy. Raises Malformed."""
        if self.quorum is None:
            raise Malformed("the policy has no quorum")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, words: list[str]) -> None:
        if not 1 <= len(words) <= 2:
            raise Malformed("a log has a key and perhaps an address")
        key = parse_vkey(words[0])
        if any(key.public == each.public for each in self.logs):
            raise Malformed("a log's key stands twice")
        self.logs.append(key)

    def _witness(self, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise Malformed("a witness has a name, a key and perhaps an address")
        key = parse_cosigner(words[1])
        if any(key.public == each.key.public for each in self.witnesses):
            raise Malformed("two witnesses have one key")
        self._new(words[0])
        self.witnesses.append(Witness(words[0], key, words[2] if len(words) == 3 else None))

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise Malformed("a group has a name, a number and members")
        name, asked, *members = words
        if len(set(members)) < len(members) or self.members & set(members):
            raise Malformed("a name is a member twice")
        if unknown := [each for each in members if each not in self.names]:
            raise Malformed(f"{unknown[0][:40]!r} has not been named before")
        self._new(name)
        self.members |= set(members)
        self.groups.append(Group(name, _least(asked, len(members)), tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise Malformed("there is one quorum, of one name")
        if words[0] != NONE and words[0] not in self.names:
            raise Malformed(f"{words[0][:40]!r} has not been named before")
        self.quorum = words[0]

    def _new(self, name: str) -> None:
        if name in self.names or name == NONE:
            raise Malformed(f"the name {name[:40]!r} is taken")
        if len(self.names) >= MAX_NAMES:
            raise Malformed(f"more than {MAX_NAMES} names")
        self.names.add(name)


def _least(asked: str, count: int) -> int:
    if asked in ("all", "any"):
        return count if asked == "all" else 1
    if not _NUMBER.fullmatch(asked) or int(asked) > count:
        raise Malformed(f"{asked[:20]!r} is none of all, any and 1 to {count}")
    return int(asked)
