"""The fuzzing targets do not rot: each reads its seeds, and refuses what is cut or changed."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from ledger.errors import Malformed
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str):
    """What fuzzing begins with is in form, so that it reaches behind the first check."""
    for seed in TARGETS[name].seeds():
        TARGETS[name].read(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_raise_only_malformed(name: str):
    """A short run without a fuzzer: bytes changed, left out or put in, a hundred times a seed."""
    chance = random.Random(name)
    for seed in TARGETS[name].seeds():
        for _ in range(100):
            at, width = chance.randrange(len(seed)), chance.randrange(3)
            changed = seed[:at] + chance.randbytes(chance.randrange(4)) + seed[at + width :]
            with suppress(Malformed):
                TARGETS[name].read(changed)
