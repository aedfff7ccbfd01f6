"""A genuine simulated log, its public tree and its chain."""

from __future__ import annotations

import pytest

from tests.audit import simulator
from tests.audit.simulator import FakeChain, Files, Operator
from tests.audit.verify.setting import ANCHORED, SIZE


@pytest.fixture(scope="module")
def genuine() -> Operator:
    """A log of three groups, the last one partial."""
    log = simulator.founded()
    simulator.add_payments(log, SIZE - len(log.drafts) - 1)
    simulator.add_note(log, log.hash_of(20))
    return log


@pytest.fixture(scope="module")
def published(genuine):
    """Its public tree."""
    return genuine.tree(ANCHORED)


@pytest.fixture
def files(published) -> Files:
    """A copy of its public tree, to be tampered with."""
    return Files(published)


@pytest.fixture(scope="module")
def chain(genuine) -> FakeChain:
    """The chain it is anchored on."""
    return FakeChain(genuine.roots(*ANCHORED))
