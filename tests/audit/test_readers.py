"""Groups are handed over ahead of what is judged, as far as the keys that they name are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from audit.readers import Readers
from audit.reads import EntryRead
from audit.tree import Tree
from ledger.registry import Registry
from ledger.tiles import WIDTH
from tests.audit import simulator
from tests.audit.simulator import ALL_KINDS, Operator, add_payments, audited, failures
from tests.ledger import offices


class Later(Executor):
    """Does nothing before its result is asked for, and counts what was handed over."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, call: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        """As an executor."""
        self.submitted += 1
        future = _Asked()
        future.call = lambda: call(*values, **named)
        return future


class _Asked(Future[Any]):
    call: Callable[[], Any]

    def result(self, timeout: float | None = None) -> Any:
        return self.call()


def handed_over(log: Operator) -> tuple[list[int], list[int]]:
    """How many groups ahead of each are handed over, and how many signatures were not verified."""
    executor, registry = Later(), Registry()
    readers = Readers(Tree(log.tree(), len(log.drafts)), ALL_KINDS, registry, executor)
    ahead, unverified = [], []
    for handed in readers.groups():
        ahead.append(executor.submitted - handed.group.number - 1)
        reads = map(handed.entry, range(len(handed.read)))
        unverified.append(sum(isinstance(each, EntryRead) and not each.verified for each in reads))
        for draft in log.drafts[handed.group.number * WIDTH :][:WIDTH]:
            if draft.statement.kind.startswith("registry/"):
                registry.apply(0, draft.statement.kind, json.loads(draft.body or b""))
    return ahead, unverified


def test_ahead_of_what_is_judged() -> None:
    """Keys that acts bring which are not judged yet serve to verify what comes after them."""
    log = simulator.founded()
    add_payments(log, 2 * WIDTH - len(log.drafts))
    late = offices.key("late")
    simulator.enrol(log, late, roles=["treasury"])
    add_payments(log, 2 * WIDTH)
    log.publish("budget/payment", simulator.payment("LATE"), late, subject="LATE")
    add_payments(log, WIDTH)
    # Of the first group nobody knew the keys.
    assert handed_over(log) == ([5, 4, 3, 2, 1, 0], [WIDTH, 0, 0, 0, 0, 0])


def test_a_key_that_nobody_knows() -> None:
    """A group that names an unknown key waits until the acts before it are judged."""
    log = simulator.founded()
    add_payments(log, WIDTH - len(log.drafts))
    stranger = offices.key("stranger")
    log.publish("budget/payment", simulator.payment("ALIEN"), stranger, subject="ALIEN")
    add_payments(log, WIDTH)
    assert handed_over(log) == ([0, 1, 0], [WIDTH, 1, 0])


def test_a_key_brought_by_an_act_that_is_refused() -> None:
    """What was verified by a key that nobody may enrol is refused all the same."""
    log = simulator.founded()
    add_payments(log, WIDTH - len(log.drafts) - 1)
    thief = offices.key("thief")
    act = log.publish(
        "registry/key", offices.enrolment(thief, roles=["treasury"]), thief, subject=thief.id
    )
    add_payments(log, 10)
    log.publish("budget/payment", simulator.payment("STOLEN"), thief, subject="STOLEN")
    report = audited(log, log.tree(), executor=Later())
    assert failures(report) == {"authority": act}
    assert report.to_json() == audited(log, log.tree()).to_json()


def test_the_same_report_ahead() -> None:
    """What is found does not depend on who reads, nor on how far ahead."""
    log = simulator.founded()
    add_payments(log, 700)
    log.drafts[600].signatures = log.drafts[601].signatures
    log.drafts[610].body = None
    files = log.tree()
    report = audited(log, files)
    assert not report.holds
    assert audited(log, files, executor=Later()).to_json() == report.to_json()
