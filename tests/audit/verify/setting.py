"""The simulated log that the audit's tests tamper with: its sizes, and the entry attacked most."""

from __future__ import annotations

from audit.report import Report
from tests.audit import simulator
from tests.audit.simulator import (
    TREASURY,
    Operator,
)

SIZE = 600
ANCHORED = (8, 300, 590)
VICTIM = 277
"""In the second group, not at its edge."""


def last_line(report: Report) -> str:
    """The verdict as it is printed."""
    return list(report.lines())[-1]


def grown(genuine: Operator, *acts: tuple) -> tuple[Operator, int]:
    """A short log with these acts after its foundation, and the index of the first of them."""
    log = Operator(genuine.drafts[:8], minute=20)
    first = len(log.drafts)
    for kind, said, signers, subject, changes in acts:
        log.publish(kind, said, *signers, subject=subject, **changes)
    return log, first


def paid(name: str, *signers, said=None, subject=None, **changes) -> tuple:
    """A payment as an act."""
    said = simulator.payment(name) if said is None else said
    return "budget/payment", said, signers or (TREASURY,), subject or name, changes
