"""Groups are handed over ahead of what is judged, as far as the keys that they name are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from audit.readers import Readers
from audit.tree import Tree
from ledger.registry import Registry
from ledger.tiles import WIDTH
from tests.audit import simulator
from tests.audit.simulator import ALL_KINDS, add_payments, audited
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


def test_ahead_of_what_is_judged() -> None:
    """Acts hold back only those groups that name keys which are not known yet."""
    log = simulator.founded()
    add_payments(log, 2 * WIDTH - len(log.drafts))
    late = offices.key("late")
    simulator.enrol(log, late, roles=["treasury"])
    add_payments(log, 2 * WIDTH)
    paid = simulator.payment("LATE")
    log.publish("budget/payment", paid, late, subject="LATE")
    add_payments(log, 3 * WIDTH - 2)
    executor, registry = Later(), Registry()
    readers = Readers(Tree(log.tree(), len(log.drafts)), ALL_KINDS, registry, executor)
    ahead = []
    for handed in readers.groups():
        ahead.append(executor.submitted - handed.group.number - 1)
        for draft in log.drafts[handed.group.number * WIDTH :][:WIDTH]:
            if draft.statement.kind.startswith("registry/"):
                registry.apply(0, draft.statement.kind, json.loads(draft.body or b""))
    # The keys of the first group are its own; the fifth names one that the third enrols.
    assert ahead == [0, 2, 1, 3, 2, 1, 0]


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
