"""The checks of `jejak verify`, by name and in the order they are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from audit.report import Check

PRECEDENCE = ("form", "bodies", "signatures", "authority", "at", "chain", "tree")
"""Of several checks that fail at one entry, the earlier here is nearer to the cause."""


@dataclass
class Checks:
    """What is checked of a log."""

    form: Check = field(default_factory=lambda: Check("form"))
    chain: Check = field(default_factory=lambda: Check("chain"))
    at: Check = field(default_factory=lambda: Check("at"))
    signatures: Check = field(default_factory=lambda: Check("signatures"))
    authority: Check = field(default_factory=lambda: Check("authority"))
    bodies: Check = field(default_factory=lambda: Check("bodies"))
    tree: Check = field(default_factory=lambda: Check("tree"))
    checkpoint: Check = field(default_factory=lambda: Check("checkpoint"))
    description: Check = field(default_factory=lambda: Check("log.json"))
    anchors: Check = field(default_factory=lambda: Check("anchors"))
    witnesses: Check | None = None
    since: Check | None = None

    def all(self) -> list[Check]:
        """In order; `witnesses` and `since` only where they were asked for."""
        found = [self.form, self.chain, self.at, self.signatures, self.authority, self.bodies]
        found += [self.tree, self.checkpoint, self.description, self.anchors]
        return [*found, *(each for each in (self.witnesses, self.since) if each is not None)]

    @property
    def failed(self) -> int:
        """How many failures there are so far."""
        return sum(check.failed for check in self.all())
